"""What an intervention will cost: tokens that the model reads, and the seconds they take here.

Seconds are those of past interventions of the kind on this machine; before the first, those of the
forward passes of runs, which read more texts at once, times what small batches took when measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from probing import catalog, datasets
from probing.catalog import ModelFacts
from probing.errors import InputError, SpecError
from probing.hardware import expected_device
from probing.interventions.conditions import conditions_of
from probing.interventions.erasures import PLAIN, erasures_of
from probing.interventions.requests import Erase, Explain, Patch, Request, Steer
from probing.layer_choice import site_layers
from probing.plan import LOAD, START, Rates
from probing.plan.costs.rates import forward_work, generate_work
from probing.plan.token_counts import tokens_in
from probing.probes import Card
from probing.spec import DatasetSpec, ModelSpec, read_entry

GIB = 2**30
TOKENS_OF_A_TEXT = 20  # where the dataset cannot be read
OF_FORWARD = {"steer": 1.5, "erase": 2.0, "patch": 1.5, "explain": 1.5}  # times as long a token
FIT_S = 0.05  # of a new probe of an erasing, on a thousand texts of a hundred features


@dataclass(frozen=True)
class Work:
    """What a request computes: operations of passes and of generation, and probes that it fits.

    `n_read` tokens go through the model, and `n_made` are generated at most.
    """

    n_read: int
    n_made: int = 0
    flops: float = 0.0
    made_flops: float = 0.0
    fit_s: float = 0.0


@dataclass(frozen=True)
class Estimate:
    """Seconds that an intervention will take; `measured` says whether one of its kind was timed."""

    work: Work
    seconds: float
    measured: bool


def estimate_of(card: Card, request: Request, share_left: float = 1.0) -> Estimate:
    """What a request will take here, or the share of it that is left; files alone are read."""
    entry, facts = _model(card)
    work = work_of(card, request)
    device = expected_device(request.device)
    rates = Rates.read(device.kind)
    dtype = request.dtype or card.model.dtype
    gib = catalog.weight_bytes(facts, dtype, entry.quantize) / GIB
    start = rates.unit_s(START) + rates.unit_s(LOAD) * gib
    name = rate_name(request, dtype)
    if rates.is_known(name, facts.d_model):
        spent = (work.flops + work.made_flops) * rates.unit_s(name, facts.d_model)
        return Estimate(work, start + share_left * spent, True)
    read_s = rates.unit_s(forward_work(dtype, entry), facts.d_model) * OF_FORWARD[request.kind]
    made_s = rates.unit_s(generate_work(dtype, entry), facts.d_model)
    spent = work.flops * read_s + work.made_flops * made_s + work.fit_s
    return Estimate(work, start + share_left * spent, False)


def n_units_of(request: Request) -> int:
    """The units of work of a request, as far as it tells them itself."""
    match request:
        case Steer():
            return len(request.prompts)
        case Erase():
            return 1 + len(erasures_of(request, request.n_folds))
        case Patch():
            return len(request.twins)
        case Explain():
            return 2


def rate_name(request: Request, dtype: str) -> str:
    """The name of the work of a request among the rates; a unit is an operation of the model."""
    makes = " generating" if isinstance(request, Steer) and request.max_new else ""
    return f"{request.kind}{makes} {dtype}"


def work_of(card: Card, request: Request) -> Work:
    """What a request computes."""
    match request:
        case Steer():
            return _steering(card, request)
        case Erase():
            return _erasing(card, request)
        case Patch():
            return _patching(card, request)
        case Explain():
            n_tokens, n_texts = _in_dataset(card, request.data, request.limit)
            return Work(n_tokens, flops=_body(card, n_tokens, n_texts))


def _steering(card: Card, request: Steer) -> Work:
    n = len(conditions_of(request))
    n_prompts, n_tokens = len(request.prompts), _tokens(card, request.prompts)
    n_read, n_made = n * n_tokens, n * n_prompts * request.max_new
    flops = _body(card, n_read, n * n_prompts) + n * n_prompts * _head(card)
    if request.n_shuffled:
        flops += _body(card, *_in_dataset(card, "", None))
    if not n_made:
        return Work(n_read, flops=flops)
    both = n_read + n_made  # what is generated is read once more, by the model as it is
    again = _body(card, both, n * n_prompts) + both * _head(card)
    made = _body(card, n_made, n * n_prompts) + n_made * _head(card)
    return Work(n_read, n_made, flops + again, made)


def _erasing(card: Card, request: Erase) -> Work:
    units = erasures_of(request, request.n_folds)
    n_tokens, n_texts = _in_dataset(card, request.data, request.limit)
    # of one layer the model as it is shows what the eraser is fitted on, once for all
    n_passes = 1 + sum(len(one.layers) for one in units if one.method != PLAIN)
    flops = n_passes * _body(card, n_tokens, n_texts)
    if _model(card)[1].is_causal:
        n_said = n_tokens * len(units) / request.n_folds  # test texts alone
        flops += _body(card, round(n_said), n_texts) + n_said * _head(card)
    layers = site_layers(card.place.site, card.model.n_layers)
    n_fits = sum(len([at for at in layers if at >= min(one.layers)]) for one in units)
    size = n_texts / 1000 * card.place.width / 100
    return Work(n_passes * n_tokens, flops=flops, fit_s=n_fits * FIT_S * (1 + size))


def _patching(card: Card, request: Patch) -> Work:
    n_each = len(request.layers) * (1 + request.n_random)
    n_pairs = max(len(request.twins), 1)
    length = _tokens(card, [text for text, _ in request.twins]) / n_pairs
    n_spots = round(n_pairs * n_each * (length + 1))
    n_read = round(n_spots * length)
    return Work(n_read, flops=_body(card, n_read, n_spots) + n_spots * _head(card))


def _body(card: Card, n_tokens: int, n_texts: int) -> float:
    """Operations of all blocks for tokens of so many texts."""
    facts, context = _model(card)[1], n_tokens / max(n_texts, 1)
    return facts.n_layers * n_tokens * facts.block.forward_flops(context)


def _head(card: Card) -> float:
    """Operations of the logits of a token: where the head is tied, those of the embeddings."""
    facts = _model(card)[1]
    tied = max(facts.n_params - facts.n_layers * facts.block.n_params, 0)
    return 2.0 * (facts.n_head_params or tied)


def _tokens(card: Card, texts: Sequence[str]) -> int:
    return tokens_in(texts, *_model(card))


def _model(card: Card) -> tuple[ModelSpec, ModelFacts]:
    entry = read_entry(dict(card.model.entry), ModelSpec, "model", card.name)
    return entry, catalog.facts(entry, Path())


def _in_dataset(card: Card, data: str, limit: int | None) -> tuple[int, int]:
    """The tokens and the texts of the dataset of a probe, or of the one in its place."""
    said = {"path": data, **card.dataset.wording} if data else dict(card.dataset.entry)
    n_texts = card.dataset.n_texts
    try:
        entry = read_entry(said, DatasetSpec, "path", card.name)
        texts = datasets.load(entry, Path(data or card.dataset.path)).read.texts
    except (InputError, SpecError):
        return n_texts * TOKENS_OF_A_TEXT, n_texts
    n_texts = min(len(texts), limit or len(texts))
    return round(_tokens(card, texts) * n_texts / max(len(texts), 1)), n_texts
