"""Batch runs from start to end, through processes: streams, codes, signals, resuming."""

from __future__ import annotations

import json
import os
import pty
import signal
from pathlib import Path

import pytest

from probing.logs import RunView, list_runs
from tests.support.cli_runs import start, until, working_folder, write_spec


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return working_folder(tmp_path)


def finish(folder: Path, *arguments: str) -> tuple[int, str, str]:
    process = start(folder, *arguments)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def the_run(folder: Path) -> RunView:
    view = RunView(list_runs(folder / "logs")[0])
    view.update()
    return view


def has_block(folder: Path) -> bool:
    return bool(list_runs(folder / "logs")) and the_run(folder).state.n_done > 0


def test_a_batch_ends_with_curve_and_table_on_stdout(folder: Path) -> None:
    code, out, err = finish(folder, "--batch", "s.toml")
    assert code == 0, err
    assert "accuracy by layer" in out and "majority" in out
    assert "warning: plan: mind the gap" in err and "done: 6 cells" in err
    assert "run quick-" in err and "\x1b" not in out + err


def test_json_prints_the_events_and_nothing_else(folder: Path) -> None:
    code, out, _ = finish(folder, "--batch", "s.toml", "--json")
    events = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [one["seq"] for one in events] == list(range(len(events)))
    assert events[0]["kind"] == "run_started" and events[-1]["kind"] == "run_done"


def test_some_failed_cells_are_code_5(folder: Path) -> None:
    code, out, err = finish(folder, "--batch", "s.toml", "--set", "name=partly")
    assert code == 5
    assert "a class has 3 members" in err and "3 failed" in err
    assert "by layer" in out


def test_a_run_that_broke_off_gives_its_code_and_reason(folder: Path) -> None:
    code, out, err = finish(folder, "--batch", "s.toml", "--set", "name=broken")
    assert code == 3
    assert "tiny: no such model" in err and out == ""


def test_a_killed_runner_is_code_1_and_resumes(folder: Path) -> None:
    code, _, err = finish(folder, "--batch", "s.toml", "--set", "name=dies")
    name = the_run(folder).run.name
    assert code == 1
    assert f"probe-tui resume {name}" in err and "out of memory" in err
    code, out, err = finish(folder, "resume", "dies", "--json")
    kinds = [json.loads(line)["kind"] for line in out.splitlines()]
    assert code == 0, err
    assert kinds.count("run_started") == 1 and kinds[-1] == "run_done"
    assert the_run(folder).state.n_done == 6


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_cancels_the_run(folder: Path, number: signal.Signals) -> None:
    write_spec(folder, name="slow")
    process = start(folder, "--batch", "s.toml")
    until(lambda: has_block(folder))
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "probe-tui resume slow-" in err
    assert the_run(folder).status() == "cancelled"
    code, _, _ = finish(folder, "resume", "slow")
    assert code == 0 and the_run(folder).status() == "done"


def test_a_closed_terminal_leaves_the_run_going(folder: Path) -> None:
    write_spec(folder, name="slow")
    process = start(folder, "--batch", "s.toml")
    until(lambda: has_block(folder))
    process.send_signal(signal.SIGHUP)
    process.communicate(timeout=30)
    assert the_run(folder).status() == "running"
    code, _, err = finish(folder, "cancel", "slow")
    assert code == 0 and "cancelled" in err
    assert the_run(folder).status() == "cancelled"


def test_detach_prints_the_name_last_and_attach_follows(folder: Path) -> None:
    code, out, err = finish(folder, "--batch", "s.toml", "--detach")
    name = out.splitlines()[-1]
    assert code == 0 and name == the_run(folder).run.name
    assert f"attach {name}" in err
    code, out, err = finish(folder, "attach", name)
    assert code == 0, err
    assert "by layer" in out


def test_leaving_attach_leaves_the_run(folder: Path) -> None:
    write_spec(folder, name="slow")
    assert finish(folder, "--batch", "s.toml", "--detach")[0] == 0
    process = start(folder, "attach", "slow")
    assert process.stderr is not None and "started" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert the_run(folder).status() == "running"
    assert finish(folder, "cancel", "slow")[0] == 0


def test_a_finished_run_is_not_run_again(folder: Path) -> None:
    finish(folder, "--batch", "s.toml", "--set", "name=partly")
    last = the_run(folder).state.last_time
    code, _, err = finish(folder, "resume", "partly")
    assert code == 5 and "resume --failed partly-" in err
    assert the_run(folder).state.last_time == last


def test_the_spec_kept_needs_no_working_folder(folder: Path) -> None:
    finish(folder, "--batch", "s.toml")
    kept = the_run(folder).run.spec.read_text()
    assert f'"{folder / "d.csv"}"' in kept and f'"{folder / "tiny"}"' in kept


def test_a_terminal_gets_bars_with_rates_and_time_left(folder: Path) -> None:
    write_spec(folder, name="partly")
    ours, theirs = pty.openpty()
    process = start(folder, "--batch", "s.toml", err=theirs)
    os.close(theirs)
    shown = drain(ours)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 5
    assert "10 texts/s, 100 tokens/s" in shown and "3/6 cells, 3 failed" in shown
    assert "left" in shown and "warning: plan: mind the gap" in shown
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h") == 1
    assert "\x1b" not in out


def drain(terminal: int) -> str:
    parts = []
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        parts.append(part)
    os.close(terminal)
    return b"".join(parts).decode()
