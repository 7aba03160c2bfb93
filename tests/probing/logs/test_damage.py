"""A log that somebody's disk, or somebody, changed: said with its line, never less in silence."""

from __future__ import annotations

import hashlib
import json
import os
import random
import time
import zlib
from pathlib import Path

import pytest

from probing.errors import RunError
from probing.events import RunCancelled, RunDone, RunStarted
from probing.logs import EventWriter, RunFolder, RunView, create_run, read_events
from probing.logs.results.closing_tables import changed_tables, is_as_written, read_table
from probing.logs.states.event_log import read_on
from tests.support.fake_runs import FakeRuns, Shape


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return FakeRuns(tmp_path).with_failed_cells()


def viewed(run: RunFolder) -> RunView:
    view = RunView(run)
    view.update()
    return view


def test_no_flipped_bit_goes_unsaid(run: RunFolder) -> None:
    whole, draw = run.events.read_bytes(), random.Random(0)
    for _ in range(60):
        data = bytearray(whole)
        at = draw.randrange(len(data))
        data[at] ^= 1 << draw.randrange(8)
        run.events.write_bytes(data)
        view = viewed(run)
        line = whole[:at].count(b"\n") + 1
        assert view.status() == "damaged", line
        assert view.damage == f"events.jsonl is damaged at line {line}"


def test_the_last_line_end_counts_too(run: RunFolder) -> None:
    whole = run.events.read_bytes()
    run.events.write_bytes(whole[:-1] + b"\x0b")
    n_lines = len(whole.splitlines())
    assert viewed(run).damage == f"events.jsonl is damaged at line {n_lines}"
    run.events.write_bytes(whole[:-1])  # as a killed runner leaves it
    assert viewed(run).damage == "" and viewed(run).status() == "killed"


@pytest.mark.parametrize("n_lines", [0, 1, 9, -1])
def test_a_log_that_breaks_off_though_its_runner_ended_is_damaged(
    run: RunFolder, n_lines: int
) -> None:
    lines = run.events.read_bytes().splitlines(keepends=True)
    left = lines[:n_lines]
    run.write(run.owner, json.dumps({"pid": 1, "started": 1.0, "ended": 2.0}))
    for torn in (b"", lines[len(left)][:9]):
        run.events.write_bytes(b"".join(left) + torn)
        skimmed = RunView(run)
        skimmed.skim()
        for view in (viewed(run), skimmed):
            assert view.status() == "damaged"
            said = f"events.jsonl is damaged at line {len(left) + 1}, where it breaks off"
            assert view.damage == said
    run.write(run.owner, json.dumps({"pid": 1, "started": 1.0}))
    assert viewed(run).damage == ""  # its runner was killed


def test_a_log_without_its_last_attempt_is_damaged(run: RunFolder) -> None:
    run.events.unlink()
    writer = EventWriter(run.events)
    writer.append([RunStarted("r", 0, "0", 1, "host", 2, 1, 1), RunCancelled("signal")])
    writer.close()
    ended = json.dumps({"started": time.time() + 9, "ended": time.time() + 99})
    assert viewed(run).status() == "cancelled"
    run.write(run.owner, ended)
    assert viewed(run).status() == "damaged"


@pytest.mark.parametrize("change", ["missing", "twice", "swapped"])
def test_a_line_that_does_not_follow_is_damage(run: RunFolder, change: str) -> None:
    lines = run.events.read_bytes().splitlines(keepends=True)
    middle = {"missing": [], "twice": [lines[5]] * 2, "swapped": [lines[6], lines[5]]}[change]
    rest = lines[7:] if change == "swapped" else lines[6:]
    run.events.write_bytes(b"".join([*lines[:5], *middle, *rest]))
    at = 7 if change == "twice" else 6
    assert viewed(run).damage == f"events.jsonl is damaged at line {at}"


def test_a_view_that_follows_sees_damage_where_it_comes(tmp_path: Path) -> None:
    run = create_run(tmp_path, "x", "")
    writer = EventWriter(run.events)
    writer.append([RunStarted("r", 0, "0", 1, "host", 2, 1, 1)])
    view = viewed(run)
    with run.events.open("ab") as file:
        file.write(b"{}\n")
    assert view.update() == [] and view.damage == "events.jsonl is damaged at line 2"
    again = EventWriter(run.events)
    again.append([RunCancelled("signal")])
    view.update()
    assert view.damage == "" and view.status() == "cancelled"
    assert run.path.joinpath("events.damaged.jsonl").read_bytes() == b"{}\n"


def test_what_is_damaged_before_a_cancelled_end_is_said(run: RunFolder) -> None:
    run.events.unlink()
    writer = EventWriter(run.events)
    writer.append([RunStarted("r", 0, "0", 1, "host", 2, 1, 1), RunCancelled("signal")])
    with run.events.open("ab") as file:
        file.write(b"no event\n")
    assert viewed(run).status() == "damaged"


def line_of(**fields: object) -> bytes:
    record = {"seq": 0, "time": 0.0, "kind": "run_started", "run": "r", "attempt": 0}
    more = {"version": "0", "pid": 1, "host": "h", "n_cells": 1, "n_passes": 1, "n_threads": 1}
    body = json.dumps({**record, **more, **fields}, separators=(",", ":")).encode()[:-1]
    return body + f',"crc":"{zlib.crc32(body):08x}"}}\n'.encode()


@pytest.mark.parametrize(
    "fields",
    [
        {"n_cells": "many"},
        {"n_cells": None},
        {"n_cells": True},
        {"n_cells": 10**30},
        {"time": "now"},
        {"seq": "0"},
        {"run": ["r"]},
        {"kind": ["run_started"]},
        {"kind": {}},
    ],
)
def test_values_of_another_kind_are_damage(run: RunFolder, fields: dict[str, object]) -> None:
    run.events.write_bytes(line_of())
    assert viewed(run).damage == ""
    run.events.write_bytes(line_of(**fields))
    assert viewed(run).damage == "events.jsonl is damaged at line 1"


@pytest.mark.parametrize("name", ["events.jsonl", "owner.json", "plan.json"])
def test_a_pipe_in_place_of_a_file_is_not_waited_for(run: RunFolder, name: str) -> None:
    from probing.plan import from_json

    path = run.path / name
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    assert viewed(run).state.started is None or name != "events.jsonl"
    assert run.read_owner() == {}
    assert from_json(run.plan) is None or name != "plan.json"


def test_closing_tables_are_read_only_as_they_were_written(tmp_path: Path) -> None:
    import polars as pl

    run = create_run(tmp_path, "v[1]", "")
    pl.DataFrame({"score": [0.5, 0.25]}).write_parquet(run.scores)
    data = run.scores.read_bytes()
    tables = {"scores.parquet": hashlib.sha256(data).hexdigest(), "../odd": "", "gone": "x"}
    EventWriter(run.events).append([RunDone(1, 0, 1.0, 0, tables)])
    view = viewed(run)
    assert read_table(view, run.scores)["score"].to_list() == [0.5, 0.25]
    assert [one.partition(": ")[0] for one in changed_tables(view)] == [str(run.path / "gone")]
    run.scores.write_bytes(data[:20] + bytes([data[20] ^ 1]) + data[21:])
    with pytest.raises(RunError, match="has changed since the run wrote it"):
        read_table(view, run.scores)
    assert len(changed_tables(view)) == 2


def test_a_table_of_another_size_is_not_read_to_its_end(tmp_path: Path) -> None:
    run = create_run(tmp_path, "x", "")
    run.scores.write_bytes(b"a" * 8)
    sha256 = hashlib.sha256(b"a" * 8).hexdigest()
    sizes = {"scores.parquet": 8}
    EventWriter(run.events).append([RunDone(1, 0, 1.0, 0, {"scores.parquet": sha256}, sizes)])
    view = viewed(run)
    assert is_as_written(view, run.scores)
    os.truncate(run.scores, 2**42)  # all of it is read in an hour
    assert not is_as_written(view, run.scores)
    assert [one.partition(": ")[0] for one in changed_tables(view)] == [str(run.scores)]
    with pytest.raises(RunError, match="has changed since the run wrote it"):
        read_table(view, run.scores)


def test_read_events_counts_from_where_it_stands(run: RunFolder) -> None:
    first, offset = read_events(run.events)
    assert read_events(run.events, offset) == ([], offset)
    assert read_on(run.events, offset, len(first)) == ([], offset, "")
    assert len(first) > len(Shape().cells())
