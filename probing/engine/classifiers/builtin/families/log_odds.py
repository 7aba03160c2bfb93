"""Log odds of classes, which still rank texts where probabilities round to 1."""

from __future__ import annotations

import torch
from torch import Tensor


def class_log_odds(logits: Tensor) -> Tensor:
    """Of class 1 `[..., n]` for two classes, else of each against the rest `[..., n, k]`.

    `logits` `[..., n, k]` are log probabilities but for a constant of each row.
    """
    if logits.shape[-1] == 2:
        return logits[..., 1] - logits[..., 0]
    top = logits.argmax(-1, keepdim=True)
    about = logits - logits.gather(-1, top)
    shares = about.exp().scatter(-1, top, 0)
    rest = shares.sum(-1, keepdim=True)
    # the rest of the top class is all but it; of another it has the top class, so no digit is lost
    others = (1 + rest - shares).log()
    beside = about.scatter(-1, top, -torch.inf).logsumexp(-1, keepdim=True)
    return about - others.scatter(-1, top, beside)
