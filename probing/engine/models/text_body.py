"""The text part of a model: the encoder of two, or the text tower of a multimodal model."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

# what wraps the text model, in the models of several senses and in DPR
_TOWERS = ("language_model", "text_model", "question_encoder", "ctx_encoder", "bert_model")
_DEEPEST = 5


class _NoPooler(nn.Module):
    """In the place of a pooler, which some models call whether they have one or not."""

    def forward(self, hidden_states: torch.Tensor, *_: Any, **__: Any) -> torch.Tensor:
        """The hidden states as they are."""
        return hidden_states


def text_body(body: Any) -> Any:
    """The transformer that reads text in `body`, without heads and poolers.

    Of an encoder-decoder it is the encoder.
    """
    body = inner_body(body)
    # a pooler is a head on the last layer: it changes no hidden state
    if isinstance(getattr(body, "pooler", None), nn.Module):
        body.pooler = _NoPooler()
    return body


def headless(model: Any) -> Any:
    """What a head is around, in a Hugging Face model: what its passes call, hooks and all.

    Of some causal models that is not all of the base model, as of OPT.
    """
    has_two_stacks = getattr(getattr(model, "config", None), "is_encoder_decoder", False)
    if not has_two_stacks and hasattr(model, "can_generate") and model.can_generate():
        return model.get_decoder()
    return getattr(model, "base_model", model)


def inner_body(body: Any) -> Any:
    """The same, with the pooler that it has: nothing is changed."""
    for _ in range(_DEEPEST):
        inner = _inner(body)
        if inner is None or inner is body or not hasattr(inner, "config"):
            break
        body = inner
    return body


def _inner(body: Any) -> Any:
    if getattr(body.config, "is_encoder_decoder", False) and hasattr(body, "get_encoder"):
        return body.get_encoder()
    if isinstance(getattr(body, "lm_head", None), nn.Module):
        return getattr(body, "model", None)
    parts = (getattr(body, name, None) for name in _TOWERS)
    return next((part for part in parts if isinstance(part, nn.Module)), None)
