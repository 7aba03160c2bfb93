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
from tui.texts.of_runs.run_progress import generations_left


@pytest.fixture
def view(tmp_path: Path) -> RunView:
    """A run whose plan expects 42 s for the pass of gpt2 on truth, before its first pass."""
    runs = FakeRuns(tmp_path)
    run = runs.live()
    runs.close()
    plan = from_json(run.plan)
    assert plan is not None and plan.pop("checksum")
    plan["cost"]["passes"] = [{"model": "gpt2", "dataset": "truth", "pass_s": 42.0}]
    run.write(run.plan, checked_pieces(plan))
    view = RunView(run)
    view.update()
    view.state.passes.clear()
    return view


def test_a_pass_says_how_long_it_takes_and_what_is_fitted_next(view: RunView) -> None:
    line = sentence(ev.PassStarted("gpt2", "truth", 2556, 1), view)
    assert line == "reads truth with gpt2: 2,556 texts (about 40 s), then fits 39 cells"
    spread = ev.PassStarted("other", "truth", 1, 1, ("cuda:0", "cuda:1"))
    assert sentence(spread, view) == "reads truth with other on cuda:0, cuda:1: 1 text"


def test_the_next_pass_is_expected_to_go_as_those_before(view: RunView) -> None:
    done = view.state.passes
    done[:] = [ev.PassDone("gpt2", "truth", 200, 30_000, 0, 24, 84.0)]
    line = sentence(ev.PassStarted("gpt2", "truth", 2556, 1), view)
    assert line.startswith("reads truth with gpt2: 2,556 texts (about 85 s)")
    done[:] = [ev.PassDone("gpt2", "truth", 200, 0, 0, 0, 0.1, True, 13, 0)]
    line = sentence(ev.PassStarted("gpt2", "truth", 2556, 1), view)
    assert line.startswith("reads truth with gpt2: 2,556 texts (about 40 s)")


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


def test_what_is_generated_is_told_with_its_progress_and_time(view: RunView) -> None:
    plan = from_json(view.run.plan)
    assert plan is not None and plan.pop("checksum")
    one = {"model": "gpt2", "dataset": "truth", "pass_s": 42.0, "generate_s": 600.0}
    view.run.write(view.run.plan, checked_pieces({**plan, "cost": {"passes": [one]}}))
    started = ev.GenerationStarted("gpt2", "truth", 200, 32)
    said = "continues truth with gpt2: 200 texts by up to 32 tokens each (about 10 min)"
    assert sentence(started, view) == said
    assert generations_left(view) == 600.0
    progress = ev.GenerationProgressed("gpt2", "truth", 64, 200, 2048, 6400, 30.0)
    view.state.take([ev.Logged(at, 0.0, each) for at, each in enumerate((started, progress))])
    assert generations_left(view) == pytest.approx(30.0 * (6400 / 2048 - 1))
    assert _said(view, [progress]) == ["continuing truth with gpt2: 32%, 64/200 texts, 1:04 left"]
    done = ev.GenerationDone("gpt2", "truth", 200, 6000, 6000, 40, 3, 100.0)
    ended = "40 of 200 texts ended, 3 of them at once"
    assert sentence(done, view) == (
        f"continued truth with gpt2: 6,000 tokens in 1 min (60 tokens/s), {ended}"
    )
    kept = ev.GenerationDone("gpt2", "truth", 200, 6000, 0, 40, 3, 0.0)
    assert (
        sentence(kept, view) == f"continued truth with gpt2: 6,000 tokens from the cache, {ended}"
    )
    view.state.take([ev.Logged(2, 0.0, done)])
    assert view.state.generating is None and generations_left(view) == 0.0


DONE: list[ev.Event] = [ev.RunDone(3, 1212, 4.0, 5)]


def _said(view: RunView, *batches: list[ev.Event]) -> list[str]:
    stream = io.StringIO()
    lines = Lines(stream)
    for batch in batches:
        lines.take([ev.Logged(at, 0.0, one) for at, one in enumerate(batch)], view)
    return [line for line in stream.getvalue().splitlines() if "fitting" not in line]


def test_cells_that_fail_for_one_reason_are_one_line_with_a_count(view: RunView) -> None:
    few = [ev.CellFailed(f"c{at}", 0, "too few texts") for at in range(1212)]
    assert _said(view, [*few, ev.CellFailed("d", 0, "not finite")], [few[0]] * 3, DONE) == [
        "failed: cell c0 and 1,211 more cells: too few texts",
        "failed: cell d: not finite",
        "3 more cells failed: too few texts",
        "done: 3 cells in 4 s, 1,212 failed",
    ]


def test_of_many_reasons_the_first_are_told(view: RunView) -> None:
    failed: list[ev.Event] = [ev.CellFailed(f"c{at}", 0, f"reason {at}") for at in range(13)]
    said = _said(view, failed, DONE)
    assert said[9:] == [
        "failed: cell c9: reason 9",
        "3 more cells failed: other reasons",
        "done: 3 cells in 4 s, 1,212 failed",
    ]


def test_what_workers_did_is_told_where_it_did_not_go_at_once(view: RunView) -> None:
    started = ev.EngineStarted("ray", 2, ("a", "b"), 12.0)
    assert sentence(started, view) == "2 workers on a, b, there after 12 s"
    assert not sentence(ev.UnitDone("fits-0-1a/4", "a", 1, (), 3.0), view)
    again = ev.UnitDone("texts-1-1a/4", "a", 2, ("b: memory ran out",), 3.0)
    said = "part 5 of the texts of pass 2 done at try 2 on a: b: memory ran out"
    assert sentence(again, view) == said
    failed = ev.UnitFailed("fits-0-1a/0", 4, ("b: no space",) * 4)
    assert (
        sentence(failed, view) == "part 1 of the fits of pass 1 failed after 4 tries: b: no space"
    )
