"""Logs in a store: what one machine computes, another reads and goes on with, whatever fails."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest

from probing.errors import RunError, SpecError
from probing.events import RunCancelled, Warned
from probing.interventions.folder import InterventionFolder
from probing.interventions.lookup import list_interventions
from probing.logs import EventWriter, RunFolder, RunView, create_run, list_runs, logs_folder
from probing.logs.folders.locks import Lock, run_lock
from probing.logs.folders.ownership import Ownership
from probing.logs.folders.plain_files import has_file
from probing.logs.folders.renaming import rename
from probing.logs.folders.run_marks import read_marks, write_note, write_tags
from probing.logs.folders.trash import delete
from probing.logs.mirrors.heads import Head, Part, parsed_head, read_record
from probing.logs.mirrors.log_parts import next_part
from probing.logs.mirrors.opening import send_left
from probing.logs.mirrors.places import HEADS, made_mirror
from probing.logs.mirrors.pulling import pull
from probing.logs.mirrors.pushing import Pusher
from probing.logs.mirrors.sending import unsent
from probing.stores import ObjectStore
from tests.support.failing_store import FailingFiles, failing_store

URL = "memory://lab/logs"


@pytest.fixture(autouse=True)
def emptied() -> Iterator[None]:
    yield
    fsspec.filesystem("memory").store.clear()


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """The folder for the logs of the store on a machine of that name."""

    def made(name: str) -> Path:
        monkeypatch.setenv("PROBE_TUI_CACHE", str(tmp_path / name))
        return made_mirror(URL)

    return made


def store(monkeypatch: pytest.MonkeyPatch, every: int = 0) -> tuple[ObjectStore, FailingFiles]:
    return failing_store(URL, monkeypatch, every)


def began(logs: Path) -> tuple[RunFolder, EventWriter]:
    run = create_run(logs, "quick", "n_folds = 3\n")
    return run, EventWriter(run.events)


def fill(run: RunFolder, writer: EventWriter, n: int) -> None:
    writer.append([Warned("test", f"event {writer.next_seq + at}") for at in range(n)])
    (run.path / "blocks").mkdir(exist_ok=True)
    (run.path / "blocks" / f"{writer.next_seq}.safetensors").write_bytes(os.urandom(100))


def told(run: RunFolder) -> list[str]:
    view = RunView(run)
    view.update()
    return [one.message for one in view.state.warnings]


def contents(folder: Path) -> dict[str, bytes]:
    """What a run folder holds, but for what each machine has of its own."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name[0] != "."]
    shared = [path for path in files if path.name != "owner.json"]
    return {str(path.relative_to(folder)): path.read_bytes() for path in shared}


@pytest.mark.parametrize("every", [0, 7])
def test_a_reader_sees_a_run_grow_and_end(machine, monkeypatch, every) -> None:  # type: ignore[no-untyped-def]
    here, there = machine("one"), machine("other")
    run, writer = began(here)
    held = Ownership.take(run, 0.0)
    assert held is not None
    held.announce()
    pusher, seen = Pusher(run.path, store(monkeypatch, every)[0]), RunFolder(there / run.name)
    reading, files = store(monkeypatch, every)
    known: dict[str, tuple[str, str]] = {}
    for count in range(1, 20):
        fill(run, writer, 1 if count % 5 else 40)
        run.log.write_text("printed " * count)
        assert pusher.push(is_over=False)
        assert not pull(there, reading, known=known).troubles
        assert told(seen) == told(run)
        assert seen.is_alive() and seen.is_alive_elsewhere()
        assert len(pusher.head.parts) < 8
    assert seen.spec.stat().st_mtime_ns == run.spec.stat().st_mtime_ns
    assert not seen.parts.exists()  # large: fetched when it is opened
    n_asked = files.n_asked
    assert not pull(there, reading, known=known).changed
    assert files.n_asked == n_asked + 1 + bool(every and not (n_asked + 1) % every)
    writer.append([RunCancelled("signal")])
    writer.close()
    held.release(ended=True)
    pusher.push(is_over=True)
    assert pull(there, reading).changed == [run.name]
    assert not seen.is_alive() and RunView(seen).run.read_owner()["ended"]
    assert seen.events.stat().st_mtime_ns == run.events.stat().st_mtime_ns
    # the store holds a run folder now, and nothing of the way to it
    names = {name.partition("/")[2] for name in reading.list() if name.startswith(run.name)}
    assert names == set(contents(run.path))
    assert reading.read(f"{run.name}/events.jsonl") == run.events.read_bytes()
    assert unsent(run.path) == ""


def test_many_events_take_few_parts_and_little_sending() -> None:
    parts: list[Part] = []
    sent = 0
    for end in range(100, 200_001, 100):
        kept, part = next_part(parts, end)
        sent += part.end - part.start
        parts = [*kept, part]
        assert [one.start for one in parts] == [0, *(one.end for one in parts[:-1])]
    assert parts[-1].end == 200_000 and len(parts) <= 11 and sent < 200_000 * 12


def test_another_machine_goes_on_with_a_killed_run(machine, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    here, there = machine("one"), machine("other")
    run, writer = began(here)
    lock = Lock(run_lock(run.path))
    assert lock.acquire()
    where, _ = store(monkeypatch)
    pusher = Pusher(run.path, where)
    fill(run, writer, 3)
    pusher.push(is_over=False)
    fill(run, writer, 2)  # never sent: the machine went down
    writer.close()
    lock.release()
    pull(there, where)
    other = RunFolder(there / run.name)
    assert told(other) == told(run)[:3]
    part = next(run.parts.glob("*"))
    monkeypatch.setattr("probing.logs.mirrors.on_demand.open_store", lambda url: where)
    assert has_file(other.parts / part.name) and not has_file(other.parts / "none.safetensors")
    assert (other.parts / part.name).read_bytes() == part.read_bytes()
    # the other goes on, and what the first had not sent makes way for it
    more = EventWriter(other.events)
    fill(other, more, 4)
    more.close()
    Pusher(other.path, where).push(is_over=True)
    assert list(send_left(here, where)) == []
    with pytest.raises(RunError, match="is worked on by"):  # also if the first was only cut off
        pusher.push(is_over=True)
    pull(here, where)
    assert told(run) == told(other) and len(told(run)) == 7


def test_what_a_killed_machine_left_is_sent_later(machine, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    here, there = machine("one"), machine("other")
    run = create_run(here, "quick", "n_folds = 3\n")
    where, files = store(monkeypatch, 1)
    assert list(send_left(here, where)) == []  # it may be about to start
    writer = EventWriter(run.events)
    fill(run, writer, 3)
    writer.close()
    assert "is not in memory://lab/logs as a whole" in unsent(run.path)
    [line] = send_left(here, where)
    assert "on this machine alone" in line and "does not answer" in line
    files.every = 0
    assert list(send_left(here, where)) == [] and unsent(run.path) == ""
    pull(there, where)
    assert told(RunFolder(there / run.name)) == told(run)
    monkeypatch.setattr("probing.logs.states.run_view.STARTING_S", 0.0)
    assert RunView(RunFolder(there / run.name)).status() == "killed"


@pytest.mark.parametrize("n", [1, 30])
def test_a_damaged_log_that_was_cut_is_another(machine, monkeypatch, n) -> None:  # type: ignore[no-untyped-def]
    here, there = machine("one"), machine("other")
    run, writer = began(here)
    where, _ = store(monkeypatch)
    fill(run, writer, 6)
    writer.close()
    Pusher(run.path, where).push(is_over=False)
    pull(there, where)
    lines = run.events.read_bytes().splitlines(keepends=True)
    run.events.write_bytes(b"".join([*lines[:3], b"{damaged}\n", *lines[4:]]))
    writer = EventWriter(run.events)
    fill(run, writer, n)
    writer.close()
    Pusher(run.path, where).push(is_over=True)
    pull(there, where)
    assert told(RunFolder(there / run.name)) == told(run) == [f"event {at}" for at in range(3 + n)]
    assert RunFolder(there / run.name).events.read_bytes() == run.events.read_bytes()


def test_marks_are_shared(machine, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    here, there = machine("one"), machine("other")
    where, _ = store(monkeypatch)
    monkeypatch.setattr("probing.logs.folders.run_marks.store_of", lambda logs: where)
    run, writer = began(here)
    writer.close()
    Pusher(run.path, where).push(is_over=True)
    pull(there, where)
    other = RunFolder(there / run.name)
    write_tags(other, ["paper"])
    write_note(other, "look at layer 3")
    pull(here, where)
    assert read_marks(run) == read_marks(other)
    write_note(run, "")
    pull(there, where)
    assert read_marks(other).note == "" and read_marks(other).tags == ("paper",)
    for change in (lambda: delete(other), lambda: rename(other, "new")):
        with pytest.raises(RunError, match="lies in a store"):
            change()


def test_other_work_is_sent_as_runs_are(machine, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    here, there = machine("one"), machine("other")
    where, _ = store(monkeypatch)
    folder = InterventionFolder(here / "steer-x-1")
    folder.path.mkdir()
    folder.write(folder.request, b"{}")
    pusher = Pusher(folder.path, where)
    for unit in ("a", "b"):
        folder.append(unit, {"value": 1})
        pusher.push(is_over=unit == "b")
        pull(there, where)
        [seen] = list_interventions(there)
        assert seen.done() == folder.done()
    (folder.path / "work").mkdir()
    (folder.path / "work" / "shard.safetensors").write_bytes(b"x")  # what workers have in hand
    (folder.path / "slurm.json").write_text("{}")  # of one cluster
    pusher.push(is_over=True)
    assert set(pusher.head.files) == {"request.json", "measured.jsonl"}


def test_odd_heads_and_lost_objects_are_one_bad_row(machine, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    here, there = machine("one"), machine("other")
    where, _ = store(monkeypatch)
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    runs = []
    for _ in range(3):
        run, writer = began(here)
        fill(run, writer, 2)
        writer.close()
        Pusher(run.path, where).push(is_over=True)
        runs.append(run)
    where.delete([f"{runs[0].name}/spec.toml"])
    head = json.loads(where.read(f"{HEADS}/{runs[1].name}.json"))
    where.write(f"{HEADS}/{runs[1].name}.json", json.dumps(head | {"crc": 1}).encode())
    where.write(f"{HEADS}/..json", b"{}")
    where.write("stray.txt", b"")
    [trouble] = pull(there, where).troubles
    assert trouble.startswith(f"{runs[0].name}: ") and "not there" in trouble
    assert runs[2].name in [run.name for run in list_runs(there)]
    outside = Head(files={"../../x": None})  # type: ignore[dict-item]
    assert parsed_head(outside.to_bytes()) is None
    assert read_record(there / runs[2].name) is not None


def test_a_url_that_cannot_be_one_is_told() -> None:
    wrong = {"memory://lab": "one process", "s4://lab": "no kind", "s3://": "bucket"}
    for url, words in wrong.items():
        with pytest.raises(SpecError, match=words):
            logs_folder(url)


def test_a_folder_of_a_mounted_disk_can_be_a_store(tmp_path: Path, machine: Any) -> None:
    machine("one")
    logs = logs_folder(f"file://{tmp_path}/there")
    run, writer = began(logs)
    fill(run, writer, 2)
    writer.close()
    assert logs_folder(f"file://{tmp_path}/there/") == logs
    assert contents(tmp_path / "there" / run.name) == contents(run.path)
    machine("other")
    other = logs_folder(f"file://{tmp_path}/there")
    assert other != logs and told(RunFolder(other / run.name)) == ["event 0", "event 1"]
    assert (other / run.name).stat().st_mode & 0o777 == 0o700
