"""An address of Ray is tried before anything loads, and what is wrong with it is one line."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from probing import hardware, ray_reach
from probing import spec as specs
from probing.errors import SpecError
from probing.hardware import Processor
from probing.ray_reach import address_of, check_answer, check_reach, n_workers_here

MINIMAL = 'datasets=["d"]\nmodels=["m"]\npoolers=[{}]\nclassifiers=["LDA"]\n'
SETTINGS = bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])


@contextmanager
def server(says: bytes) -> Iterator[str]:
    """A port at which a server says so much to whom it hears first."""
    with socket.create_server(("127.0.0.1", 0)) as door:

        def answer() -> None:
            line, _ = door.accept()
            with line:
                line.recv(100)
                line.sendall(says)

        thread = Thread(target=answer, daemon=True)
        thread.start()
        yield f"127.0.0.1:{door.getsockname()[1]}"
        thread.join()


def test_a_server_of_its_protocol_is_taken_and_others_are_not() -> None:
    with server(SETTINGS) as address:
        check_answer(address)
    with (
        server(b"SSH-2.0-OpenSSH\r\n") as address,
        pytest.raises(SpecError, match=f"what answers at {address} is not Ray"),
    ):
        check_answer(address)
    with pytest.raises(SpecError, match=f"Ray does not answer at {address}: .*refused"):
        check_answer(address)


@pytest.mark.parametrize("address", ["ray://head:10001", "head", "head:0", "head:99999", "a b:1"])
def test_what_is_no_address_of_a_head_node_is_told(address: str) -> None:
    with pytest.raises(SpecError, match=r"no address of a cluster.*HOST:PORT"):
        check_answer(address)


def test_auto_is_the_cluster_of_this_process_or_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setattr(ray_reach, "gettempdir", lambda: str(tmp_path))
    assert address_of("auto") is address_of("local") is None
    (tmp_path / "ray").mkdir()
    note = tmp_path / "ray" / "ray_current_cluster"
    with server(SETTINGS) as address:
        note.write_text(f"{address}\n")
        assert address_of("auto") == address
    assert address_of("auto") is None  # it has ended, and its note is left
    monkeypatch.setenv("RAY_ADDRESS", "head:6379")
    assert address_of("auto") == "head:6379"


def test_ray_is_asked_for_only_where_workers_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_reach, "find_spec", lambda name: None)
    check_reach(specs.parse(MINIMAL))
    check_reach(specs.parse(MINIMAL, sets=["engine=slurm"]))
    for sets in (['device="all"'], ["workers=1"], ["workers=2", "max_parallel=1"]):
        check_reach(specs.parse(MINIMAL, sets=sets))  # on the CPU: the process of the run alone
    for sets in (["workers=2"], ['engine={ray="head:1"}'], ['device="cuda:0,1"']):
        with pytest.raises(SpecError, match="Ray is not installed"):
            check_reach(specs.parse(MINIMAL, sets=sets))


def test_each_gpu_has_one_worker_and_a_model_that_takes_all_has_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = tuple(Processor(f"cuda:{at}", "GPU") for at in range(4))
    monkeypatch.setattr(hardware, "gpus", lambda: seen)

    def number(*sets: str) -> int:
        return n_workers_here(specs.parse(MINIMAL, sets=list(sets)))

    assert number() == number("workers=3") == number('device="cuda:2"') == 1
    assert number('device="all"') == number('device="all"', "workers=9") == 4
    assert number('device="all"', "max_parallel=3") == number('device="cuda:0,1,3"') == 3
    assert number('device="all"', "workers=2") == 2
    assert number('device="cpu"', "workers=9") == 9
    spread = 'models=[{ model = "m", device_map = "auto" }]'
    assert number('device="all"', spread) == 1
    share = 'models=[{ model = "m", device_map = "auto", gpus = 2 }]'
    assert number('device="all"', share) == 4
