"""The floor of the pass: the same tokens through the bare model, without any padding."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from itertools import groupby

import torch
from torch import Tensor

from benchmarks.machine import synchronise
from benchmarks.timing import Done
from probing.engine.models import LMModel

TOKENS = {"cpu": 1024, "cuda": 16384}


def bare_rows(model: LMModel, texts: Sequence[str]) -> Done[None]:
    """All tokens end to end, cut into rows of the mean length: full batches, nothing pooled."""
    tokens = model.tokenise(texts)
    length = max(1, round(len(tokens.ids) / len(tokens)))
    whole = len(tokens.ids) // length * length
    rows = tokens.ids[:whole].view(-1, length)
    batches = [*rows.split(max(1, _budget(model) // length)), tokens.ids[None, whole:]]
    return _timed(model, [batch for batch in batches if batch.numel()])


def bare_equals(model: LMModel, texts: Sequence[str]) -> Done[None]:
    """Texts of equal length together, whole: nothing pooled."""
    tokens = model.tokenise(texts)
    ids = tokens.ids.split(tokens.lengths.tolist())
    return _timed(model, list(_equal_batches(ids, _budget(model))))


def _equal_batches(ids: Sequence[Tensor], budget: int) -> Iterator[Tensor]:
    for length, alike in groupby(sorted(ids, key=len), key=len):
        yield from torch.stack(list(alike)).split(max(1, budget // length))


def _budget(model: LMModel) -> int:
    return TOKENS.get(model.device.type, TOKENS["cpu"])


@torch.inference_mode()
def _timed(model: LMModel, batches: Sequence[Tensor]) -> Done[None]:
    began = time.perf_counter()
    for batch in batches:
        model.body(input_ids=batch.long().to(model.device), use_cache=False)
    synchronise(str(model.device))
    return Done(None, time.perf_counter() - began)
