"""What the interventions along a probe share: the probe, its layers, the work, and its rows."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from probing import catalog
from probing.catalog.files.written_tokens import written_tokens
from probing.errors import ProbeError, SpecError
from probing.interventions.choices import check_one_token
from probing.layer_choice import site_layers
from probing.logs import logs_folder
from probing.probes import Card, find_probes, read_card
from probing.probes.files import check_file
from probing.probes.one_model import check_one_model
from probing.spec import ModelSpec, read_entry
from tui.texts.of_runs.plans import counted

if TYPE_CHECKING:
    pass


def probes_of(given: Namespace) -> list[tuple[Path, Card]]:
    """The cards that are named, of one model, and where they lie; raises `ProbeError`."""
    logs = logs_folder(given.logs)
    paths = dict.fromkeys(path for name in given.probes for path in find_probes(logs, name))
    found = [(path.absolute(), read_card(path)) for path in paths]
    for path, card in found:
        check_file(path, card)
    check_one_model([card for _, card in found])
    return found


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


def check_choices(card: Card, choices: Iterable[str]) -> None:
    """Raises `SpecError` for a choice of several tokens, where the tokenizer's file tells so."""
    words = list(dict.fromkeys(choices))
    if not words:
        return
    entry = read_entry(dict(card.model.entry), ModelSpec, "model", card.name)
    cut = written_tokens(entry, catalog.facts(entry, Path()), Path(), words)
    for word, pieces in zip(words, cut or [], strict=False):
        check_one_token(word, pieces, card.model.name)


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
