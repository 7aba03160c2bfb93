"""`probe-tui erase`: take a probe's concept out of a model's activations, and see what is left."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from probing.errors import SpecError
from probing.interventions.erasures import PLAIN, erasures_of
from probing.interventions.requests import Erase
from probing.layer_choice import site_layers
from probing.probes import Card
from tui.commands.of_interventions import asked_interventions, intervened
from tui.commands.of_interventions.other_dataset import dataset_at, stamp_of
from tui.texts.of_runs.plans import counted


def erase(given: Namespace) -> int:
    """Print how far a new probe falls under each eraser, here and at the layers after it."""
    path, card = intervened.probe_of(given)
    if given.choices:
        intervened.check_causal(card, "--choices")
        intervened.check_choices(card, given.choices)
    if card.place.pooler.get("pool") in ("max", "min", "tokens"):
        what = f"{card.name} pools by {card.place.label}, which does not go with a linear eraser"
        raise SpecError(what, hint="use a probe of one token or of their mean")
    data = dataset_at(given.data) if given.data else ""
    request = Erase(
        probe=str(path),
        places=_places(given.layers, card),
        methods=given.methods,
        choices=given.choices,
        data=data,
        data_stamp=stamp_of(data),
        n_folds=given.n_folds,
        n_random=given.random,
        limit=given.limit,
        seed=given.seed,
        device=given.device,
        dtype=given.dtype,
    )
    return asked_interventions.answer(given, card, request, _what(request, card))


def _places(asked: str, card: Card) -> tuple[tuple[int, ...], ...]:
    """The layers that are edited together: one, each in turn, or all at once."""
    if asked == "all":
        return (tuple(site_layers(card.place.site, card.model.n_layers)),)
    if not asked:
        if len(card.place.layers) != 1:
            what = f"{card.name} reads {card.place.label}, not one layer"
            raise SpecError(what, hint="add --layers each, all, or numbers")
        return (card.place.layers,)
    return tuple((layer,) for layer in intervened.layers_of(asked, card))


def _what(request: Erase, card: Card) -> str:
    units = erasures_of(request, request.n_folds)
    # of one layer the model as it is shows what the eraser is fitted on, once for all
    n_passes = 1 + sum(len(one.layers) for one in units if one.method != PLAIN)
    erasures, passes = counted(len(units), "erasure"), counted(n_passes, "pass")
    n_texts = min(card.dataset.n_texts, request.limit or card.dataset.n_texts)
    texts = Path(request.data).name if request.data else counted(n_texts, "text")
    return f"{erasures} of {texts} in {passes}"
