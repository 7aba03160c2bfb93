"""Interventions that are asked for: said, started, followed, left or shown."""

from __future__ import annotations

import shutil
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from probing.errors import ProbingError, SpecError
from probing.interventions.folder import InterventionFolder, folder_of, named
from probing.interventions.outcome import Outcome, outcome_of
from probing.interventions.progress import Told, progress_of
from probing.interventions.requests import Request
from probing.logs import RunFolder, logs_folder
from probing.logs.states.run_view import GOING
from probing.probes import Card
from tui.commands.of_results.row_output import kind_of, show_rows
from tui.commands.of_runs.batch import narrate
from tui.console import output
from tui.console.counted_work import CountedWork
from tui.console.reports.outcomes import print_outcome
from tui.console.waiting import waiting
from tui.processes.computing.intervener import Intervening, followed, start_intervention
from tui.texts.of_runs.plans import duration
from tui.texts.sanitiser import clean

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Asked:
    """A request of the probe of a card, and `what` it will do."""

    card: Card
    request: Request
    what: str

    def folder(self, logs: Path) -> InterventionFolder:
        """Where it lies, made or not."""
        parts = self.card.sha256, self.card.model.fingerprint
        return named(logs, self.card.name, self.request, *parts)

    def made(self, logs: Path) -> InterventionFolder:
        """Its folder, made where it is not there yet."""
        parts = self.card.sha256, self.card.model.fingerprint
        return folder_of(logs, self.card.name, self.request, *parts)


def answer(given: Namespace, card: Card, request: Request, what: str) -> int:
    """Do what is asked and print its rows; or leave it in the background, or say its cost alone.

    `what` it will do is told before anything is loaded, with what that takes.
    """
    return answer_each(given, [Asked(card, request, what)])


def answer_each(given: Namespace, every: Sequence[Asked]) -> int:
    """The same of several requests of one model, which one process does one after another."""
    kind, logs = kind_of(given), logs_folder(given.logs)
    lines = [line for one in every for line in _cost(one, one.folder(logs))]
    if given.dry_run:
        output.write_text("\n".join(map(clean, lines)))
        return 0
    folders = [one.made(logs) for one in every]
    for line in lines:
        narrate(line)
    try:
        if given.detach:
            return detach(*folders)
        follow(every[0].card.model.name, *folders)
    except ProbingError as error:
        refused = error.exit_code == SpecError.exit_code  # nothing of it can ever be measured
        for folder in folders if refused else ():
            if not folder.measured.exists():
                shutil.rmtree(folder.path, ignore_errors=True)
        raise
    for folder in folders:
        narrate(f"kept in {folder.path}")
    return show(given, kind, [outcome_of(folder) for folder in folders])


def _cost(asked: Asked, folder: InterventionFolder) -> list[str]:
    """What it will do, the tokens of that, and the time, as far as it is not done."""
    card, request, what = asked.card, asked.request, asked.what
    if folder.rows.exists():
        return [f"{what}, all of which is done"]
    from probing.interventions.costs import estimate_of, n_units_of  # reads texts: 0.2 s

    n_units, n_kept = n_units_of(request), len(folder.done())
    told = estimate_of(card, request, max(n_units - n_kept, 0) / max(n_units, 1))
    made = f", at most {told.work.n_made:,} to generate" if told.work.n_made else ""
    some = ", of which some are done" if n_kept else ""
    rough = "" if told.measured else " (a rough estimate: nothing of the kind was timed here yet)"
    tokens = f"{what}: about {told.work.n_read:,} tokens to read{made}{some}"
    return [tokens, f"about {duration(told.seconds)}{rough}"]


def detach(*folders: InterventionFolder) -> int:
    """Start what nobody is at work on, and leave it; names are the last lines."""
    from tui.processes.logout_policy import warning

    idle = [one for one in folders if not _is_busy(one)]
    for one in folders:
        if one not in idle:
            narrate(f"{one.name} is {'done' if one.rows.exists() else 'running'} already")
    if idle:
        start_intervention(*idle)
        if danger := warning():
            narrate(f"warning: {danger}")
    for one in folders:
        narrate(f"to follow it: probe-tui attach {one.name}")
    output.write_text("\n".join(one.name for one in folders))
    return 0


def follow(model: str, *folders: InterventionFolder) -> None:
    """Follow them to their ends; those that nobody is at work on are started: Ctrl-C cancels these.

    What is done is not begun again.
    """
    idle = [one for one in folders if not _is_busy(one)]
    started = Intervening(idle) if idle else None
    for folder in folders:
        if folder.rows.exists() and folder not in idle:
            continue
        if started is None or folder not in idle:
            narrate("another process is at work on it: following that one")
            answers = followed(folder)
        else:
            answers = started.told(folder)
        try:
            _take(answers, model)
        except KeyboardInterrupt:
            _tell_interrupted(folder)
            raise


def _is_busy(folder: InterventionFolder) -> bool:
    return folder.rows.exists() or RunFolder(folder.path).is_alive()


def _tell_interrupted(folder: InterventionFolder) -> None:
    told = progress_of(folder)
    if told.status in GOING:
        narrate(f"it goes on; to follow again: probe-tui attach {folder.name}")
    elif told.status != "done":
        units = f"{told.n_done:,} of {told.n_units:,} {told.units} are kept; " * bool(told.n_units)
        narrate(f"cancelled; {units}to continue: probe-tui resume {folder.name}")


def _take(answers: Iterator[Told], model: str) -> None:
    with closing(answers):  # type: ignore[type-var]
        with waiting(f"loading {model}"):
            first = next(answers, None)
        with CountedWork() as work:
            for told in chain([first] if first else [], answers):
                if "told" in told:
                    work.clear()
                    narrate(told["told"])
                    continue
                work.take(told["done"], told["of"], told["units"])


def show(given: Namespace, kind: str, found: Sequence[Outcome]) -> int:
    """Write or print the rows in the format that is asked for, or as tables and curves."""

    def rows() -> pl.DataFrame:
        import polars as pl

        whole: pl.DataFrame = pl.concat([one.rows() for one in found])
        return whole

    def as_tables() -> None:
        for at, one in enumerate(found):
            if at:
                output.write_text("")
            print_outcome(one)

    show_rows(given, kind, rows, as_tables)
    return 0
