"""Tags, notes, names, the archive and the trash: what users do to whole runs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest

from probing.errors import RunError, SpecError, UnknownRunError
from probing.logs import RunFolder, find_run, list_runs
from probing.logs.folders import trash
from probing.logs.folders.renaming import rename
from probing.logs.folders.run_marks import Marks, archive, read_marks, write_note, write_tags
from probing.query import fits, parted
from tests.support.fake_runs import FakeRuns, Shape
from tui.cli import main
from tui.runs import marks_reader
from tui.runs.marks_reader import MarksReader
from tui.texts.sizes import size

SMALL = Shape(n_layers=1)


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[FakeRuns]:
    fake = FakeRuns(tmp_path / "logs")
    yield fake
    fake.close()


def names(runs: FakeRuns) -> list[str]:
    return sorted(run.name for run in list_runs(runs.logs))


def test_marks_are_plain_files(runs: FakeRuns) -> None:
    run = runs.finished("a", SMALL)
    assert read_marks(run) == Marks()
    write_tags(run, ["paper", "draft", "paper"])
    write_note(run, "the one with *cased* texts\n")
    archive(run)
    assert (run.path / "tags.txt").read_text() == "paper\ndraft\n"
    assert read_marks(run) == Marks(("paper", "draft"), "the one with *cased* texts", True)
    write_tags(run, [])
    write_note(run, " ")
    archive(run, False)
    assert read_marks(run) == Marks()
    assert not {"tags.txt", "notes.md", "archived"} & {path.name for path in run.path.iterdir()}


@pytest.mark.parametrize("tag", ["", "two words", "a=b", 'a"b', "x" * 41, "a\x1b"])
def test_what_filters_cannot_name_is_no_tag(runs: FakeRuns, tag: str) -> None:
    with pytest.raises(SpecError, match="is no tag"):
        write_tags(runs.finished("a", SMALL), [tag])


def test_marks_of_others_do_no_harm(runs: FakeRuns, tmp_path: Path) -> None:
    run = runs.finished("a", SMALL)
    (run.path / "notes.md").symlink_to("/dev/zero")
    (run.path / "tags.txt").write_bytes(b"\xff\n\n one \n")
    assert read_marks(run).tags == ("\ufffd", "one") and read_marks(run).note == ""
    write_note(run, "mine")
    assert not (run.path / "notes.md").is_symlink()


def test_filters_of_tags() -> None:
    row = {"tag": ("paper", "v2"), "run": "a"}
    for query in ("tag=paper", "tag=V2", "tag!=draft", "tag!=", "pap", "run=a tag=v2"):
        assert fits(row, query), query
    for query in ("tag=draft", "tag!=paper", "tag="):
        assert not fits(row, query), query
    assert fits({"tag": ()}, "tag=") and fits({"tag": ()}, "tag!=x")
    assert not fits({"tag": ()}, "tag!=")
    assert parted("tag=paper layer>3 'a b'", ("tag",)) == ("tag=paper", "layer>3 'a b'")
    assert parted("layer > 3 OR tag = 'x'", ("tag",)) == ("", "layer > 3 OR tag = 'x'")


def test_a_renamed_run_is_found_by_its_name_alone(runs: FakeRuns) -> None:
    run = runs.finished("a", SMALL)
    run.probes.mkdir()
    (run.probes / "p.json").write_text(json.dumps({"run": "a", "name": "p"}))
    renamed = rename(run, "capitals-v2")
    assert names(runs) == ["capitals-v2"] and find_run(runs.logs, "cap") == renamed
    assert json.loads((renamed.probes / "p.json").read_text()) == {
        "run": "capitals-v2",
        "name": "p",
    }
    runs.finished("b", SMALL)
    with pytest.raises(RunError, match="of that name"):
        rename(renamed, "b")
    for odd in ("", "../b", ".b", "a b", "-b"):
        with pytest.raises(SpecError, match="cannot name a run"):
            rename(renamed, odd)
    with pytest.raises(RunError, match="is live, so it cannot be renamed"):
        rename(runs.live("c"), "d")


def test_what_was_deleted_comes_back(runs: FakeRuns) -> None:
    run = runs.finished("a", SMALL)
    files = {path.name: path.read_bytes() for path in run.path.iterdir()}
    there = trash.delete(run)
    assert names(runs) == [] and there.path == runs.logs / ".trash" / "a"
    again = trash.delete(runs.finished("a", SMALL))
    assert again.name == "a~2" and [one.name for one in trash.deleted_runs(runs.logs)]
    runs.finished("a", SMALL)
    with pytest.raises(RunError, match="another run has its name"):
        trash.restore(there)
    rename(RunFolder(runs.logs / "a"), "b")
    back = trash.restore(trash.find_deleted(runs.logs, "a~2"))
    assert back.path == run.path
    trash.delete(back)
    assert trash.restore(there).name == "a"
    assert {path.name: path.read_bytes() for path in run.path.iterdir()} == files
    with pytest.raises(UnknownRunError, match="no deleted run 'x'"):
        trash.find_deleted(runs.logs, "x")


def test_a_live_run_is_not_deleted(runs: FakeRuns) -> None:
    run = runs.live("c")
    with pytest.raises(RunError, match="c: is live, so it cannot be deleted; cancel it first"):
        trash.delete(run)
    with pytest.raises(RunError, match="not in the trash"):
        trash.remove(run)
    assert names(runs) == ["c"]


def test_sizes() -> None:
    assert [size(n) for n in (0, 812, 4200, 999_600, 3.1e8)] == [
        "0 B", "812 B", "4.2 kB", "1.0 MB", "310 MB"
    ]  # fmt: skip


def told(capsys: pytest.CaptureFixture[str], runs: FakeRuns, *command: str) -> tuple[int, str, str]:
    code = main([*command, "--logs", str(runs.logs)])
    return code, *capsys.readouterr()


def test_the_commands(
    capsys: pytest.CaptureFixture[str], runs: FakeRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("alpha", "beta"):
        runs.finished(name, SMALL)
    assert told(capsys, runs, "tag", "alpha", "paper", "v1") == (0, "paper\nv1\n", "")
    assert told(capsys, runs, "tag", "alpha", "--remove", "v1")[1] == "paper\n"
    assert "it has paper" in told(capsys, runs, "tag", "alpha", "--remove", "v1")[2]
    assert told(capsys, runs, "note", "alpha", "look again")[0] == 0
    assert told(capsys, runs, "note", "alpha")[1] == "look again\n"
    listed = json.loads(told(capsys, runs, "runs", "--where", "tag=paper", "--json")[1])
    assert [(one["run"], one["tags"], one["note"]) for one in listed] == [
        ("alpha", ["paper"], "look again")
    ]
    rows = json.loads(told(capsys, runs, "results", "--where", "tag=paper", "--format", "json")[1])
    assert {row["run"] for row in rows} == {"alpha"}
    told(capsys, runs, "archive", "beta")
    assert "beta" not in told(capsys, runs, "runs")[1]
    assert "beta" in told(capsys, runs, "runs", "--where", "archived=yes")[1]
    assert "beta" in told(capsys, runs, "runs", "--all")[1]
    assert told(capsys, runs, "rename", "beta", "gamma")[1] == "gamma\n"
    code, _, err = told(capsys, runs, "delete", "gamma")
    assert code == 2 and "say --yes" in err
    monkeypatch.setattr(sys, "stdin", StringIO("n\n"))
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    assert "nothing was deleted" in told(capsys, runs, "delete", "gamma")[2]
    assert "probe-tui restore gamma" in told(capsys, runs, "delete", "gamma", "--yes")[2]
    assert "gamma" in told(capsys, runs, "runs", "--trash")[1] and names(runs) == ["alpha"]
    assert told(capsys, runs, "restore", "gamma")[1] == "gamma\n"
    told(capsys, runs, "delete", "gamma", "--yes")
    assert "removed gamma" in told(capsys, runs, "delete", "--forever", "gamma", "--yes")[2]
    assert "gamma" not in told(capsys, runs, "runs", "--trash")[1]


def test_marks_are_read_again_where_they_changed(
    runs: FakeRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, read = [runs.finished(name, SMALL) for name in "ab"], list[str]()
    reader = MarksReader()
    reader.read(made)
    monkeypatch.setattr(
        marks_reader, "read_marks", lambda run: read.append(run.name) or read_marks(run)
    )
    assert reader.read(made)["a"].tags == () and read == []
    write_tags(made[0], ["x"])
    assert reader.read(made)["a"].tags == ("x",) and read == ["a"]
    with (made[0].path / "tags.txt").open("a") as file:
        file.write("by-hand\n")
    seen = [reader.read(made)["a"].tags for _ in range(marks_reader.EVERY)]
    assert seen[-1] == ("x", "by-hand") and len(read) == 2
