"""Continue a prompt under steering, and say how likely the text is without it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from probing.engine.interventions.next_token import all_logits, token_losses
from probing.engine.models import LMModel
from probing.engine.models.greedy import Greedy


@dataclass(frozen=True)
class Continued:
    """A prompt, and what follows it in each row of a batch: token ids without an end token."""

    prompt: Sequence[int]
    rows: Sequence[Sequence[int]]

    @torch.no_grad()
    def measured(self, model: LMModel) -> dict[str, Any]:
        """The texts, and for each the sum of -log p of its tokens, in nats, and their number.

        They are those of `model` as it is when this is called, given the prompt.
        """
        longest, device = max(map(len, self.rows)), model.device
        ids = [[*self.prompt, *row, *[0] * (longest - len(row))] for row in self.rows]
        mask = [[1] * (len(self.prompt) + len(row)) for row in self.rows]
        mask = [own + [0] * (len(whole) - len(own)) for own, whole in zip(mask, ids, strict=True)]
        there, masked = torch.tensor(ids, device=device), torch.tensor(mask, device=device)
        losses = token_losses(all_logits(model, there, masked), there, masked)
        told = losses[:, len(self.prompt) - 1 :].double().sum(1).tolist()
        texts = [model.tokenizer.decode(row, skip_special_tokens=True) for row in self.rows]
        return {"text": texts, "loss": told, "n_tokens": [len(row) for row in self.rows]}


def continued(model: LMModel, prompt: Sequence[int], n_rows: int, max_new: int) -> Continued:
    """The most likely token after another, at most `max_new`, in each row of a batch."""
    return Continued(prompt, Greedy(model)([prompt] * n_rows, max_new).ids)
