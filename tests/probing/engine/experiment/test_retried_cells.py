"""The failed cells of a finished run, computed again once what broke them is mended."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from probing import spec as specs
from probing.engine.experiment import execute
from probing.events import CellsRetried
from probing.logs import RunFolder, read_events
from probing.logs.results.tables import results
from tests.support.real_runs import new_run, scores, viewed

FLAKY = """
from pathlib import Path
from sklearn.naive_bayes import GaussianNB
from probing import SingleStepOpt

class Flaky(SingleStepOpt):
    def __init__(self, input_size):
        super().__init__()
        self.discrete_targets = True
        self.classifier = GaussianNB()

    def fit(self, *sets, **options):
        if Path({flag!r}).exists():
            raise OSError("the scratch disk is gone")
        return super().fit(*sets, **options)
"""


@pytest.fixture
def flag(tmp_path: Path) -> Path:
    (tmp_path / "flaky.py").write_text(FLAKY.format(flag=str(tmp_path / "flag")))
    return tmp_path / "flag"


def made(base: Path, flag: Path) -> RunFolder:
    """A run of two classifiers, the layer of each chosen."""
    classifiers = f'["{flag.parent}/flaky.py:Flaky", "LDA"]'
    more = {"controls": "[]", "select": '["layer"]', "ensemble": '"mean"', "n_folds": "2"}
    more["poolers"] = '[{pool="mean",layer=1},{pool="mean",layer=2}]'
    return new_run(base, flag.parent / "logs", classifiers=classifiers, **more)


def predictions(run: RunFolder) -> pl.DataFrame:
    keys = ["classifier", "control", "pooler", "layer", "text"]
    return pl.read_parquet(run.predictions).sort(keys)


def run_of(run: RunFolder, retries: bool = False) -> int:
    return execute(run, specs.load(run.spec), run.path, retries=retries)


def test_what_failed_is_computed_again_and_all_else_stays(
    base: Path, flag: Path, cache: Path
) -> None:
    sound = made(base, flag)
    assert run_of(sound) == 0 and not sound.parts.exists()
    flag.touch()
    run = made(base, flag)
    assert run_of(run) == 5
    before = viewed(run).state
    assert before.n_failed > 2 and run.parts.exists()
    assert run_of(run) == 5 and viewed(run).state.n_attempts == 1
    flag.unlink()
    n_events = len(read_events(run.events)[0])
    assert run_of(run, retries=True) == 0
    assert scores(run).equals(scores(sound)) and not run.parts.exists()
    assert predictions(run).equals(predictions(sound))
    view = viewed(run)
    assert (view.state.n_failed, view.state.n_attempts) == (0, 2)
    columns = ["classifier", "control", "pooler", "layer", "accuracy", "accuracy_best", "beats"]
    frames = [results([viewed(one)]).select(columns) for one in (run, sound)]
    assert frames[0].equals(frames[1])
    events = [one.event for one in read_events(run.events)[0][n_events:]]
    (retried,) = [one for one in events if isinstance(one, CellsRetried)]
    assert set(before.failures) <= set(retried.cells)
    fitted = {getattr(one, "classifier", "") for one in events if one.kind == "fold_done"}
    assert "LDA" not in {one.classifier for one in events if one.kind == "fold_done" and one.layer}
    assert "Flaky" in fitted


def test_a_run_whose_blocks_are_gone_is_computed_anew(base: Path, flag: Path, cache: Path) -> None:
    flag.touch()
    run = made(base, flag)
    run_of(run)
    for path in run.parts.iterdir():
        path.unlink()
    flag.unlink()
    assert run_of(run, retries=True) == 0 and viewed(run).state.n_done == len(scores(run)) / 2
