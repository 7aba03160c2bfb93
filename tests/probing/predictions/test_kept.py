"""What is read of a run: the rows of one cell, its texts, and never others than it read."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from probing import datasets
from probing.errors import RunError
from probing.logs import RunFolder, RunView
from probing.logs.details.prediction_rows import prediction_rows
from probing.logs.results.tables import results
from probing.plan import checked_pieces
from probing.predictions.cell import predicted
from probing.predictions.dataset_file import read_again
from probing.predictions.texts import marked, texts_of
from probing.spec import DatasetSpec
from tests.support.fake_runs import FakeRuns, Shape
from tests.support.kept_predictions import N_TEXTS, keep_predictions, table_of

SHAPE = Shape(classifiers=("LDA", "LogisticRegression"), n_layers=3)


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    made = FakeRuns(tmp_path / "logs").finished("one", SHAPE)
    keep_predictions(made, SHAPE.cells())
    return made


def viewed(run: RunFolder) -> RunView:
    view = RunView(run)
    view.skim()
    return view


def test_only_the_rows_of_a_cell_are_read(run: RunFolder) -> None:
    cells = [cell for cell in SHAPE.cells() if cell.control == "" and cell.layer == 2]
    for cell in cells:
        row = {"trained_on": "", **vars(cell)}
        assert prediction_rows(viewed(run), row).equals(table_of(cell))
    row = results([viewed(run)]).filter(classifier="LDA", layer=2, control="").row(0, named=True)
    one = predicted(viewed(run), row)
    assert len(one) == N_TEXTS and one.n_groups == N_TEXTS // 2 and one.classes == ("false", "true")
    with pytest.raises(RunError, match="keeps no predictions of this cell"):
        predicted(viewed(run), {**row, "layer": 99})


def test_a_changed_table_is_refused(run: RunFolder) -> None:
    row = {"trained_on": "", **vars(SHAPE.cells()[0])}
    assert prediction_rows(viewed(run), row).height
    pl.read_parquet(run.predictions).with_columns(score=0.0).write_parquet(run.predictions)
    with pytest.raises(RunError, match="has changed since the run wrote it"):
        prediction_rows(viewed(run), row)
    run.predictions.unlink()
    with pytest.raises(RunError, match="cannot be read"):
        prediction_rows(viewed(run), row)


def test_a_run_without_the_table_says_so(tmp_path: Path) -> None:
    runs = FakeRuns(tmp_path / "logs")
    row = {"trained_on": "", **vars(SHAPE.cells()[0])}
    with pytest.raises(RunError, match=r"has no predictions.parquet; run it again"):
        prediction_rows(viewed(runs.finished("old", SHAPE)), row)
    with pytest.raises(RunError, match="yet; a run writes it last"):
        prediction_rows(viewed(runs.live("live")), row)
    runs.close()


def test_texts_are_those_that_the_run_kept(run: RunFolder) -> None:
    found = texts_of(viewed(run), "truth", [3, 1])
    assert list(found.of_rows) == [1, 3] and found.of_rows[3].startswith("Text 3 of truth.")
    assert found.source == "as the run read them" and not found.problem
    changed = pl.read_parquet(run.texts).with_columns(content=pl.lit("another"))
    changed.write_parquet(run.texts)
    found = texts_of(viewed(run), "truth", [3])
    assert not found.of_rows and "texts.parquet: has changed" in found.problem


def test_without_kept_texts_an_unchanged_dataset_is_read(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    lines = [f'{{"text": "text {at}", "label": "{"ab"[at % 2]}"}}' for at in range(12)]
    path.write_text("\n".join(lines))
    run = FakeRuns(tmp_path / "logs").finished("one", Shape(("d",)))
    spec = run.spec.read_text().replace('["d"]', f'[{{ path = "{path}" }}]')
    run.spec.write_text(spec)
    data = datasets.load(DatasetSpec(str(path)), path)
    plan = {"datasets": [{"name": "d", "path": str(path), "sha256": data.sha256}]}
    run.write(run.plan, checked_pieces(plan))
    found = texts_of(viewed(run), "d", [2])
    assert found.of_rows == {2: "text 2"} and found.source == "from the dataset"
    path.write_text("\n".join([*lines[:-1], lines[-1].replace("text 11", "word 11")]))
    found = texts_of(viewed(run), "d", [2])
    assert not found.of_rows and "its content has changed since the run read it" in found.problem
    path.unlink()
    with pytest.raises(RunError, match=r"d\.jsonl"):
        read_again(viewed(run), "d")


def test_what_rows_mark_is_told_by_their_text() -> None:
    ends = {"text": [4, 4, 7], "start": [1, 1, 0], "end": [3, 3, 2], "start2": [5, 5, None]}
    frame = pl.DataFrame({**ends, "end2": [6, 6, None]})
    assert marked(frame) == {4: [(1, 3), (5, 6)], 7: [(0, 2)]}
    assert marked(frame.with_columns(start=pl.lit(None, pl.Int32))) == {}
