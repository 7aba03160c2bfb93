"""`probe-tui explain`: what a probe's direction is near to."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from probing.errors import ProbeError
from probing.interventions.probe_directions import direction_of
from probing.interventions.requests import Explain
from probing.probes import Card
from tui.commands.of_interventions import asked_interventions, intervened
from tui.commands.of_interventions.other_dataset import dataset_at, stamp_of
from tui.commands.of_runs.batch import narrate
from tui.texts.of_runs.plans import counted


def explain(given: Namespace) -> int:
    """Print class means by layer, and the nearest tokens and texts on each side, of each probe."""
    data = dataset_at(given.data) if given.data else ""
    found = intervened.probes_of(given)
    linear = [one for one in found if len(found) == 1 or _has_direction(given, *one)]
    if not linear:
        raise ProbeError(f"none of the {len(found)} probes has a direction in one layer")
    return asked_interventions.answer_each(given, [_asked(given, data, *one) for one in linear])


def _has_direction(given: Namespace, path: Path, card: Card) -> bool:
    """Whether a probe among several has a direction; says so where not."""
    try:
        direction_of(path, card, given.class_name)
    except ProbeError as error:
        narrate(f"left out: {error}")
        return False
    return True


def _asked(given: Namespace, data: str, path: Path, card: Card) -> asked_interventions.Asked:
    direction_of(path, card, given.class_name)
    request = Explain(
        probe=str(path),
        data=data,
        data_stamp=stamp_of(data),
        input_embeddings=given.input_embeddings,
        n_shown=given.top,
        n_random=given.random,
        limit=given.limit,
        class_name=given.class_name,
        seed=given.seed,
        device=given.device,
        dtype=given.dtype,
    )
    n_texts = min(card.dataset.n_texts, given.limit or card.dataset.n_texts)
    texts = data or counted(n_texts, "text")
    return asked_interventions.Asked(card, request, f"{card.name}: 1 pass over {texts}")
