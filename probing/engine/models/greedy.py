"""Continue token ids greedily by a model's own language head, as transformers' `generate` does."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch

from probing.engine.models.lm import LMModel
from probing.engine.models.token_ids import n_token_ids

OnStep = Callable[[int], None]


@dataclass(frozen=True)
class Grown:
    """What texts were continued by: the ids of each, and whether it ended by itself.

    `scores` `[n_steps, n_texts, vocabulary]` are those that tokens were chosen by, if asked for.
    """

    ids: list[list[int]]
    ended: list[bool]
    scores: torch.Tensor | None = None


class Greedy:
    """Takes the most probable token, step by step, of a model that was loaded with its head.

    It is `generate(do_sample=False)` with what the `generation_config` of the model says beside
    sampling. A text ends at an end token of that, of its configuration or of its tokenizer, which
    is not among its tokens.
    """

    def __init__(self, model: LMModel) -> None:
        assert model.has_head, "the model was loaded without its head"
        self.model, self.whole = model, model.whole

    @cached_property
    def ends(self) -> tuple[int, ...]:
        """The tokens that end a text."""
        named = (self.whole.generation_config.eos_token_id, self._config.eos_token_id)
        listed = [one if isinstance(one, (list, tuple)) else [one] for one in named]
        found = {one for each in listed for one in each} | {self.model.tokenizer.eos_token_id}
        most = n_token_ids(self.model.body)
        return tuple(sorted(int(one) for one in found if isinstance(one, int) and 0 <= one < most))

    @property
    def _config(self) -> Any:
        return self.whole.config.get_text_config()

    @torch.no_grad()
    def __call__(
        self,
        texts: Sequence[Sequence[int]],
        n_new: int,
        on_step: OnStep | None = None,
        *,
        scores: bool = False,
    ) -> Grown:
        """Continue texts by at most `n_new` tokens; those that are shorter are padded on the left.

        `on_step` is told after each step how many were made; what it raises ends the call.
        """
        longest = max(map(len, texts))
        pad = self._pad
        rows = [[pad] * (longest - len(own)) + list(own) for own in texts]
        ids = torch.tensor(rows, device=self.model.device)
        mask = torch.tensor([[0] * (longest - len(own)) + [1] * len(own) for own in texts])
        steps = _Steps(longest, on_step)
        told = self.whole.generate(
            ids,
            generation_config=self._options(n_new, scores),
            stopping_criteria=[steps],
            **self._masked(mask.to(self.model.device)),
        )
        new = told.sequences[:, longest:].tolist()
        cut = [self._upto_end(own) for own in new]
        found = torch.stack(told.scores).float().cpu() if scores else None
        ended = [len(own) < len(whole) for own, whole in zip(cut, new, strict=True)]
        return Grown(cut, ended, found)

    def _upto_end(self, ids: list[int]) -> list[int]:
        at = next((at for at, one in enumerate(ids) if one in self.ends), len(ids))
        return ids[:at]

    @property
    def _pad(self) -> int:
        """Any id will do: it is masked before a text, and never read behind its end."""
        pad = self.model.tokenizer.pad_token_id
        if pad is not None and pad < n_token_ids(self.model.body):
            return int(pad)
        return self.ends[0] if self.ends else 0

    def _masked(self, mask: torch.Tensor) -> dict[str, torch.Tensor]:
        takes = "attention_mask" in inspect.signature(self.whole.forward).parameters
        return {"attention_mask": mask} if takes or not bool(mask.all()) else {}

    def _options(self, n_new: int, scores: bool) -> Any:
        options = copy.deepcopy(self.whole.generation_config)
        said = {
            "do_sample": False,
            "num_beams": 1,
            "num_return_sequences": 1,
            "max_new_tokens": n_new,
            "max_length": None,
            "use_cache": True,
            "pad_token_id": self._pad,
            "eos_token_id": list(self.ends) or None,
            "return_dict_in_generate": True,
            "output_scores": scores,
            # they serve sampling alone, and would be warned of
            **dict.fromkeys(("temperature", "top_p", "top_k", "min_p", "typical_p")),
        }
        for key, value in said.items():
            setattr(options, key, value)
        return options


class _Steps:
    """A criterion of `generate` that never stops it, and tells how far it is."""

    def __init__(self, start: int, on_step: OnStep | None) -> None:
        self.start, self.on_step = start, on_step

    def __call__(self, ids: torch.Tensor, _scores: Any, **_: Any) -> torch.Tensor:
        if self.on_step is not None:
            self.on_step(ids.shape[1] - self.start)
        return torch.zeros(len(ids), dtype=torch.bool, device=ids.device)
