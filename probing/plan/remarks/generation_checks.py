"""Texts that a model cannot continue, or poolers that need it: told before any work."""

from __future__ import annotations

from collections.abc import Sequence

from probing import catalog
from probing.errors import SpecError
from probing.plan.types import NamedDataset, NamedModel
from probing.spec import Spec
from probing.token_choice import needs_generated


def check_generation(
    spec: Spec, data: Sequence[NamedDataset], models: Sequence[NamedModel]
) -> None:
    """Raise for what cannot be continued.

    `ModelError` for a model that predicts no next token, `SpecError` for one that has no room to,
    and for a pooler that takes generated tokens of a dataset that has none.
    """
    for dataset in data:
        for model in models if dataset.spec.generate else ():
            _check(dataset.spec.generate or 0, dataset.name, model)
    plain = [one for one in data if not one.spec.generate]
    asking = [term for pooler in spec.poolers if (term := needs_generated(pooler.tokens or ()))]
    if plain and asking:
        what = f"tokens = {asking[0]!r} needs generated tokens, but {plain[0].name} has none"
        raise SpecError(what, where="poolers", hint="set generate = 32 for the dataset")


def _check(generate: int, dataset: str, model: NamedModel) -> None:
    catalog.check_causal(model.facts, f"generate of {dataset}")
    longest = model.facts.max_length
    if longest is not None and generate >= longest:
        what = f"generate = {generate:,} leaves no room for a text: {model.name} reads "
        raise SpecError(f"{what}{longest:,} tokens", where=dataset, hint="lower generate")
