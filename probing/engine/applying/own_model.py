"""The model of a saved probe: load it, or check that one is it."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from probing import catalog
from probing.catalog import ModelFacts
from probing.engine.models import LMModel, tokenizer_digest
from probing.engine.models.loading import load_tokenizer
from probing.errors import ModelError, ProbeError
from probing.probes import Card
from probing.spec import ModelSpec, read_entry

ANYWAY = "to apply it to another model anyway, say any_model"


def entry_of(card: Card) -> ModelSpec:
    """The entry of the model, of one on the hub with the commit that it had."""
    entry = dict(card.model.entry)
    if card.model.revision and "@" not in str(entry["model"]):
        entry["model"] = f"{entry['model']}@{card.model.revision}"
    return read_entry(entry, ModelSpec, "model", card.name)


def load_model(
    card: Card,
    device: str = "cpu",
    base: Path = Path(),
    *,
    dtype: str = "",
    any_model: bool = False,
    with_head: bool = False,
) -> LMModel:
    """The model that a probe was trained on, in the precision of its activations.

    Only `with_head` does it predict the next token.
    Raises `ModelError` where it cannot be had, and `ProbeError` where other weights or another
    tokenizer lie there now, which is seen before the weights are loaded.
    """
    entry = entry_of(card)
    facts = catalog.facts(entry, base)
    check_facts(card, facts, any_model=any_model)
    if not any_model:
        _check_tokenizer(card, load_tokenizer(entry, facts, base))
    with_head = with_head or bool(card.dataset.entry.get("generate"))
    numbers = dtype or card.model.dtype
    model = LMModel.from_spec(entry, device, numbers, base, with_head=with_head)
    if not catalog.fingerprint(facts):  # its weights were not here before
        check_facts(card, catalog.facts(entry, base), any_model=any_model)
    return model


def plain_model(card: Card, model: Any, tokenizer: Any) -> LMModel:
    """A Hugging Face model that is loaded already, which cuts texts as the probe's model did."""
    made = LMModel.of(model, tokenizer)
    made.max_length = card.model.max_length
    side = card.model.entry.get("truncation", "right")
    if tokenizer.truncation_side != side:
        made.tokenizer = copy.deepcopy(tokenizer)
        made.tokenizer.truncation_side = side
    return made


def check_facts(card: Card, facts: ModelFacts, *, any_model: bool = False) -> None:
    """Raises `ProbeError` where files tell that a model is not the one of a probe."""
    _check_size(card, facts.name, facts.n_layers, facts.d_model)
    found = catalog.fingerprint(facts)
    if found and card.model.fingerprint and found != card.model.fingerprint and not any_model:
        what = f"was trained on {card.model.name} with other weights than those of {facts.name}"
        raise ProbeError(what, where=card.name, hint=ANYWAY)


def check_model(card: Card, model: LMModel, *, any_model: bool = False) -> None:
    """Raises `ProbeError` where a loaded model is not the one of a probe, as far as it tells."""
    _check_size(card, model.name, model.n_layers, model.d_model)
    family = str(getattr(model.body.config, "model_type", ""))
    if any_model:
        return
    if family and card.model.model_type and family != card.model.model_type:
        what = f"was trained on a {card.model.model_type} model, and {model.name} is a {family}"
        raise ProbeError(what, where=card.name, hint=ANYWAY)
    _check_tokenizer(card, model.tokenizer)
    if Path(model.spec.model).is_dir() or model.spec.model.startswith("package:"):
        _check_files(card, model)


def _check_files(card: Card, model: LMModel) -> None:
    """A model that was loaded from files may be another one of the same shape."""
    try:
        facts = catalog.facts(model.spec, Path())
    except ModelError:
        return  # the files are gone: what is loaded has told all that it can
    check_facts(card, facts)


def _check_size(card: Card, name: str, n_layers: int, d_model: int) -> None:
    own = card.model
    if (own.n_layers, own.d_model) != (n_layers, d_model):
        what = (
            f"was trained on {own.name} ({own.n_layers} layers of width {own.d_model}), and {name} "
            f"has {n_layers} of width {d_model}"
        )
        raise ProbeError(what, where=card.name, hint="use the model it was trained on")


def _check_tokenizer(card: Card, tokenizer: object) -> None:
    if card.model.tokenizer and tokenizer_digest(tokenizer) != card.model.tokenizer:
        what = (
            f"was trained on texts as another tokenizer than this of {card.model.name} reads them"
        )
        raise ProbeError(what, where=card.name, hint=ANYWAY)
