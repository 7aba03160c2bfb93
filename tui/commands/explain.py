"""`probe-tui explain`: what a probe's direction is near to."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from probing import datasets
from probing.datasets.stamps import stamp
from probing.errors import SpecError
from probing.interventions.probe_directions import direction_of
from probing.interventions.requests import Explain
from probing.spec import DatasetSpec
from tui.commands import intervened
from tui.texts.plans import counted


def explain(given: Namespace) -> int:
    """Print class means by layer, and the nearest tokens and texts on each side."""
    path, card = intervened.probe_of(given)
    direction_of(path, card, given.class_name)
    data = _dataset(given.data) if given.data else ""
    request = Explain(
        probe=str(path),
        data=data,
        data_stamp=str(stamp(Path(data))) if data else "",
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


def _dataset(name: str) -> str:
    """The path of a dataset, by path or name; raises `SpecError` for several."""
    found = datasets.resolve(DatasetSpec(name), Path())
    if len(found) > 1:
        what = f"{name!r} means {counted(len(found), 'dataset')}"
        raise SpecError(what, where="--data", hint=f"name one of them, such as {found[0]}")
    return str(found[0].absolute())
