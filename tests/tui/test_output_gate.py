"""Nothing that is printed drives a terminal, and no encoding stops it."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from probing.logs import create_run
from tests.support.cli_runs import environment
from tests.support.fake_runs import FakeRuns
from tui import cli
from tui.texts.output_gate import OutputGate, gated

EVIL = "a\x1b]52;c;AAAA\x07b\x9b2Jc\rd\x08\x7f\u202e\u061ce\x00"


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("stream", [Terminal, io.StringIO])
def test_control_bytes_stay_behind(stream: type[io.StringIO]) -> None:
    raw = stream()
    print(EVIL, "naïve 日本\tx", file=OutputGate(raw), end="\r\n")  # type: ignore[call-overload]
    assert raw.getvalue() == "a·]52;c;AAAA·b·2Jc·d····e· naïve 日本\tx\n"


def test_colours_reach_a_terminal_alone() -> None:
    terminal, pipe = Terminal(), io.StringIO()
    for raw in (terminal, pipe):
        OutputGate(raw).write("\x1b[1;31mred\x1b[0m \x1b[2J\r\n")
    assert terminal.getvalue() == "\x1b[1;31mred\x1b[0m ·[2J\n"
    assert "\x1b" not in pipe.getvalue()


def test_a_progress_may_go_back_to_the_start_of_its_line() -> None:
    raw = Terminal()
    print("50 %", file=OutputGate(raw), end="\r")  # type: ignore[call-overload]
    assert raw.getvalue() == "50 %\r"


def test_every_command_prints_through_the_gate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> int:
        print(EVIL)
        raise ValueError(EVIL)

    before = sys.stdout
    monkeypatch.setattr(cli, "_run", broken)
    assert cli.main(["runs", "--debug"]) == 1
    out, err = capsys.readouterr()
    assert sys.stdout is before
    assert "Traceback" in err and "ValueError" in err
    for char in "\x1b\x07\x9b\x08\x7f\x00\u202e\r":
        assert char not in out and char not in err


def test_the_folder_of_a_hostile_name_is_named_harmlessly(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tui.commands.of_runs import batch

    run = create_run(tmp_path, "x\x1b[2J", "")
    monkeypatch.setattr(batch, "start_runner", lambda run, **how: None)
    with gated():
        assert batch.resume(run, detach=True, as_json=False) == 0
    out, err = capsys.readouterr()
    assert "\x1b" not in out + err and out.startswith("x·[2J-")


IN_TURN = """
import os, sys
from tui.cli import main

for line in sys.argv[1:]:
    os.dup2(os.open(line, os.O_WRONLY | os.O_CREAT), 1)
    code = main(line.split())
    sys.stdout.flush()
    print(code, line, file=sys.stderr)
"""


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_a_good_run_is_shown_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    FakeRuns(tmp_path / "logs").with_failed_cells("rare")
    given = {**environment(tmp_path), "PYTHONIOENCODING": f"{encoding}:strict"}
    codes = {"attach rare": 5, "results": 0, "results --format csv": 0, "runs": 0}
    command = [sys.executable, "-c", IN_TURN, *codes]
    done = subprocess.run(command, stderr=subprocess.PIPE, env=given, cwd=tmp_path)
    for line, code in codes.items():
        assert f"{code} {line}\n" in done.stderr.decode(encoding)
        assert (tmp_path / line).read_text("utf-8" if "csv" in line else encoding)


def told(folder: Path, redirected: str, *command: str) -> subprocess.CompletedProcess[str]:
    shell = f'exec "$@" {redirected}'
    given = ["sh", "-c", shell, "sh", sys.executable, "-m", "tui.cli", *command]
    return subprocess.run(given, capture_output=True, text=True, env=environment(folder))


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-", "2>/dev/full"])
def test_a_closed_or_full_stream_fails_no_good_command(tmp_path: Path, closed: str) -> None:
    FakeRuns(tmp_path / "logs").with_failed_cells("rare")
    for command, code in ((["runs"], 0), (["results"], 0), (["attach", "rare"], 5)):
        done = told(tmp_path, closed, *command)
        assert (done.returncode, "Traceback" in done.stderr) == (code, False), done.stderr


def test_output_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    FakeRuns(tmp_path / "logs").with_failed_cells("rare")
    for command in (["runs"], ["results", "--format", "csv"]):
        done = told(tmp_path, ">/dev/full", *command)
        assert done.returncode == 1
        assert done.stderr == "probe-tui: standard output: No space left on device\n"
