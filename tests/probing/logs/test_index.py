"""The index beside the logs: what is read through it is what the runs say, whatever happened."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from probing.logs import RunView, list_runs
from probing.logs.index import all_cells, places
from probing.logs.index.all_cells import AllCells
from probing.logs.index.cell_filter import mask_of
from probing.logs.index.cell_index import CellIndex
from probing.logs.index.cells import Cells, Rows
from probing.logs.index.listed_runs import listed_runs
from probing.logs.index.part_files import PartFile, RunRows, write_part
from probing.logs.results import tables
from probing.logs.results.tables import results
from probing.logs.states import event_log, run_view
from probing.query import matches
from tests.support.closing import flip, tell, whole
from tests.support.fake_runs import FakeRuns, Shape

SMALL = Shape(classifiers=("LDA", "Ridge"), n_layers=2, has_levels=True)


@pytest.fixture
def runs(tmp_path: Path) -> FakeRuns:
    made = FakeRuns(tmp_path / "logs")
    made.finished("a", SMALL)
    made.finished("b", Shape(("c",), n_layers=2))
    made.cancelled("stopped")
    return made


def read(logs: Path, warned: list[str] | None = None) -> pl.DataFrame:
    """All cells as a reader gets them, run by run."""
    views = sorted(listed_runs(logs), key=lambda view: view.run.name)
    warned = [] if warned is None else warned
    return AllCells(logs, views, warned.append).rows("")


def expected(logs: Path) -> pl.DataFrame:
    """The same from every event of every run."""
    return results([whole(run) for run in list_runs(logs)])


def refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """No log and no table of a run may be read from now on."""

    def refuse(*_: object, **__: object) -> Any:
        raise AssertionError("a file of a run was read")

    for owner, name in ((run_view, "read_on"), (event_log, "decoded"), (tables, "results")):
        monkeypatch.setattr(owner, name, refuse)
    monkeypatch.setattr("probing.logs.index.all_cells.results", refuse)
    monkeypatch.setattr(run_view, "ending_of", refuse)


def parts(logs: Path) -> list[Path]:
    return sorted((logs / places.NAME).glob("*.cells"))


def test_a_second_reader_opens_no_file_of_a_run(
    runs: FakeRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, wanted = read(runs.logs), expected(runs.logs)
    lines = {view.run.name: (view.status(), view.brief) for view in listed_runs(runs.logs)}
    assert_frame_equal(first, wanted)
    refused(monkeypatch)
    assert_frame_equal(read(runs.logs), wanted)
    again = {view.run.name: (view.status(), view.brief) for view in listed_runs(runs.logs)}
    assert again == lines and lines["stopped"][0] == "cancelled"
    folder = runs.logs / places.NAME
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def deleted(runs: FakeRuns) -> None:
    shutil.rmtree(runs.logs / "a")


def renamed(runs: FakeRuns) -> None:
    (runs.logs / "a").rename(runs.logs / "z")


def appended(runs: FakeRuns) -> None:
    runs.finished("new", SMALL)


def resumed(runs: FakeRuns) -> None:
    run = next(run for run in list_runs(runs.logs) if run.name == "stopped")
    runs.finish(run)


def damaged_table(runs: FakeRuns) -> None:
    flip(next(run for run in list_runs(runs.logs) if run.name == "a"))


def table_gone(runs: FakeRuns) -> None:
    (runs.logs / "a" / "results.parquet").unlink()


def part_flipped(runs: FakeRuns) -> None:
    (part,) = parts(runs.logs)
    data = bytearray(part.read_bytes())
    for at in range(20, len(data) // 2, 50):
        data[at] ^= 1
    part.write_bytes(data)


def part_cut(runs: FakeRuns) -> None:
    (part,) = parts(runs.logs)
    part.write_bytes(part.read_bytes()[:-9])


def part_emptied(runs: FakeRuns) -> None:
    parts(runs.logs)[0].write_bytes(b"")


def list_garbled(runs: FakeRuns) -> None:
    (runs.logs / places.NAME / "runs.json").write_bytes(b'{"format":1}\n00000000\n')


CHANGES: list[Callable[[FakeRuns], None]] = [
    deleted,
    renamed,
    appended,
    resumed,
    damaged_table,
    table_gone,
    part_flipped,
    part_cut,
    part_emptied,
    list_garbled,
]


@pytest.mark.parametrize("change", CHANGES)
def test_what_changed_is_read_anew(runs: FakeRuns, change: Callable[[FakeRuns], None]) -> None:
    read(runs.logs)
    change(runs)
    warned = list[str]()
    got = read(runs.logs, warned)
    assert_frame_equal(got, expected(runs.logs))
    is_table = change in (damaged_table, table_gone)
    assert [("results.parquet" in line) for line in warned] == [True] * is_table
    again = list[str]()
    assert_frame_equal(read(runs.logs, again), got)
    assert again == warned
    states = {view.run.name: view.status() for view in listed_runs(runs.logs)}
    assert states == {run.name: whole(run).status() for run in list_runs(runs.logs)}


def test_a_live_run_is_never_kept(runs: FakeRuns) -> None:
    run = runs.live("live", 2, SMALL)
    read(runs.logs)
    runs.advance(run, 2, SMALL)
    assert_frame_equal(read(runs.logs), expected(runs.logs))
    states = {view.run.name: view.status() for view in listed_runs(runs.logs)}
    assert states["live"] == "running"
    runs.close()
    states = {view.run.name: view.status() for view in listed_runs(runs.logs)}
    assert states["live"] == "killed"
    killed = next(view for view in listed_runs(runs.logs) if view.run.name == "live")
    assert killed._state is None and killed.state.started is not None


def test_two_readers_at_once_leave_what_either_needs(runs: FakeRuns) -> None:
    views = sorted(listed_runs(runs.logs), key=lambda view: view.run.name)
    both = [CellIndex(runs.logs), CellIndex(runs.logs)]
    for index in both:
        index.refresh()
        for view in views:
            index.add(view, results([view.copy()]))
    assert all(index.flush() for index in both) and len(parts(runs.logs)) == 2
    held = both[1].rows_of(views[0])
    assert held is not None
    both[0].MOST_WAITING = 0
    both[0].refresh()
    both[0]._merge(parts(runs.logs), *_kept(both[0], views))
    assert len(parts(runs.logs)) == 1
    cells = Cells([held[0]])  # its part is gone from the folder, and still open
    assert_frame_equal(cells.frame(), results([whole(views[0].run)]))
    assert_frame_equal(read(runs.logs), expected(runs.logs))


def _kept(index: CellIndex, views: list[RunView]) -> tuple[list[Any], list[Any]]:
    found = [index._rows[key] for view in views if (key := (view.run.name, *_stamps(view)))]
    return [told for told, _ in found], [rows for _, rows in found]


def _stamps(view: RunView) -> tuple[tuple[int, ...]]:
    from probing.logs.index.cell_index import _key

    key = _key(view)
    assert key is not None
    return (key[1],)


@pytest.mark.parametrize("has_cache", [True, False])
def test_where_the_logs_cannot_be_written_the_index_lies_elsewhere(
    runs: FakeRuns, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_cache: bool
) -> None:
    monkeypatch.setenv("PROBE_TUI_CACHE", str(tmp_path / "cache"))
    real = places.os.access
    allowed = (tmp_path / "cache",) if has_cache else ()

    def access(path: Path, mode: int) -> bool:
        near = Path(path) == tmp_path or any(one in (path, *Path(path).parents) for one in allowed)
        return has_cache and near and real(path, mode)

    monkeypatch.setattr(places.os, "access", access)
    assert_frame_equal(read(runs.logs), expected(runs.logs))
    assert not (runs.logs / places.NAME).exists()
    assert any((tmp_path / "cache").rglob("*.cells")) == has_cache
    assert_frame_equal(read(runs.logs), expected(runs.logs))


def test_an_index_that_others_may_write_is_not_trusted(runs: FakeRuns) -> None:
    read(runs.logs)
    (runs.logs / places.NAME).chmod(0o770)
    assert places.index_folder(runs.logs) != runs.logs / places.NAME


QUERIES = (
    "lda", "control=", "control!=", "layer>0 accuracy>.5", "layer=", "run=a", "run!=A model=gpt2",
    "flags=", "r2!=", "brier<.4", "brier!=0", "layer > 0 AND control = ''",
    "accuracy >= max(accuracy) AND layer >= 0",
)  # fmt: skip


def test_a_filter_keeps_the_rows_that_it_keeps_of_a_frame(runs: FakeRuns) -> None:
    frame = expected(runs.logs)
    cells = Cells.of(frame)
    for query in QUERIES:
        kept = frame.filter(pl.Series(mask_of(cells, query)))
        assert_frame_equal(kept, matches(frame, query))


def test_a_named_table_with_few_columns_is_kept_too(runs: FakeRuns) -> None:
    run = next(run for run in list_runs(runs.logs) if run.name == "a")
    tell(run, results([whole(run)]).select("run", *tables.KEYS, "n_folds", "accuracy"))
    before = read(runs.logs)
    assert_frame_equal(read(runs.logs), before)
    assert before.filter(run="a")["accuracy_low"].null_count() == before.filter(run="a").height


PLACES = [
    [3, 5, 4, 4],
    [0, 9000, 20000, 19999],
    [0, 5000, 10000, 15000, 20000],
    list(range(0, 20000, 7)),
    [],
]


@pytest.mark.parametrize("rows", PLACES)
@pytest.mark.parametrize("n_pieces", [1, 3, 40])
def test_rows_read_by_pieces_are_those_of_whole_columns(
    rows: list[int], n_pieces: int, tmp_path: Path
) -> None:
    n_rows = 20001
    frame = pl.DataFrame(
        {
            "run": ["a"] * n_rows,
            "model": [f"m{at // 90}" for at in range(n_rows)],
            "layer": [at % 24 if at % 50 else None for at in range(n_rows)],
            "accuracy": [at / n_rows if at > 17000 else None for at in range(n_rows)],
        },
        schema_overrides={"layer": tables.result_schema()["layer"]},
    )
    whole_frame = pl.DataFrame(schema=tables.result_schema())
    whole_frame = pl.concat([whole_frame, frame], how="diagonal")
    told = [RunRows("a", (1,), 0.0, n_rows)]
    columns = (whole_frame[name] for name in whole_frame.columns if name != "run")
    path = write_part(tmp_path, told, columns, tables.result_schema())
    assert path is not None
    part = PartFile(path, tables.result_schema())
    ends = [n_rows * at // n_pieces for at in range(n_pieces + 1)]
    pieces = [Rows("a", part, start, end - start) for start, end in itertools.pairwise(ends)]
    cells, at = Cells(pieces), np.array(rows, np.int64)
    names = ["run", "model", "layer", "accuracy", "f1"]
    for _ in range(40):  # of many pieces the whole is read
        assert_frame_equal(cells.frame(at, names), whole_frame[rows].select(names))
    chosen = np.zeros(n_rows, np.bool_)
    chosen[[3, 17000]] = True
    assert not cells.has_any("accuracy", chosen) and not cells.has_any("f1", chosen)
    chosen[17001] = True
    assert cells.has_any("accuracy", chosen)


def scattered(runs: FakeRuns, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of a few rows, of runs whose cells lie in other orders than they are told."""
    monkeypatch.setattr(all_cells, "_AT_ONCE", 4)
    monkeypatch.setattr(all_cells, "_STEP", 5)
    monkeypatch.setattr("probing.logs.index.cells._MOST_CHUNKS", 1)
    runs.live("live", 2, SMALL)


@pytest.mark.parametrize("query", ["", "lda", "run=b", "accuracy > 0.5 and layer = 1", "nothing"])
@pytest.mark.parametrize("names", [(), ("layer", "run", "accuracy")])
@pytest.mark.parametrize("limit", [None, 0, 7])
def test_pieces_hold_the_rows_that_are_told_at_once(
    query: str,
    names: tuple[str, ...],
    limit: int | None,
    runs: FakeRuns,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    views = sorted(listed_runs(runs.logs), key=lambda view: view.run.name, reverse=True)
    whole_frame = AllCells(runs.logs, views, print).rows(query, names, limit)
    scattered(runs, monkeypatch)
    pieces = list(AllCells(runs.logs, views, print).pieces(query, names, limit))
    assert_frame_equal(pl.concat(pieces), whole_frame)
    assert max(piece.height for piece in pieces) <= 5
    runs.close()


def test_a_part_that_is_damaged_between_two_pieces_is_read_anew(
    runs: FakeRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = read(runs.logs)
    scattered(runs, monkeypatch)
    views = sorted(listed_runs(runs.logs), key=lambda view: view.run.name)
    views = [view for view in views if view.run.name != "live"]
    names = ["run", "layer", "accuracy"]
    pieces = AllCells(runs.logs, views, print).pieces("", names)
    first = next(pieces)
    part_flipped(runs)
    assert_frame_equal(pl.concat([first, *pieces]), wanted.select(names))
    runs.close()
