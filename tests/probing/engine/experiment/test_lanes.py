"""Classifiers that only need cores are fitted beside what a GPU does: the same, sooner."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

from probing.engine.classifiers import load
from probing.engine.experiment.block_order import Arrangement
from probing.engine.experiment.run_writer import Store
from probing.logs import RunFolder
from probing.spec import ClassifierSpec
from tests.support.patient import PATIENT
from tests.support.real_runs import scores, viewed


@pytest.fixture
def two_lanes(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a GPU."""

    def lanes(self, blocks, task):  # type: ignore[no-untyped-def]
        of = [[b for b in blocks if self._only_needs_cores(b) is it] for it in (False, True)]
        return [partial(self._groups, lane, task) for lane in of if lane]

    monkeypatch.setattr(Arrangement, "lanes", lanes)


def test_lanes_are_beside_each_other(
    run: Callable[..., RunFolder],
    two_lanes: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told, commit = tmp_path / "told", Store.commit

    def tells(self, *args):  # type: ignore[no-untyped-def]
        commit(self, *args)
        told.touch()

    monkeypatch.setattr(Store, "commit", tells)
    # the classifier that comes first ends only when the other has fitted a block
    monkeypatch.setenv("PATIENT_WAITS_FOR", str(told))
    folder = run(classifiers=f'["{tmp_path}/patient.py:Patient", "LDA"]', controls="[]")
    assert viewed(folder).state.n_failed == 0


def test_lanes_change_no_score(
    run: Callable[..., RunFolder],
    base: Path,
    request: pytest.FixtureRequest,
) -> None:
    three = {
        "classifiers": f'["{base}/plugin.py:Slow", "LDA", {{name="SingleLayer", max_epoch=4}}]',
        "poolers": '[{pool="mean"}, {pool="last", layer=1}]',
        "controls": '["majority"]',
        "n_folds": "3",
    }
    alone = run(**three)
    request.getfixturevalue("two_lanes")
    beside = run(**three)
    assert scores(alone).equals(scores(beside))
    tables = [pl.read_parquet(folder.predictions) for folder in (alone, beside)]
    assert tables[0].sort(tables[0].columns).equals(tables[1].sort(tables[1].columns))


def test_what_breaks_in_one_lane_fails_there(
    run: Callable[..., RunFolder], two_lanes: None, base: Path
) -> None:  # fmt: skip
    folder = run(5, classifiers=f'["{base}/plugin.py:Broken", "LDA"]', controls="[]")
    state = viewed(folder).state
    assert (state.n_done, state.n_failed) == (4, 4)


def test_on_a_cpu_all_share_the_cores_and_a_gpu_has_its_own_lane(tmp_path: Path) -> None:
    (tmp_path / "patient.py").write_text(PATIENT)
    networks = load(ClassifierSpec("MLP", {}))
    user = load(ClassifierSpec(f"{tmp_path}/patient.py:Patient", {}))

    class Block:
        def __init__(self, at: int) -> None:
            self.classifier_at, self.pooler_at = at, 0

    def lanes(device: str, left: int = 3) -> list[list[int]]:
        planned = SimpleNamespace(blocks=[Block(0), Block(1), Block(0)])
        one = Arrangement(None, planned, [user, networks], device)  # type: ignore[arg-type]
        found = one.lanes(planned.blocks[:left], lambda *_: None)
        return [[block.classifier_at for block in lane.args[0]] for lane in found]  # type: ignore

    assert lanes("cpu") == [[0, 1, 0]]
    assert lanes("cuda:0") == [[1], [0, 0]]
    # a lane that is done keeps its share of the cores, so that a resumed run rounds the same
    assert lanes("cuda:0", left=1) == [[], [0]]
