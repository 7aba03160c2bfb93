"""What an intervention has found so far, as frames."""

from __future__ import annotations

from pathlib import Path

from probing.interventions.erased_rows import Erased
from probing.interventions.explained_rows import Explained
from probing.interventions.folder import InterventionFolder
from probing.interventions.patched_rows import Patched
from probing.interventions.requests import Erase, Explain, Steer
from probing.interventions.steered_rows import Steered
from probing.probes import read_card

TEXTS = "texts"  # the unit that tells of the texts of an erasing

Outcome = Steered | Erased | Patched | Explained


def outcome_of(folder: InterventionFolder) -> Outcome:
    """The outcome of the request of a folder, of what is measured of it."""
    request, done = folder.read_request(), folder.done()
    card = read_card(Path(request.probe))
    facts = {"probe": card.name, "model": card.model.name, "site": card.place.site}
    if isinstance(request, Steer):
        return Steered(request, done, facts, card.place.layers[0])
    if isinstance(request, Erase):
        texts = {"groups": (), "n_folds": 0, "majority": None, **done.get(TEXTS, {})}
        return Erased(request, done, facts, **texts)
    if isinstance(request, Explain):
        return Explained(request, done, facts)
    return Patched(request, done, facts)
