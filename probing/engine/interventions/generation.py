"""Continue prompts greedily, and say how likely the text is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from probing.engine.interventions.next_token import all_logits, token_losses
from probing.engine.models import LMModel, TokenBatch


@dataclass(frozen=True)
class Continued:
    """What follows each row of a batch: `ids` `[batch, seq]`, the prompt first, with its `mask`.

    The mask is 0 behind the end of a text. `start` is where the prompts end, `ends` are the tokens
    that end a text.
    """

    ids: torch.Tensor
    mask: torch.Tensor
    start: int
    ends: torch.Tensor

    @torch.no_grad()
    def measured(self, model: LMModel) -> dict[str, Any]:
        """The texts, and for each the sum of -log p of its tokens, in nats, and their number.

        They are those of `model` as it is when this is called, given the prompt.
        """
        logits = all_logits(model, self.ids, self.mask)
        losses = token_losses(logits, self.ids, self.mask)[:, self.start - 1 :]
        said, there = self.ids[:, self.start :], self.mask[:, self.start :]
        kept = there.bool() & ~torch.isin(said, self.ends)
        texts = [
            model.tokenizer.decode(own[mask], skip_special_tokens=True)
            for own, mask in zip(said, kept, strict=True)
        ]
        return {
            "text": texts,
            "loss": losses.double().sum(1).tolist(),
            "n_tokens": there.sum(1).tolist(),
        }


@torch.no_grad()
def continued(model: LMModel, batch: TokenBatch, max_new: int) -> Continued:
    """The most likely token after another, at most `max_new`; `batch` has no padding."""
    import transformers  # loaded with the model

    told = model.whole.generation_config.eos_token_id
    ends = [told] if isinstance(told, int) else list(told or ())
    pad = model.tokenizer.pad_token_id or 0
    options = transformers.GenerationConfig(
        do_sample=False,
        max_new_tokens=max_new,
        eos_token_id=ends or None,
        pad_token_id=pad,
        use_cache=True,
    )
    ids = model.whole.generate(batch.ids, attention_mask=batch.mask, generation_config=options)
    start = batch.ids.shape[1]
    ends_there = torch.tensor(ends, dtype=ids.dtype, device=ids.device)
    is_end = torch.isin(ids[:, start:], ends_there)
    after_end = is_end.cumsum(1) - is_end.long() > 0  # the end itself is a token of the text
    mask = torch.cat([batch.mask, (~after_end).to(batch.mask)], 1)
    return Continued(ids, mask, start, ends_there)
