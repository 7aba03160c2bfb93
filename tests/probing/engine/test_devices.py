"""Devices: who holds one, and who holds them all; GPUs are stood in for, their locks are real."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from probing import hardware
from probing.engine import devices
from probing.errors import DeviceError

SMI = "0, GPU-aa, Big 80, 1000, 2000\n1, GPU-bb, Big 80, 1500, 2000\n"


@pytest.fixture
def two_gpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Torch sees two GPUs; their locks lie in a folder of this test's own."""
    uuids = ["bb", "aa"]
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda index: "Big 80")
    monkeypatch.setattr(
        torch.cuda, "get_device_properties", lambda index: SimpleNamespace(uuid=uuids[index])
    )
    monkeypatch.setattr(devices, "device_lock", lambda uuid: tmp_path / uuid)
    monkeypatch.setattr(devices, "POLL_S", 0.01)


class BusyError(Exception):
    """Somebody waits."""


def wait(reason: str) -> None:
    raise BusyError(reason)


def test_one_gpu_after_the_other(two_gpus: None) -> None:
    first, second = devices.take("auto", wait), devices.take("cuda", wait)
    assert [first.name, second.name] == ["cuda:0", "cuda:1"]
    with pytest.raises(BusyError, match="cuda:0, cuda:1 in use by other runs"):
        devices.take("auto", wait)
    first.release()
    assert devices.take("auto", wait).told == "cuda:0"


def test_every_gpu_or_none(two_gpus: None) -> None:
    every = devices.take("auto", wait, every=True)
    assert (every.name, every.told, every.title) == ("cuda", "cuda:0, cuda:1", "Big 80")
    with pytest.raises(BusyError):
        devices.take("cuda:1", wait)
    every.release()
    one = devices.take("cuda:0", wait)
    with pytest.raises(BusyError):
        devices.take("auto", wait, every=True)
    assert devices.take("cuda:1", wait, every=True).name == "cuda:1"
    one.release()


def test_a_device_that_is_not_there(two_gpus: None) -> None:
    with pytest.raises(DeviceError, match="'cuda:2' does not exist"):
        devices.take("cuda:2", wait)


@pytest.fixture
def smi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An `nvidia-smi` that tells of two GPUs, and a torch that could use them."""
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\ncat <<'END'\n" + SMI + "END\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(hardware, "_is_torch_for_cpu", lambda: False)
    hardware._gpus.cache_clear()
    yield
    hardware._gpus.cache_clear()


def test_the_gpu_that_is_expected(smi: None, monkeypatch: pytest.MonkeyPatch) -> None:
    found = hardware.expected_device("auto")
    assert (found.name, found.kind, found.free) == ("cuda:1", "Big 80", 1500 * 2**20)
    assert hardware.expected_device("cuda:0").total == 2000 * 2**20
    with pytest.raises(DeviceError, match="this machine has cuda:0 to cuda:1"):
        hardware.expected_device("cuda:7")
    assert hardware.expected_device("cpu").kind == "cpu"
    for visible, names in (("1", ["cuda:0"]), ("GPU-bb,0", ["cuda:0", "cuda:1"]), ("-1", [])):
        hardware._gpus.cache_clear()
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
        assert [one.name for one in hardware.gpus()] == names
    assert hardware.expected_device("auto").name == "cpu"


def test_memory_of_this_machine() -> None:
    free, total = hardware.memory()
    assert free is not None and total is not None and 0 < free <= total
