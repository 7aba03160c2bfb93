"""The saved probes of a series of results: a run, dataset, model, site, pooler and classifier."""

from __future__ import annotations

from pathlib import Path

from probing.errors import ProbeError
from probing.logs.folders.run_folder import RunFolder, list_runs
from probing.probes.by_layer import Kin, kin_of, reads_one_layer
from probing.probes.card import Card
from probing.probes.files import read_card
from probing.spec import CHOSEN

Series = tuple[str, ...]  # run, dataset, model, site, pooler, classifier


def kin_of_series(logs: Path, series: Series) -> Kin:
    """What the saved probes of a series share.

    Raises `ProbeError` where none was saved, which says how they are.
    """
    run, dataset, model, *_ = series
    for folder in list_runs(logs):
        if folder.column_name != run:
            continue
        cards = _cards(folder)
        if found := next((card for card in cards if _is_of(card, series)), None):
            return kin_of(found)
    what = f"no probes of {dataset} · {model} were saved"
    hint = 'press r to run its spec again with save_probes = "all"'
    raise ProbeError(what, where=run, hint=hint)


def _cards(folder: RunFolder) -> list[Card]:
    """The cards of a run that can be read, those of the deepest layer first."""
    found = list[Card]()
    for path in folder.probes.glob("*.json"):
        try:
            card = read_card(path)
        except ProbeError:
            continue
        if reads_one_layer(card):
            found.append(card)
    return sorted(found, key=lambda card: card.place.layers, reverse=True)


def _is_of(card: Card, series: Series) -> bool:
    """Whether a probe is of a series; one that `select` chose is of the row of the choice."""
    _, dataset, model, site, pooler, classifier = series
    if (card.dataset.name, card.model.name) != (dataset, model):
        return False
    place, is_choice = card.place, card.score.cell != card.cell
    pairs = ((site, place.site), (pooler, place.label), (classifier, card.classifier.name))
    return all(asked == own or (CHOSEN in asked and is_choice) for asked, own in pairs)
