"""The pass as others do it: transformers returns every hidden state, then they are pooled."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
import transformers
from torch import Tensor
from transformers import AutoModel, AutoModelForCausalLM, AutoTokenizer

from benchmarks.machine import free_memory
from benchmarks.timing import Done

POOLS = ("last", "mean", "max", "first")
BATCH = 32
TOKENS = 2048


class PlainModel:
    """A model and tokenizer as transformers loads them, with or without the head."""

    def __init__(self, folder: Path, device: str, dtype: str, *, head: bool) -> None:
        transformers.utils.logging.disable_progress_bar()
        kind: Any = AutoModelForCausalLM if head else AutoModel
        self.tokenizer: Any = AutoTokenizer.from_pretrained(folder)
        model = kind.from_pretrained(folder, dtype=getattr(torch, dtype))
        self.model, self.device = model.to(device).eval(), device

    @torch.no_grad()
    def __call__(self, texts: Sequence[str]) -> tuple[tuple[Tensor, ...], Tensor]:
        """All hidden states `[batch, seq, d]` and the mask."""
        batch = self.tokenizer(list(texts), padding=True, return_tensors="pt").to(self.device)
        output = self.model(
            input_ids=batch["input_ids"],
            attention_mask=batch["attention_mask"],
            output_hidden_states=True,
        )
        return output.hidden_states, batch["attention_mask"]


def original_pass(
    model: PlainModel, texts: Sequence[str], pools: Sequence[str], limit_s: float
) -> Done[dict[str, Tensor]]:
    """The original's way: the model runs anew for every pooler, texts in their order, and the
    hidden states of all texts are kept before they are pooled.

    Fewer texts are run where memory would not hold the states, fewer poolers past the limit.
    """
    n_texts = len(texts)
    n = min(len(texts), n_kept(model, texts))
    texts = texts[:n]
    began, pooled = time.perf_counter(), {}
    for pool in pools:
        kept = [model(texts[at : at + BATCH]) for at in range(0, len(texts), BATCH)]
        parts = [_pooled(states, mask, pool) for states, mask in kept]
        pooled[pool] = torch.cat(parts, 1).float().cpu()
        if time.perf_counter() - began > limit_s:
            break
    share = len(pooled) / len(pools) * n / n_texts
    return Done(pooled, (time.perf_counter() - began) / share, share)


def n_kept(model: PlainModel, texts: Sequence[str]) -> int:
    """How many texts' hidden states a third of the free memory holds."""
    longest = [
        max(len(text.split()) for text in texts[at : at + BATCH])
        for at in range(0, len(texts), BATCH)
    ]
    padded = BATCH * sum(longest) / len(texts)
    config = model.model.config
    each = padded * (config.num_hidden_layers + 1) * config.hidden_size * model.model.dtype.itemsize
    return max(1, int(free_memory(model.device) / 3 / each))


def single_pass(
    model: PlainModel, texts: Sequence[str], pools: Sequence[str]
) -> Done[dict[str, Tensor]]:
    """One pass for all poolers, texts sorted by length in batches of so many tokens."""
    began = time.perf_counter()
    rows: list[int] = []
    parts: dict[str, list[Tensor]] = {pool: [] for pool in pools}
    for batch in _sorted_batches(texts):
        states, mask = model([texts[row] for row in batch])
        for pool in pools:
            parts[pool].append(_pooled(states, mask, pool).float().cpu())
        rows += batch
    order = torch.tensor(rows).argsort()
    pooled = {pool: torch.cat(parts[pool], 1)[:, order] for pool in pools}
    return Done(pooled, time.perf_counter() - began)


def _sorted_batches(texts: Sequence[str]) -> Iterator[list[int]]:
    lengths = [len(text.split()) for text in texts]
    batch: list[int] = []
    for row in sorted(range(len(texts)), key=lambda row: lengths[row], reverse=True):
        if batch and (len(batch) + 1) * lengths[batch[0]] > TOKENS:
            yield batch
            batch = []
        batch.append(row)
    yield batch


def _pooled(states: Sequence[Tensor], mask: Tensor, pool: str) -> Tensor:
    return torch.stack([_pool(layer, mask, pool) for layer in states])


def _pool(states: Tensor, mask: Tensor, pool: str) -> Tensor:
    """One vector for each text `[batch, d]`; padding is on the right."""
    if pool == "first":
        return states[:, 0]
    if pool == "last":
        return states[torch.arange(len(states)), mask.sum(1) - 1]
    real = mask.bool().unsqueeze(2)
    if pool == "max":
        return states.masked_fill(~real, -torch.inf).amax(1)
    return (states * real).sum(1) / mask.sum(1, keepdim=True)
