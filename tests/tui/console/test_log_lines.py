"""What the log lines of a run say: what happens now, and what follows."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from probing import events as ev
from probing.logs import EventWriter, RunView
from probing.plan import checked_pieces, from_json
from tests.support.fake_runs import FakeRuns
from tui.console.log_lines import Lines, sentence


@pytest.fixture
def view(tmp_path: Path) -> RunView:
    """A run whose plan expects 42 s for the pass of gpt2 on truth."""
    runs = FakeRuns(tmp_path)
    run = runs.live()
    runs.close()
    plan = from_json(run.plan)
    assert plan is not None and plan.pop("checksum")
    plan["cost"]["passes"] = [{"model": "gpt2", "dataset": "truth", "pass_s": 42.0}]
    run.write(run.plan, checked_pieces(plan))
    view = RunView(run)
    view.update()
    return view


def test_a_pass_says_how_long_it_takes_and_what_is_fitted_next(view: RunView) -> None:
    line = sentence(ev.PassStarted("gpt2", "truth", 2556, 1), view)
    assert line == "reads truth with gpt2: 2,556 texts (about 40 s), then fits 39 cells"
    spread = ev.PassStarted("other", "truth", 1, 1, ("cuda:0", "cuda:1"))
    assert sentence(spread, view) == "reads truth with other on cuda:0, cuda:1: 1 text"


def test_a_resumed_run_counts_only_the_cells_that_are_left(view: RunView) -> None:
    writer = EventWriter(view.run.events)
    writer.append([ev.RunStarted(view.run.name, 1, "0.1.0", 4242, "here", 39, 1, 2)])
    writer.close()
    view.update()
    line = sentence(ev.PassStarted("gpt2", "truth", 2556, 1), view)
    assert line.endswith("then fits 24 cells")


def test_a_damaged_cost_leaves_the_time_out(view: RunView) -> None:
    plan = from_json(view.run.plan)
    assert plan is not None and plan.pop("checksum")
    for cost in ({"passes": "none"}, {"passes": [1]}, {"passes": [{"model": "gpt2"}]}):
        view.run.write(view.run.plan, checked_pieces({**plan, "cost": cost}))
        line = sentence(ev.PassStarted("gpt2", "truth", 3, 1), view)
        assert line == "reads truth with gpt2: 3 texts, then fits 39 cells"


@pytest.mark.parametrize(
    ("done", "said"),
    [
        (
            ev.PassDone("m", "d", 200, 30_000, 3, 24, 10.0, False, 2, 4),
            "read d with m: 30,000 tokens in 10 s (20 texts/s, 3,000 tokens/s), "
            "2 of 6 pooled layers from the cache, 3 texts truncated",
        ),
        (
            ev.PassDone("m", "d", 200, 0, 0, 0, 0.1, True, 13, 0),
            "read d with m from the cache: 13 pooled layers",
        ),
    ],
)
def test_a_pass_that_is_done_says_its_speed_or_the_cache(
    view: RunView, done: ev.PassDone, said: str
) -> None:
    assert sentence(done, view) == said


def test_failures_beyond_the_first_are_counted(view: RunView) -> None:
    failed = [ev.CellFailed(f"c{at}", 0, "too few texts") for at in range(1212)]
    stream = io.StringIO()
    lines = Lines(stream)
    lines.take([ev.Logged(at, 0.0, one) for at, one in enumerate(failed)], view)
    lines.take([ev.Logged(2000, 0.0, ev.RunDone(3, 1212, 4.0, 5))], view)
    said = [line for line in stream.getvalue().splitlines() if "fitting" not in line]
    assert said[0] == "failed: cell c0: too few texts"
    assert len(said) == 12
    assert said[10:] == ["1,202 more cells failed", "done: 3 cells in 4 s, 1,212 failed"]
