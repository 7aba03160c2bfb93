"""What a causal model says of the next token: of choices between tokens, and of a text."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import torch

from probing.engine.models import LMModel


def log_odds(logits: torch.Tensor, choices: Sequence[int]) -> torch.Tensor:
    """Of `[n, vocabulary]` the log odds of the first choice against the others, `[n]`.

    Of a single choice they are those against all other tokens.
    """
    logits = logits.double()
    first = logits[:, choices[0]]
    if len(choices) > 1:
        return first - logits[:, list(choices[1:])].logsumexp(1)
    others = torch.ones(logits.shape[1], dtype=torch.bool, device=logits.device)
    others[choices[0]] = False
    return first - logits[:, others].logsumexp(1)


def last_logits(model: LMModel, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """The logits `[batch, vocabulary]` of the token after `ids` `[batch, seq]`, without padding."""
    output = model.whole(input_ids=ids, attention_mask=mask, **_only_the_last(model.whole))
    logits: torch.Tensor = output.logits[:, -1]
    return logits


def _only_the_last(whole: Any) -> dict[str, int]:
    """The option by which a model leaves out logits that nobody asks for, where it has one."""
    named = inspect.signature(whole.forward).parameters
    return {"logits_to_keep": 1} if "logits_to_keep" in named else {}


def all_logits(model: LMModel, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """The logits `[batch, seq, vocabulary]` of what follows each token of `ids` `[batch, seq]`."""
    logits: torch.Tensor = model.whole(input_ids=ids, attention_mask=mask).logits
    return logits


def token_losses(logits: torch.Tensor, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """-log p of every token given those before it, `[batch, seq - 1]`, in nats; 0 for padding.

    Padding is on the right.
    """
    told = logits[:, :-1].float().log_softmax(-1).gather(-1, ids[:, 1:, None])[..., 0]
    losses: torch.Tensor = -told * mask[:, 1:]
    return losses
