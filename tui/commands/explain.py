"""`probe-tui explain`: what a probe's direction is near to."""

from __future__ import annotations

from argparse import Namespace

from probing.interventions.probe_directions import direction_of
from probing.interventions.requests import Explain
from tui.commands import intervened
from tui.commands.other_dataset import dataset_at, stamp_of
from tui.texts.plans import counted


def explain(given: Namespace) -> int:
    """Print class means by layer, and the nearest tokens and texts on each side."""
    path, card = intervened.probe_of(given)
    direction_of(path, card, given.class_name)
    data = dataset_at(given.data) if given.data else ""
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
    cost = f"1 pass over {counted(n_texts, 'text')}" if not data else f"1 pass over {data}"
    return intervened.answer(given, card, request, cost)
