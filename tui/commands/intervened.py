"""What the interventions along a probe share: the probe, its layers, the work, and its rows."""

from __future__ import annotations

import shutil
from argparse import Namespace
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

from probing import catalog
from probing.errors import ProbeError, ProbingError, SpecError
from probing.interventions.folder import InterventionFolder, folder_of
from probing.interventions.outcome import Outcome, outcome_of
from probing.interventions.requests import Request
from probing.layer_choice import site_layers
from probing.logs import logs_folder
from probing.probes import Card, find_probes, read_card
from probing.probes.files import check_file
from probing.spec import ModelSpec, read_entry
from tui.commands.batch import narrate
from tui.commands.row_output import show_rows
from tui.console.counted_work import CountedWork
from tui.console.waiting import waiting
from tui.processes.intervener import intervened
from tui.texts.plans import counted

CHARACTERS_OF_A_TOKEN = 4


def probe_of(given: Namespace) -> tuple[Path, Card]:
    """The card that is named, and where it lies; raises `ProbeError`."""
    paths = find_probes(logs_folder(given.logs), given.probe)
    if len(paths) > 1:
        what = f"{given.probe!r} means {counted(len(paths), 'probe')}"
        raise ProbeError(what, hint=f"name one of them, such as {paths[0].stem}")
    card = read_card(paths[0])
    check_file(paths[0], card)
    return paths[0].absolute(), card


def check_causal(card: Card, what_for: str) -> None:
    """Raises `ModelError` where the model predicts no next token, which `what_for` needs."""
    entry = read_entry(dict(card.model.entry), ModelSpec, "model", card.name)
    catalog.check_causal(catalog.facts(entry, Path()), what_for)


def layers_of(asked: str, card: Card) -> tuple[int, ...]:
    """The layers that are named: `each` of the site, or numbers; raises `SpecError`."""
    known = site_layers(card.place.site, card.model.n_layers)
    if asked == "each":
        return tuple(known)
    named = [part.strip() for part in asked.split(",") if part.strip()]
    for part in named:
        if not part.isdigit() or int(part) not in known:
            what = f"--layers: {part!r} is not a layer of {card.model.name} at {card.place.site!r}"
            raise SpecError(what, hint=f"use each, or numbers from {known[0]} to {known[-1]}")
    return tuple(dict.fromkeys(map(int, named)))


def n_tokens(texts: Any) -> int:
    """About how many tokens texts have."""
    return sum(map(len, texts)) // CHARACTERS_OF_A_TOKEN + len(texts)


def done(given: Namespace, card: Card, request: Request, cost: str) -> Outcome:
    """What a request finds, once it is done; `cost` is told before anything is loaded."""
    parts = card.sha256, card.model.fingerprint
    folder = folder_of(logs_folder(given.logs), card.name, request, *parts)
    narrate(f"{cost}{', of which some are done' if folder.done() else ''}")
    try:
        _do(folder, card.model.name)
    except ProbingError as error:
        refused = error.exit_code == SpecError.exit_code  # nothing of it can ever be measured
        if refused and not folder.measured.exists():
            shutil.rmtree(folder.path, ignore_errors=True)
        raise
    narrate(f"kept in {folder.path}")
    return outcome_of(folder)


def _do(folder: InterventionFolder, model: str) -> None:
    answers = intervened(folder)
    with waiting(f"loading {model}"):
        first = next(answers, None)
    with CountedWork() as work:
        for told in chain([first] if first else [], answers):
            if "told" in told:
                work.clear()
                narrate(told["told"])
                continue
            work.take(told["done"], told["of"], told["units"])


def show(given: Namespace, kind: str, found: Outcome, as_table: Callable[[], None]) -> int:
    """Write or print the rows in the format that is asked for, or `as_table`."""
    show_rows(given, kind, found.rows, as_table)
    return 0
