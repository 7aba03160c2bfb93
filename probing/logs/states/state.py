"""The state of a run, built from its events: its passes, its cells, and how it ended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass, field

from probing.events import (
    BlockDone,
    CellEvent,
    CellsRetried,
    DeviceTaken,
    Event,
    FitsStarted,
    GenerationDone,
    GenerationProgressed,
    GenerationStarted,
    JobStarted,
    LayersCompared,
    Logged,
    PassDone,
    PassProgressed,
    PassStarted,
    RunCancelled,
    RunDone,
    RunFailed,
    RunStarted,
    SeriesMeasured,
    TextsGenerated,
    Waited,
    Warned,
)
from probing.events.of_passes import Progressed
from probing.logs.states.cell_state import CellState


@dataclass
class PassState:
    """How far the forward pass under way, or the last one, has come."""

    model: str
    dataset: str
    texts_done: int = 0
    texts_total: int = 0
    tokens_done: int = 0
    tokens_total: int = 0
    elapsed_s: float = 0.0
    done: bool = False

    @classmethod
    def of(cls, event: Progressed) -> PassState:
        """What an event tells of it."""
        return cls(*astuple(event))


@dataclass(frozen=True)
class Failures:
    """Cells that failed for one reason: how many, and the first of them."""

    reason: str
    n_cells: int
    first: str


@dataclass(frozen=True)
class Outcome:
    """How the cells of a run came out, without the cells."""

    n_done: int
    failures: tuple[Failures, ...]


@dataclass
class RunState:
    """Everything that the events of a run say so far.

    Of a run that was read from its summary, `outcome` stands in for the cells and blocks.
    `generating` is how far the continuing of texts is, None while none are; `generated` are the
    parts that are kept of what was generated.
    """

    started: RunStarted | None = None
    first_time: float = 0.0
    last_time: float = 0.0
    attempt_time: float = 0.0
    earlier_s: float = 0.0
    device: DeviceTaken | None = None
    waiting: str = ""
    current_pass: PassState | None = None
    passes: list[PassDone] = field(default_factory=list)
    generating: PassState | None = None
    generated: list[TextsGenerated] = field(default_factory=list)
    generations: list[GenerationDone] = field(default_factory=list)
    cells: dict[str, CellState] = field(default_factory=dict)
    series: dict[str, SeriesMeasured] = field(default_factory=dict)
    stability: dict[str, LayersCompared] = field(default_factory=dict)
    blocks: dict[int, BlockDone] = field(default_factory=dict)
    fitting: dict[int, FitsStarted] = field(default_factory=dict)
    fatal: set[str] = field(default_factory=set)
    warnings: list[Warned] = field(default_factory=list)
    end: RunDone | RunFailed | RunCancelled | None = None
    n_attempts: int = 0
    outcome: Outcome | None = None

    @property
    def n_cells(self) -> int:
        """Cells of the plan."""
        return self.started.n_cells if self.started else 0

    def is_done(self, cell: str) -> bool:
        """Whether a cell is done."""
        return cell in self.cells and self.cells[cell].done

    @property
    def n_done(self) -> int:
        """Cells that are done."""
        if self.outcome is not None:
            return self.outcome.n_done
        return sum(cell.done for cell in self.cells.values())

    @property
    def n_failed(self) -> int:
        """Cells that have failed."""
        if self.outcome is not None:
            return sum(one.n_cells for one in self.outcome.failures)
        return sum(bool(cell.failure) for cell in self.cells.values())

    @property
    def failures(self) -> dict[str, str]:
        """Reasons of the cells that have failed, by cell; empty where cells were not read."""
        return {name: cell.failure for name, cell in self.cells.items() if cell.failure}

    @property
    def failures_by_reason(self) -> tuple[Failures, ...]:
        """The cells that have failed, those of one reason together."""
        if self.outcome is not None:
            return self.outcome.failures
        by_reason: dict[str, list[str]] = {}
        for name, reason in self.failures.items():
            by_reason.setdefault(reason, []).append(name)
        return tuple(Failures(why, len(names), names[0]) for why, names in by_reason.items())

    @property
    def share_done(self) -> float:
        """Share of the cells that are done or have failed, 0 to 1."""
        return (self.n_done + self.n_failed) / self.n_cells if self.n_cells else 0.0

    @property
    def suspects(self) -> set[str]:
        """The classifiers that were fitted in the runner's process when it ended without a word.

        Of a run under way: those that are fitted now, and those from earlier attempts.
        """
        if self.end is not None:
            return self.fatal
        return self.fatal | {one.classifier for one in self.fitting.values() if self._lasts(one)}

    def _lasts(self, fits: FitsStarted) -> bool:
        states = [self.cells.get(cell) for cell in fits.cells]
        return not all(state is not None and (state.done or state.failure) for state in states)

    def take(self, logged: Iterable[Logged]) -> None:
        """Fold further events in."""
        for one in logged:
            self.first_time = self.first_time or one.time
            if isinstance(one.event, RunStarted | JobStarted) and self.attempt_time:
                self.earlier_s += self.last_time - self.attempt_time
                self.attempt_time = 0.0
            self.last_time = one.time
            self._take(one)

    def _take(self, logged: Logged) -> None:
        event = logged.event
        if isinstance(event, CellEvent):
            self._cell(event.cell).take(event)
        else:
            self._take_of_run(logged)
            self._take_of_passes(event)
            self._take_of_generations(event)
            self._take_of_blocks(event)

    def _take_of_run(self, logged: Logged) -> None:
        event = logged.event
        match event:
            case RunStarted():
                self.fatal, self.fitting = self.suspects, {}
                self.started, self.end, self.current_pass = event, None, None
                self.generating = None
                self.n_attempts, self.attempt_time = event.attempt + 1, logged.time
                self.waiting = ""
            case DeviceTaken():
                self.device, self.waiting = event, ""
            case Waited():
                self.waiting = event.reason
            case Warned():
                if event not in self.warnings:
                    self.warnings.append(event)
            case RunDone() | RunFailed() | RunCancelled():
                self.end, self.generating = event, None
            case _:
                pass

    def _take_of_passes(self, event: Event) -> None:
        match event:
            case PassStarted():
                self.waiting = ""
                total = event.n_texts
                self.current_pass = PassState(event.model, event.dataset, texts_total=total)
            case PassProgressed():
                self.current_pass = PassState.of(event)
            case PassDone():
                self.passes.append(event)
                if self.current_pass is not None:
                    self.current_pass.done = True
            case _:
                pass

    def _take_of_generations(self, event: Event) -> None:
        match event:
            case GenerationStarted():
                self.waiting = ""
                of = event.model, event.dataset
                self.generating = PassState(*of, texts_total=event.n_texts)
            case GenerationProgressed():
                self.generating = PassState.of(event)
            case TextsGenerated():
                self.generated.append(event)
            case GenerationDone():
                self.generations.append(event)
                self.generating = None
            case PassStarted() | FitsStarted():  # it has failed, where it is not done
                self.generating = None
            case _:
                pass

    def _take_of_blocks(self, event: Event) -> None:
        match event:
            case FitsStarted():
                self.fitting[event.block] = event
            case SeriesMeasured():
                self.series |= dict.fromkeys(event.cells, event)
            case LayersCompared():
                self.stability |= dict.fromkeys(event.cells, event)
            case BlockDone():
                self.blocks[event.block] = event
                for cell in event.cells:
                    self._cell(cell).done = True
            case CellsRetried():
                self._forget(set(event.cells))
            case _:
                pass

    def _forget(self, cells: set[str]) -> None:
        """Take back all that is known of some cells, and what was concluded beside them."""
        self.cells = {name: cell for name, cell in self.cells.items() if name not in cells}
        kept = (block for block in self.blocks.items() if cells.isdisjoint(block[1].cells))
        self.blocks, self.series, self.stability = dict(kept), {}, {}

    def _cell(self, cell: str) -> CellState:
        return self.cells.setdefault(cell, CellState())
