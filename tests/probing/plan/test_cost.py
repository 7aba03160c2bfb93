"""What a plan costs, held against runs: what the cache spares, and the times that were learned."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from probing import plan
from probing import spec as specs
from probing.engine.experiment import execute
from probing.engine.models import LMModel
from probing.errors import DeviceError
from probing.logs import RunFolder
from probing.plan import LOAD, START, Rates
from probing.spec import ModelSpec
from tests.support.real_runs import finish, new_run, viewed
from tests.support.tiny_models import save_model

POOLERS = '[{pool="mean"},{pool="max",layer=[1,2],layer_method="mean"},{pool="last",site="mlp"}]'
FEWER = '[{pool="mean",layer=1},{pool="last",site="mlp",layer=[1,2]}]'


@pytest.fixture
def run(base: Path, tmp_path: Path) -> Callable[..., RunFolder]:
    """Runs a small spec in this process; the run's folder."""

    def made(**changes: str) -> RunFolder:
        folder = new_run(base, tmp_path / "logs", controls="[]", **changes)
        assert execute(folder, specs.load(folder.spec), folder.path) == 0
        return folder

    return made


def cost_of(folder: RunFolder) -> Any:
    """What the spec of a run would cost now."""
    return plan.look_up(specs.load(folder.spec), folder.path).cost


def stored_cost(folder: RunFolder) -> dict[str, Any]:
    """What the run was planned to cost."""
    stored = plan.from_json(folder.plan)
    assert stored is not None
    return dict(stored["cost"])


def test_what_the_cache_holds_is_what_the_run_finds(run: Callable[..., RunFolder]) -> None:
    half = run(poolers=FEWER)
    assert (cost_of(half).n_pooled, cost_of(half).n_cached) == (2, 2)
    whole = run(poolers=POOLERS)
    planned, done = stored_cost(whole), viewed(whole).state.passes[0]
    assert (planned["n_cached"], planned["n_forward"]) == (done.n_cached, 1) == (1, 1)
    assert planned["n_pooled"] == done.n_cached + done.n_computed
    warm = cost_of(whole)
    assert (warm.n_cached, warm.n_forward, warm.forward_flops) == (warm.n_pooled, 0, 0)
    assert (warm.disk_gib, warm.pass_s) == (0, 0)


def test_looking_leaves_the_cache_as_it_is(
    run: Callable[..., RunFolder], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = run()
    from probing.activations import cache_folder

    def stamps() -> dict[str, int]:
        return {path.name: path.stat().st_mtime_ns for path in cache_folder().iterdir()}

    before = stamps()
    assert cost_of(folder).n_forward == 0
    assert stamps() == before
    monkeypatch.setenv("PROBE_TUI_CACHE_GIB", "0")
    assert cost_of(folder).n_forward == 1


def test_the_tokens_and_bytes_are_those_of_the_run(run: Callable[..., RunFolder]) -> None:
    folder = run(poolers=POOLERS)
    planned = stored_cost(folder)
    assert planned["counted"] and planned["n_tokens"] >= viewed(folder).state.passes[0].n_tokens
    from safetensors.numpy import load_file

    from probing.activations import cache_folder

    files = [load_file(path) for path in cache_folder().glob("*.safetensors")]
    written = sum(file["features"].nbytes for file in files if "features" in file)
    assert written == pytest.approx(planned["disk_gib"] * 2**30)


def test_a_run_teaches_its_device_alone(base: Path, tmp_path: Path) -> None:
    folder = new_run(base, tmp_path / "logs", classifiers='["LDA"]')
    assert not stored_cost_after(folder)["measured"]
    kept = Rates.read("cpu")
    assert {START, LOAD, "forward float32", "fit LDA", "fit majority"} == set(kept.known)
    assert cost_of(folder).measured
    assert Rates.read("Big 80").known == {}


def stored_cost_after(folder: RunFolder) -> dict[str, Any]:
    assert finish(folder) == 0, folder.log.read_text()
    return stored_cost(folder)


def test_a_second_run_is_foretold_from_the_first(base: Path, tmp_path: Path) -> None:
    """Exact where the work is the same: the fits of a run take, by its rates, what they took."""
    folder = new_run(base, tmp_path / "logs", classifiers='["LDA"]')
    assert finish(folder) == 0
    took = sum(block.elapsed_s for block in viewed(folder).state.blocks.values())
    assert cost_of(folder).fits_s == pytest.approx(took, rel=0.01)


def test_the_device_is_a_gpu_where_one_is_seen(
    run: Callable[..., RunFolder], monkeypatch: pytest.MonkeyPatch
) -> None:
    from probing.hardware import Processor

    folder = run()
    gpu = Processor("cuda:0", "Big 80", 10 * 2**30, 80 * 2**30)
    monkeypatch.setattr("probing.hardware.gpus", lambda: (gpu,))
    cost = plan.look_up(
        specs.parse(folder.spec.read_text(), sets=["device=auto"]), folder.path
    ).cost
    assert (cost.device, cost.device_free_gib) == ("cuda:0", 10)
    assert cost.memory_gib < 0.1 and not cost.measured


def test_planning_loads_no_torch(base: Path) -> None:
    folder = save_model(base / "mine", "llama")
    text = f"""
import sys
from pathlib import Path
from probing import plan, spec
made = spec.parse('''datasets=["cats.jsonl"]
models=["{folder.name}"]
poolers=[{{}}]
classifiers=["LDA"]''')
cost = plan.look_up(made, Path({str(base)!r})).cost
assert cost.counted and cost.n_pooled == 4, cost
heavy = ("torch", "transformers", "sklearn", "pyarrow", "accelerate", "bitsandbytes")
print([name for name in heavy if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


def test_the_memory_of_weights_is_what_they_take(tmp_path: Path) -> None:
    from probing import catalog
    from probing.catalog.weight_memory import weight_bytes

    for family in ("llama", "gpt2", "bert"):
        model = LMModel(str(save_model(tmp_path / family, family)), dtype="bfloat16")
        held = sum(part.nbytes for part in model.body.parameters())
        known = catalog.facts(ModelSpec(str(tmp_path / family)), Path())
        # a pooler, which is a head, is loaded and let go
        assert held <= weight_bytes(known, "bfloat16", None) <= 1.05 * held
    assert torch.bfloat16.itemsize == 2


def test_the_json_of_a_dry_run_tells_all_numbers(
    base: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from tui.cli import main

    spec = base / "spec.toml"
    spec.write_text(
        'datasets=["cats.jsonl"]\nmodels=["tiny"]\npoolers=[{pool="mean"}]\nclassifiers=["LDA"]\n'
    )
    monkeypatch.chdir(base)
    assert main(["--batch", str(spec), "--dry-run", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {"n_pooled", "n_cached", "disk_gib", "device", "device_free_gib"} < set(told["cost"])
    assert {"model", "dataset", "n_blocks", "depth", "n_tokens", "pass_s"} < set(told["passes"][0])
    assert told["lacks"] == []
    assert main(["--batch", str(spec), "--dry-run"]) == 0
    lines = capsys.readouterr().out
    for word in ("texts ", "tokens ", "forward ", "memory ", "disk ", "cache ", "time "):
        assert f"\n{word}" in lines


@pytest.mark.parametrize(("n_seen", "wanted"), [(0, "cuda"), (0, "cuda:9"), (2, "cuda:2")])
def test_a_gpu_that_is_not_there_is_told_by_the_plan(
    run: Callable[..., RunFolder], monkeypatch: pytest.MonkeyPatch, n_seen: int, wanted: str
) -> None:
    from probing.hardware import Processor

    folder = run()
    seen = tuple(Processor(f"cuda:{at}", "Big 80") for at in range(n_seen))
    monkeypatch.setattr("probing.hardware.gpus", lambda: seen)
    monkeypatch.setattr("probing.hardware._is_torch_for_cpu", lambda: not n_seen)
    spec = specs.parse(folder.spec.read_text(), sets=[f"device={wanted}"])
    with pytest.raises(DeviceError, match=f"device = '{wanted}' does not exist here"):
        plan.look_up(spec, folder.path)
