"""What is told of a run beyond its progress: tags, note, queue, best score, and what it is over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from probing.logs import RunView
from tui.runs.one_run.about import about
from tui.runs.one_run.best_scores import BestScore, best_of_run
from tui.runs.one_run.facts import Fact
from tui.runs.queueing import QueueSeen
from tui.texts.of_runs.plans import counted
from tui.texts.of_runs.run_line import RunLine
from tui.texts.sanitiser import clean

NOTE_LINES = 6


@dataclass(frozen=True)
class Read:
    """What was read of a run in the background."""

    about: Sequence[str] = ()
    best: BestScore | None = None


@dataclass
class MoreFacts:
    """Keeps what was read of runs, by name and the time of their last event."""

    known: dict[str, tuple[float, Read]] = field(default_factory=dict)

    def of(self, view: RunView) -> Read | None:
        """What was read of a run as it is now."""
        if view.run.name not in self.known:
            return None  # whose state nobody needs to read for that
        stamp, read = self.known[view.run.name]
        return read if stamp == view.state.last_time else None

    def missing(self, views: Sequence[RunView]) -> list[RunView]:
        """Those of which nothing was read yet."""
        return [view for view in views if self.of(view) is None]

    def take(self, read: dict[str, tuple[float, Read]]) -> None:
        """Keep what `read_all` gave."""
        self.known |= read


def read_all(views: Sequence[RunView]) -> dict[str, tuple[float, Read]]:
    """Read specs and closing tables; a thread may call it."""
    return {
        view.run.name: (view.state.last_time, Read(about(view.run), best_of_run(view)))
        for view in views
    }


def more_facts(
    view: RunView, line: RunLine, read: Read | None, queue: QueueSeen, *, has_room: bool
) -> list[Fact]:
    """The lines; without room only those that the user wrote or waits for."""
    facts = [Fact(told, "warn") for told in queue.told(view.run)] if line.is_going else []
    facts += _written(line, has_room)
    if read is not None and has_room:
        facts += _best(read.best)
        facts += [Fact(told) for told in ("", *read.about)]
    return facts


def _written(line: RunLine, has_room: bool) -> Iterator[Fact]:
    if line.marks.tags:
        yield Fact(f"tags  {clean(' '.join(line.marks.tags))}")
    lines = line.marks.note.splitlines()
    for at, text in enumerate(lines[: NOTE_LINES if has_room else 1]):
        yield Fact(f"{'note  ' if not at else '      '}{clean(text)}")
    if len(lines) > NOTE_LINES and has_room:
        yield Fact(f"      … {len(lines) - NOTE_LINES} more; n shows them", "quiet")


def _best(best: BestScore | None) -> Iterator[Fact]:
    if best is None:
        return
    yield Fact("")
    yield Fact(f"best  {best.score} {best.interval}".rstrip())
    yield Fact(f"      {best.cell}")
    beside = f"control  {best.control}" if best.control else "no control beside it"
    yield Fact(f"      {beside}")
    n_cells = counted(best.n_cells, "cell")
    yield Fact(f"      the highest of {n_cells}: being chosen favours it", "quiet")
    if best.beats:
        yield Fact(f"      its series: {clean(best.beats)}", "quiet")
