"""What a direction says in the words of a model's vocabulary.

Through the unembedding: the logits that the model would give if the residual stream held the
direction alone after its last block (the logit lens, nostalgebraist 2020), with the gain of the
final norm and whatever else follows the blocks, because the model's own last part computes them.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from probing.engine.models import LMModel
from probing.errors import ModelError

Numbers = NDArray[np.float64]
HINT = "use --input-embeddings, or a probe of a causal model"
AT_ONCE = 32  # directions whose logits are held together


@torch.no_grad()
def through_unembedding(model: LMModel, units: Numbers, *, after_norm: bool) -> Numbers:
    """The logits `[n, vocabulary]` of unit directions `[n, d]`, less those of no direction at all.

    A direction has the length √d, that of activations of unit size: behind a final norm its length
    changes nothing. Each row is less its mean over the vocabulary, which no softmax sees.
    `after_norm` says that the direction lies in activations that have passed the final norm.
    Raises `ModelError` for a model without output embeddings, or where it is not as wide.
    """
    head = model.whole.get_output_embeddings() if model.has_head else None
    if head is None:
        raise ModelError("has no output embeddings", where=model.name, hint=HINT)
    step = _step(model, after_norm)
    if (own := model.hidden.axes["resid", step].width) != units.shape[1]:
        what = f"its blocks give activations of width {own}, and the direction has {units.shape[1]}"
        raise ModelError(what, where=model.name, hint=HINT)
    vectors = torch.from_numpy(units * units.shape[1] ** 0.5)
    starts = range(0, len(vectors), AT_ONCE)
    found = [_logits(model, step, vectors[start : start + AT_ONCE]) for start in starts]
    return _centred(torch.cat(found)[:, : n_tokens(model)].numpy())


def through_input_embeddings(model: LMModel, units: Numbers) -> Numbers:
    """The products `[n, vocabulary]` of unit directions `[n, d]` with the input embeddings.

    Each row is less its mean over the vocabulary. Raises `ModelError` for embeddings of another
    width.
    """
    table = model.body.get_input_embeddings().weight.detach()
    if table.shape[1] != units.shape[1]:
        what = f"has input embeddings of width {table.shape[1]}, and directions of {units.shape[1]}"
        raise ModelError(what, where=model.name)
    vectors = torch.from_numpy(units).to(table.device)
    found = torch.cat([vectors @ part.double().T for part in table.split(2**14)], 1)
    return _centred(found[:, : n_tokens(model)].cpu().numpy())


def _step(model: LMModel, after_norm: bool) -> int:
    """The step whose activations the rest of the model turns into logits.

    Raises `ModelError` for a model whose blocks were not found.
    """
    if not model.hidden.blocks:
        raise ModelError("its blocks were not found", where=model.name, hint=HINT)
    return model.step("resid", model.n_layers) if after_norm else model.hidden.n_steps


def n_tokens(model: LMModel) -> int:
    """The ids that the tokenizer has: embeddings may be padded beyond them."""
    return len(model.tokenizer)


def _logits(model: LMModel, step: int, vectors: torch.Tensor) -> torch.Tensor:
    """The logits of `vectors` `[n, d]` in the place of what is read at a step, less those of 0."""
    values = torch.cat([torch.zeros_like(vectors[:1]), vectors])[:, None]
    ids = torch.zeros((len(values), 1), dtype=torch.long, device=model.device)

    def put(site: str, at: int, activation: torch.Tensor) -> torch.Tensor | None:
        return values.to(activation) if at == step else None

    with model.reader(put, ["resid"], None):
        logits = model.whole(input_ids=ids, attention_mask=torch.ones_like(ids)).logits
    told: torch.Tensor = logits[:, -1].double().cpu()
    return told[1:] - told[:1]


def _centred(logits: Numbers) -> Numbers:
    centred: Numbers = logits - logits.mean(axis=1, keepdims=True)
    return centred
