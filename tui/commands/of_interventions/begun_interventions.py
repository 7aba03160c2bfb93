"""Attach to an intervention that was begun, or go on with it, by its name among the runs."""

from __future__ import annotations

from pathlib import Path

from probing.errors import RunError
from probing.interventions.folder import InterventionFolder, named
from probing.interventions.outcome import outcome_of
from probing.interventions.progress import Progress, progress_of
from probing.logs import RunFolder
from probing.probes import Card, read_card
from tui.commands.of_interventions import asked_interventions
from tui.commands.of_runs.batch import narrate
from tui.console.reports.outcomes import print_outcome

CANCELLED, KILLED = 130, 1


def attach(folder: InterventionFolder) -> int:
    """Follow an intervention to its end and print its rows; of one that is over, how it went."""
    card = _card(folder)
    if RunFolder(folder.path).is_alive():
        asked_interventions.follow(card.model.name, folder)
    told = progress_of(folder)
    if folder.rows.exists():
        print_outcome(outcome_of(folder))
        return 0
    return _unfinished(folder, told)


def _unfinished(folder: InterventionFolder, told: Progress) -> int:
    """Say how one ended that is not done; returns the exit code."""
    kept = f"{told.n_done:,} of {told.n_units:,} {told.units} are kept; " * bool(told.n_units)
    again = f"to continue: probe-tui resume {folder.name}"
    if told.status == "failed":
        narrate(told.error)
        return told.exit_code or KILLED
    narrate(f"{told.status}; {kept}{again}")
    return CANCELLED if told.status == "cancelled" else KILLED


def resume(folder: InterventionFolder, *, detach: bool) -> int:
    """Go on with an intervention; follow one that is live, print the rows of one that is done."""
    card = _card(folder)
    if folder.rows.exists():
        narrate(f"{folder.name} is finished: nothing is left to do")
        return 0
    _check_probe(folder, card)
    if detach:
        return asked_interventions.detach(folder)
    asked_interventions.follow(card.model.name, folder)
    narrate(f"kept in {folder.path}")
    print_outcome(outcome_of(folder))
    return 0


def _card(folder: InterventionFolder) -> Card:
    return read_card(Path(folder.read_request().probe))


def _check_probe(folder: InterventionFolder, card: Card) -> None:
    """Raises `RunError` for a probe that is another one than when it was asked for."""
    parts = card.sha256, card.model.fingerprint
    own = named(folder.path.parent, card.name, folder.read_request(), *parts)
    if own.path.name != folder.name:
        what = "its probe has changed since it was begun"
        raise RunError(what, where=folder.name, hint="ask for it again by its command")
