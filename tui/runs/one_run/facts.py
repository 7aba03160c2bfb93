"""The facts of one run, as lines: progress with rates, device, warnings, failures, folder."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from probing.events import PUT_BACK, RunCancelled, RunDone, RunFailed
from probing.logs import Failures, PassState, RunView
from tui.texts.names import shown_name
from tui.texts.of_runs.plans import counted
from tui.texts.of_runs.run_line import RunLine, clock, moment, span
from tui.texts.of_runs.run_progress import cells_per_s, fits_left, pass_left
from tui.texts.of_runs.stored_plans import planned_cells
from tui.texts.sanitiser import clean


@dataclass(frozen=True)
class Fact:
    """One line about a run and its look: `title`, `bad`, `warn` or none."""

    text: str
    look: str = ""


def facts_of(
    view: RunView,
    line: RunLine,
    notes: Sequence[Fact] | None = None,
    most: int = 2,
    more: Sequence[Fact] = (),
) -> list[Fact]:
    """The facts at a glance, with at most `most` of `notes`: its failures and warnings.

    `more` stand before these.
    """
    notes = notes_of(view) if notes is None else notes
    shown = list(notes[:most])
    if len(notes) > most:
        shown.append(Fact(f"… {len(notes) - most:,} more; press w to see all", "warn"))
    end = () if line.is_going else _end(view)
    facts = [_head(view, line), *_pass(view, line), *_fits(view, line), *end, *more, *shown]
    return [*facts, Fact(f"{view.run.path}", "quiet")]


def notes_of(view: RunView) -> list[Fact]:
    """Every reason why cells failed, then every warning."""
    return failure_notes(view, view.state.failures_by_reason) + warnings_of(view)


def failure_notes(view: RunView, failures: Sequence[Failures]) -> list[Fact]:
    """Every reason why cells failed; the plan is read for their names, which may take a while."""
    return [Fact(f"✗ {text}", "bad") for text in failure_texts(view, failures)]


def warnings_of(view: RunView) -> list[Fact]:
    """Every warning."""
    return [
        Fact(clean(f"! {one.where}: {one.message}" if one.where else f"! {one.message}"), "warn")
        for one in view.state.warnings
    ]


def _head(view: RunView, line: RunLine) -> Fact:
    parts = [clean(line.name), line.state]
    if line.is_paused:
        parts.append("p lets it go on")
    if line.is_going and line.n_cells:
        parts.append(line.percent)
    if line.is_silent:
        parts.append(f"silent for {span(line.silent_s)}")
    elif line.left_s is not None:
        parts.append(f"{clock(line.left_s)} left")
    if line.started:
        parts.append(f"started {moment(line.started)}")
    if view.state.n_attempts > 1:
        parts.append(f"attempt {view.state.n_attempts}")
    device = view.state.device
    if device is not None:
        names = dict.fromkeys(name for name in (device.device, device.name) if name)
        parts.append(clean(f"{' '.join(names)}, {device.dtype}"))
    if line.status == "queued":
        job = view.run.job()
        parts.append(f"job {job.job} of Slurm: {line.reason}" if job else line.reason)
    if view.state.waiting and line.is_going and not line.place:
        parts.append(f"waits: {clean(view.state.waiting)}")
    return Fact(" · ".join(parts), "title")


def _pass(view: RunView, line: RunLine) -> Iterable[Fact]:
    current, started = view.state.current_pass, view.state.started
    if (growing := view.state.generating) is not None and line.is_going:
        what = f"{shown_name(growing.model)} · {clean(growing.dataset)}"
        yield Fact("  ".join(["texts are continued", *_reading(growing), what]))
        return
    if current is None or started is None:
        return
    over = len({(one.model, one.dataset) for one in view.state.passes})
    at = over if current.done else over + 1
    rates = _reading(current) if line.is_going and not current.done else _read(view)
    what = f"{shown_name(current.model)} · {clean(current.dataset)}"
    yield Fact("  ".join([f"pass  {at}/{started.n_passes}", *rates, what]))


def _reading(current: PassState) -> Iterable[str]:
    yield f"{current.texts_done:,}/{current.texts_total:,} texts"
    if current.elapsed_s > 0:
        yield f"{rate(current.texts_done / current.elapsed_s)} texts/s"
        yield f"{rate(current.tokens_done / current.elapsed_s)} tokens/s"
    if (left := pass_left(current)) is not None:
        yield f"{clock(left)} left"


def _read(view: RunView) -> Iterable[str]:
    if not view.state.passes:
        return
    last = view.state.passes[-1]
    yield counted(last.n_texts, "text")
    if last.cached:
        yield "from the cache"
    elif last.elapsed_s > 0:
        yield f"{rate(last.n_texts / last.elapsed_s)} texts/s"
        yield f"{rate(last.n_tokens / last.elapsed_s)} tokens/s"
    if last.n_truncated:
        yield f"{counted(last.n_truncated, 'text')} truncated"


def _fits(view: RunView, line: RunLine) -> Iterable[Fact]:
    if not line.n_cells:
        return
    parts = [f"fits  {line.n_done + line.n_failed:,}/{line.n_cells:,} cells"]
    if line.n_failed:
        parts.append(f"{line.n_failed:,} failed")
    per_s = cells_per_s(view)
    if per_s and line.is_going:
        parts.append(f"{rate(per_s)} cells/s")
        left = fits_left(view) if line.left_s is not None else None
        if left is not None:
            parts.append(f"{clock(left)} left")
    if line.is_going and (now := _under_way(view)):
        parts.append(now)
    yield Fact("  ".join(parts))


def _under_way(view: RunView) -> str:
    """The cell that is being fitted: the last one with folds that is not finished."""
    for cell in reversed(view.state.cells.values()):
        if cell.folds and not cell.done and not cell.failure:
            last = cell.folds[-1]
            layer = "" if last.layer is None else f"layer {last.layer}, "
            return f"now {layer}fold {last.fold + 1}, {clean(last.classifier)}"
    return ""


def _end(view: RunView) -> Iterable[Fact]:
    if view.damage and not view.run.is_alive():
        yield Fact(
            f"! {view.damage}; the rest of the log is ignored; press s to compute it again", "bad"
        )
        return
    match view.state.end:
        case RunFailed() as end:
            yield Fact(f"✗ {clean(end.error)}", "bad")
        case RunCancelled() as end if end.by == PUT_BACK:
            yield Fact(f"■ stopped by {PUT_BACK}", "warn")
        case RunCancelled() as end:
            yield Fact(f"■ cancelled by {clean(end.by)}; press s to resume", "warn")
        case RunDone() as end:
            yield Fact(f"took {clock(end.elapsed_s)}, exit code {end.exit_code}")
        case _ if not view.run.is_alive() and view.state.started is not None:
            ago = span(max(time.time() - view.state.last_time, 0))
            yield Fact(f"! the runner was killed, last event {ago} ago; press s to resume", "bad")


def failure_texts(view: RunView, failures: Sequence[Failures] | None = None) -> list[str]:
    """The reasons of failed cells, each with its number of cells and the first of them."""
    failures = view.state.failures_by_reason if failures is None else failures
    if not failures:
        return []
    cells = planned_cells(view, [one.first for one in failures])
    return [
        f"{counted(one.n_cells, 'cell')}: {clean(one.reason)}{_which(cells.get(one.first), one)}"
        for one in failures
    ]


def _which(cell: Mapping[str, object] | None, failures: Failures) -> str:
    """The first of the cells that failed for a reason, as the plan names it."""
    if cell is None:
        return ""
    layer = "" if cell.get("layer") is None else f"layer {cell['layer']}"
    keys = [cell.get(key) for key in ("model", "trained_on", "dataset", "classifier")]
    parts = (*keys, layer, cell.get("control"))
    name = " · ".join(shown_name(part) for part in parts if part)
    more = f" and {failures.n_cells - 1:,} more" if failures.n_cells > 1 else ""
    return f" ({name}{more})"


def rate(value: float) -> str:
    """A rate in few characters: `0.42`, `3.1`, `340`, `5.1k`."""
    if value >= 1000:
        return f"{value / 1000:.1f}k" if value < 100_000 else f"{value / 1000:.0f}k"
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"
