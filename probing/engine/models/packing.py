"""Pack texts end to end in one row without padding; each attends only to itself.

All that works token by token sees one long row. Attention is handed, through the registry that
transformers keeps of attention functions, to a function which calls the model's own attention
once for every run of texts of one length, as a batch of them. So scaling, soft caps, sinks and
grouped heads are the model's, and masks (causal or not, sliding or chunked) are what transformers
would make for such a text alone. What mixes tokens elsewhere (convolutions, recurrent states),
makes its masks itself or adds a bias to every pair of tokens cannot be packed: whoever packs
compares with a plain pass first.
"""

from __future__ import annotations

import contextlib
import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby
from typing import Any, cast

import torch
from torch import nn

_NAME = "texts_end_to_end"


class CannotPack(Exception):  # noqa: N818 - a finding, not an error
    """Why the texts that a model reads cannot be packed."""


@dataclass(frozen=True)
class _Row:
    """The texts under way: runs of so many texts of one length, and the model's own attention."""

    runs: tuple[tuple[int, int], ...]
    own: str

    @property
    def n_tokens(self) -> int:
        return sum(n_texts * length for n_texts, length in self.runs)


_row: ContextVar[_Row] = ContextVar("texts end to end")


@dataclass
class _Mask:
    """The recipe of a mask, from which that of one text alone is made."""

    options: dict[str, Any]
    made: dict[int, torch.Tensor | None] = field(default_factory=dict)

    def of(self, length: int) -> torch.Tensor | None:
        """The mask `[1, 1, length, length]` as the model's own attention wants it."""
        if length not in self.made:
            alone = {"batch_size": 1, "q_length": length, "kv_length": length}
            start = {"q_offset": 0, "kv_offset": 0, "attention_mask": None}
            from transformers import AttentionMaskInterface  # see `_register`

            make = AttentionMaskInterface()[_row.get().own]
            self.made[length] = make(**self.options | alone | start)
        return self.made[length]


@contextlib.contextmanager
def packed_attention(body: Any, lengths: Sequence[int]) -> Iterator[None]:
    """A context in which `body` reads texts of these `lengths` end to end in one row.

    Texts of one length should be neighbours. Raises `CannotPack` where the attention of `body`
    cannot be replaced.
    """
    if "position_ids" not in inspect.signature(body.forward).parameters:
        raise CannotPack("the model takes no position ids")
    _register()
    if not body._can_set_attn_implementation():
        raise CannotPack("the model's attention cannot be replaced")
    own = body.config._attn_implementation
    runs = tuple((len(list(alike)), length) for length, alike in groupby(lengths))
    token = _row.set(_Row(runs, own))
    try:
        body.set_attn_implementation(_NAME)
        yield
    finally:
        _row.reset(token)
        body.set_attn_implementation(own)


def first_position(body: nn.Module) -> int:
    """The position id of a text's first token: RoBERTa and its kin count from the padding's."""
    for path, module in body.named_modules():
        if "position" in path and isinstance(module, nn.Embedding):
            return 0 if module.padding_idx is None else module.padding_idx + 1
    return 0


def _attend(
    module: nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: Any,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    """Attention of `[1, heads, n_tokens, width]` within texts, `[1, n_tokens, heads, width]`."""
    row = _row.get()
    if not isinstance(attention_mask, _Mask):
        raise CannotPack("the model makes its own attention masks")
    if options.get("position_bias") is not None:
        raise CannotPack("attention has a bias for every pair of tokens")
    if not query.shape[2] == key.shape[2] == row.n_tokens:
        raise CannotPack("attention sees tokens other than those of the texts")
    own, parts, start = _own_attention(module, row.own), [], 0
    for n_texts, length in row.runs:
        lot = slice(start, start + n_texts * length)
        texts = (_texts(part, lot, n_texts) for part in (query, key, value))
        parts.append(own(module, *texts, attention_mask.of(length), **options)[0].flatten(0, 1))
        start = lot.stop
    return torch.cat(parts)[None], None


def _texts(part: torch.Tensor, lot: slice, n_texts: int) -> torch.Tensor:
    """The `lot` of `[1, heads, n_tokens, width]` as `[n_texts, heads, length, width]`, uncopied."""
    _, heads, _, width = part.shape
    return part[0, :, lot].view(heads, n_texts, -1, width).transpose(0, 1)


def _own_attention(module: nn.Module, name: str) -> Callable[..., Any]:
    """The function of that name; that of `eager` stands beside each model's code."""
    from transformers import AttentionInterface  # see `_register`

    code = sys.modules[type(module).__module__]
    known = getattr(code, "ALL_ATTENTION_FUNCTIONS", None) or AttentionInterface()
    found = known.get(name, getattr(code, "eager_attention_forward", None))
    if found is None:
        raise CannotPack(f"unknown attention {name!r}")
    return cast(Callable[..., Any], found)


def _recipe(**options: Any) -> _Mask:
    if options.get("use_vmap"):
        raise CannotPack("attention masks depend on more than the distance between tokens")
    return _Mask(options)


@cache
def _register() -> None:
    # attention in transformers: about 2 s, only who runs a model pays
    from transformers import AttentionInterface, AttentionMaskInterface

    AttentionInterface.register(_NAME, _attend)
    AttentionMaskInterface.register(_NAME, _recipe)
