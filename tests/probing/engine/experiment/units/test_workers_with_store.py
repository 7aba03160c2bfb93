"""Workers of other machines, which share with the run a store for activations and no folder."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from probing import spec as specs
from probing.activations.entry_listings import forget_listings
from probing.engine.experiment import execute, whole_run
from probing.engine.experiment.units import engines, entry_units
from probing.engine.experiment.units.orders import Order
from probing.engine.experiment.units.worker import Worker
from probing.events import EngineStarted, PassDone, Warned
from probing.logs import RunFolder, read_events
from tests.support.engine_here import Here
from tests.support.real_runs import new_run
from tests.support.s3_server import s3_server

pytest.importorskip("moto", reason="needs moto[server] and s3fs")
s3fs = pytest.importorskip("s3fs", reason="needs moto[server] and s3fs")

ASKED = {"poolers": '["mean", "last"]', "n_folds": "2", "controls": "[]"}


class Elsewhere(Here):
    """Two workers, each on a machine with a cache folder of its own."""

    def start(self, first: Order) -> EngineStarted:
        self.workers = []
        for name in ("one", "two"):
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("XDG_CACHE_HOME", str(self.run.path.parent / name))
                self.workers.append(Worker(str(self.run.path), self.crew.device, 1))
        return EngineStarted("here", 2, ("one", "two"), 0.0)

    def work(self, order, left, ahead):  # type: ignore[no-untyped-def]
        for at in left:
            self.workers[at % 2].do(str(order.file(self.run)), at)
            self.done.append(order.unit_name(at))
            yield at


@pytest.mark.parametrize("every", [0, 10])
def test_features_go_from_worker_to_worker_by_the_store(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, every: int
) -> None:
    plain = new_run(base, tmp_path / "plain", **ASKED)
    assert execute(plain, specs.load(plain.spec), plain.path) == 0
    own = type("Own", (Elsewhere,), {"done": []})
    monkeypatch.setattr(engines, "RayEngine", own)
    monkeypatch.setattr(whole_run, "check_reach", lambda spec: None)
    monkeypatch.setattr(entry_units, "MOST_BYTES", 1)  # a unit for each layer
    with s3_server("lab") as (environment, failing):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("PROBE_TUI_CACHE", "s3://lab/cache")
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
        s3fs.S3FileSystem.clear_instance_cache()
        forget_listings()
        failing.every = every
        spread = new_run(base, tmp_path / "spread", workers="2", **ASKED)
        assert execute(spread, specs.load(spread.spec), spread.path) == 0
        assert bool(failing.n_failed) == bool(every)
    assert scores(plain).equals(scores(spread))
    events = [one.event for one in read_events(spread.events)[0]]
    assert not [one for one in events if isinstance(one, Warned)]
    assert len([one for one in events if isinstance(one, PassDone)]) == 1
    kinds = [one.partition("-")[0] for one in own.done]
    assert kinds.count("entries") == kinds.count("fits") == 8
    # nothing of the features has been on the machine of the run
    assert not [path for path in tmp_path.glob("home/**/*.safetensors") if is_large(path)]
    halves = [len([*tmp_path.glob(f"spread/{one}/**/*.safetensors")]) for one in ("one", "two")]
    assert all(halves)


def is_large(path: Path) -> bool:
    """Whether a file is more than the record of a pass."""
    return path.stat().st_size > 20_000


def scores(folder: RunFolder) -> pl.DataFrame:
    frame = pl.read_parquet(folder.results).sort("pooler", "layer", "classifier")
    return frame.drop("run", *[name for name in frame.columns if name.endswith("_s")])
