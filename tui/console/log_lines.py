"""Log lines of a run, for files and pipes: what happens now, and what follows."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TextIO

from probing.events import (
    PUT_BACK,
    DeviceTaken,
    EngineStarted,
    Event,
    GenerationDone,
    GenerationStarted,
    JobStarted,
    Logged,
    PassDone,
    PassStarted,
    ProbesSaved,
    RunCancelled,
    RunDone,
    RunFailed,
    RunStarted,
    UnitDone,
    UnitFailed,
    Waited,
    Warned,
)
from probing.logs import RunView
from tui.console.failed_cells import FailedCells
from tui.texts.of_runs.plans import counted, duration
from tui.texts.of_runs.run_line import clock, span
from tui.texts.of_runs.run_progress import (
    cells_to_fit,
    expected_pass_s,
    pass_left,
    planned_generation_s,
    time_left,
)
from tui.texts.sanitiser import clean

LEAST_S = 1.0
LEAST_SHARE = 0.1


def sentence(event: Event, view: RunView) -> str:
    """The log line of an event; empty if the event only moves the progress."""
    match event:
        case RunStarted():
            again = f", attempt {event.attempt + 1}" if event.attempt else ""
            passes = counted(event.n_passes - event.n_alike, "pass")
            return f"started: {counted(event.n_cells, 'cell')}, {passes}{again}"
        case EngineStarted():
            on = f" on {', '.join(event.nodes)}" if event.nodes else ""
            return f"{counted(event.n_workers, 'worker')}{on}, there after {span(event.elapsed_s)}"
        case UnitDone() if event.n_tries > 1:
            why = "; ".join(event.reasons)
            return f"{unit_in_words(event.unit)} done at try {event.n_tries} on {event.node}: {why}"
        case UnitFailed():
            why = "; ".join(dict.fromkeys(event.reasons))
            tries = (
                counted(event.n_tries, "try") if event.n_tries == 1 else f"{event.n_tries} tries"
            )
            return f"{unit_in_words(event.unit)} failed after {tries}: {why}"
        case DeviceTaken():
            return f"runs on {event.device} ({event.name}) in {event.dtype}"
        case Waited():
            return f"waits: {event.reason}"
        case Warned():
            return f"warning: {event.where}: {event.message}"
        case GenerationStarted():
            return _generates(event, view)
        case GenerationDone():
            return _generated(event)
        case PassStarted():
            return _starts(event, view)
        case PassDone():
            return f"read {event.dataset} with {event.model}{_read(event)}{_truncated(event)}"
        case ProbesSaved():
            n_saved = counted(len(event.names), "probe")
            return f"saved {n_saved} of {event.model} on {event.dataset}"
        case RunDone():
            failed = f", {event.n_failed:,} failed" if event.n_failed else ""
            return f"done: {counted(event.n_done, 'cell')} in {span(event.elapsed_s)}{failed}"
        case RunFailed():
            return f"failed: {event.error}"
        case JobStarted():
            again = f", put back {counted(event.n_restarts, 'time')}" if event.n_restarts else ""
            return f"job {event.job} of Slurm on {event.node} ({event.partition}){again}"
        case RunCancelled() if event.by == PUT_BACK:
            return f"stopped by {event.by}: it goes on in its next turn"
        case RunCancelled():
            return f"cancelled; to continue: probe-tui resume {view.run.name}"
    return ""


_UNITS = ("texts", "continuations", "fits", "transfers", "probes")


def unit_in_words(unit: str) -> str:
    """A unit of work, `texts-0-1a2b3c/4` in the log: part 5 of the texts of pass 1."""
    kind, _, rest = unit.partition("-")
    at, place = rest.partition("-")[0], unit.rpartition("/")[2]
    if kind not in _UNITS or not (at.isdecimal() and place.isdecimal()):
        return unit
    return f"part {int(place) + 1} of the {kind} of pass {int(at) + 1}"


def _starts(event: PassStarted, view: RunView) -> str:
    """What a model reads and how long that takes, and how many cells are fitted next."""
    texts = counted(event.n_texts, "text")
    several = f" on {', '.join(event.devices)}" if len(event.devices) > 1 else ""
    seconds = expected_pass_s(view, event.model, event.dataset)
    about = f" (about {duration(seconds)})" if seconds else ""
    n_cells = cells_to_fit(view, event.model, event.dataset)
    then = f", then fits {counted(n_cells, 'cell')}" if n_cells else ""
    return f"reads {event.dataset} with {event.model}{several}: {texts}{about}{then}"


def _generates(event: GenerationStarted, view: RunView) -> str:
    """Which texts a model continues, and how long that takes."""
    seconds = planned_generation_s(view, event.model, event.dataset)
    about = f" (about {duration(seconds)})" if seconds else ""
    amount = f"{counted(event.n_texts, 'text')} by up to {counted(event.n_new, 'token')} each"
    return f"continues {event.dataset} with {event.model}: {amount}{about}"


def _generated(event: GenerationDone) -> str:
    """How many tokens there are, how fast they came, and which texts ended by themselves."""
    made = f"{event.n_tokens:,} tokens"
    if not event.n_made and event.n_tokens:
        made += " from the cache"
    else:
        speed = event.n_made / max(event.elapsed_s, 1e-3)
        made += f" in {span(event.elapsed_s)} ({speed:,.0f} tokens/s)"
    at_once = f", {event.n_empty:,} of them at once" if event.n_empty else ""
    ended = f"{event.n_ended:,} of {counted(event.n_texts, 'text')} ended{at_once}"
    return f"continued {event.dataset} with {event.model}: {made}, {ended}"


def _read(event: PassDone) -> str:
    """How fast a pass was, and how much came from the activation cache."""
    if event.cached:
        return f" from the cache: {counted(event.n_cached, 'pooled layer')}"
    total = counted(event.n_cached + event.n_computed, "pooled layer")
    found = f", {event.n_cached:,} of {total} from the cache" if event.n_cached else ""
    return f": {_rates(event)}{found}"


def _rates(event: PassDone) -> str:
    seconds = max(event.elapsed_s, 1e-3)
    return (
        f"{event.n_tokens:,} tokens in {span(event.elapsed_s)} "
        f"({event.n_texts / seconds:,.0f} texts/s, {event.n_tokens / seconds:,.0f} tokens/s)"
    )


def _truncated(event: PassDone) -> str:
    return f", {counted(event.n_truncated, 'text')} truncated" if event.n_truncated else ""


class Lines:
    """Prints the log lines of a run: progress at most once a second and every ten per cent."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._told_at = 0.0
        self._shares: dict[str, float] = {}
        self._failed = FailedCells()

    def take(self, logged: Sequence[Logged], view: RunView) -> None:
        """Print the lines of new events, then the progress."""
        for event, before in self._failed.before([one.event for one in logged], view):
            for line in (*before, sentence(event, view)):
                self.say(line)
        if logged:
            self._progress(view)

    def say(self, line: str) -> None:
        """Print one line."""
        if line:
            print(clean(line), file=self._stream, flush=True)

    def close(self) -> None:
        """Nothing to do: lines need no end."""

    def _progress(self, view: RunView) -> None:
        current, state = view.state.current_pass, view.state
        if (growing := state.generating) is not None:
            share = growing.tokens_done / max(growing.tokens_total, 1)
            key = f"continuing {growing.dataset} with {growing.model}"
            amount = f"{growing.texts_done:,}/{growing.texts_total:,} texts"
            self._tell(key, share, amount, pass_left(growing))
        elif current and not current.done and current.tokens_total:
            share = current.tokens_done / current.tokens_total
            key = f"reading {current.dataset} with {current.model}"
            amount = f"{current.texts_done:,}/{current.texts_total:,} texts"
            self._tell(key, share, amount, pass_left(current))
        elif state.n_cells and state.end is None:
            amount = f"{state.n_done + state.n_failed:,}/{state.n_cells:,} cells"
            self._tell("fitting", state.share_done, amount, time_left(view))

    def _tell(self, key: str, share: float, amount: str, left_s: float | None) -> None:
        now = time.monotonic()
        due = share - self._shares.get(key, 0.0) >= LEAST_SHARE - 1e-9
        if not due or now - self._told_at < LEAST_S:
            return
        self._told_at, self._shares[key] = now, share
        left = "" if left_s is None else f", {clock(left_s)} left"
        self.say(f"{key}: {share:.0%}, {amount}{left}")
