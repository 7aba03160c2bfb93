"""Subject `pass`: four poolers at every layer, from as few forward passes as anyone needs."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks.passes.bare_pass import bare_equals, bare_rows
from benchmarks.passes.plain_pass import POOLS, PlainModel, original_pass, single_pass
from benchmarks.passes.standin import random_texts, save_standin
from benchmarks.shapes import ModelSize
from benchmarks.sizes import Sizes
from benchmarks.table import Row, against
from benchmarks.targets import pass_goals
from benchmarks.timing import Contender, Done, Timed, in_turn
from probing import LMModel, PoolerSpec
from probing.engine.extraction import extract

OURS = f"ours, {len(POOLS)} poolers"
ONE = "ours, one pooler"
WORDS = "ours, one pooler, a row for each word"
PLAIN = "one plain pass"
COMPARED = 256
Pooled = dict[str, Tensor]


def pass_rows(sizes: Sizes, device: str, dtype: str, *, llama_8b: bool) -> Iterator[list[Row]]:
    """The pass of the GPT-2 shape, and of the 8B Llama shape where that is asked for."""
    yield _model_rows(sizes.model, sizes.pass_texts, sizes, device, dtype)
    if llama_8b:
        half = "bfloat16" if dtype == "auto" else dtype
        yield _model_rows(sizes.llama, sizes.llama_texts, sizes, device, half)


def _model_rows(size: ModelSize, n_texts: int, sizes: Sizes, device: str, dtype: str) -> list[Row]:
    dtype = "float32" if dtype == "auto" else dtype
    texts = random_texts(n_texts, size)
    with tempfile.TemporaryDirectory() as folder:
        save_standin(Path(folder), size, device, dtype)
        timed = in_turn(
            _contenders(Path(folder), texts, sizes.limit_s, device, dtype), sizes.repeats
        )
    n_tokens = sum(len(text.split()) for text in texts)
    title = (
        f"{size.family} shape, {size.n_blocks} blocks of {size.width}; {n_texts:,} texts, "
        f"{n_tokens:,} tokens; {dtype}"
    )
    rows = [_row(one, title, n_tokens, timed) for one in timed]
    return against(rows, OURS, pass_goals(OURS, ONE, WORDS, device))


def _contenders(
    folder: Path, texts: Sequence[str], limit_s: float, device: str, dtype: str
) -> list[Contender[Any]]:
    ours = LMModel(str(folder), device, dtype=dtype)
    plain = PlainModel(folder, device, dtype, head=False)
    headed = PlainModel(folder, device, dtype, head=True)
    contenders: list[Contender[Any]] = [
        Contender(OURS, lambda: _extracted(ours, texts, POOLS)),
        Contender(ONE, lambda: _extracted(ours, texts, POOLS[1:2])),
        Contender(WORDS, lambda: _of_words(ours, texts), "as many vectors as tokens are kept"),
        Contender(
            "the original's way",
            lambda: _few(original_pass(headed, texts, POOLS, limit_s)),
            "a pass for each pooler, head and all hidden states, texts in their order",
        ),
        Contender(
            PLAIN,
            lambda: _few(single_pass(plain, texts, POOLS)),
            "no head, sorted batches, hidden states returned",
        ),
        Contender("floor: bare forward, rows of one length", lambda: bare_rows(ours, texts)),
        Contender("floor: bare forward, equal lengths", lambda: bare_equals(ours, texts)),
    ]
    if dtype == "float32" and has_bfloat16(device):
        half = LMModel(str(folder), device, dtype="bfloat16")
        contenders.insert(2, Contender(f"{OURS}, bfloat16", lambda: _extracted(half, texts, POOLS)))
    return contenders


def has_bfloat16(device: str) -> bool:
    """Whether the device multiplies in bfloat16 itself."""
    if device.startswith("cuda"):
        return torch.cuda.is_bf16_supported()
    return "amx_bf16" in _flags() or "avx512_bf16" in _flags()


def _flags() -> str:
    try:
        return Path("/proc/cpuinfo").read_text()
    except OSError:
        return ""


def _extracted(model: LMModel, texts: Sequence[str], pools: Sequence[str]) -> Done[Pooled]:
    specs = {pool: PoolerSpec(pool=pool) for pool in pools}
    began = time.perf_counter()
    features = extract(model, texts, list(specs.values())).features
    seconds = time.perf_counter() - began
    pooled = {pool: features[spec][:, :COMPARED, 0].clone() for pool, spec in specs.items()}
    return Done(pooled, seconds)


def _of_words(model: LMModel, texts: Sequence[str]) -> Done[Pooled]:
    """One vector for each word, none of which is compared: they are those of single tokens."""
    places = [(text, match.span()) for text in texts for match in re.finditer(r"\S+", text)]
    spans = np.array([place for _, place in places])[:, None]
    began = time.perf_counter()
    extract(model, [text for text, _ in places], [PoolerSpec(pool=POOLS[1])], spans=spans)
    return Done({}, time.perf_counter() - began)


def _few(done: Done[Pooled]) -> Done[Pooled]:
    """As many texts as are compared: results of all contenders are kept."""
    pooled = {pool: features[:, :COMPARED].clone() for pool, features in done.result.items()}
    return Done(pooled, done.seconds, done.share)


def _row(one: Timed[Any], title: str, n_tokens: int, timed: Sequence[Timed[Any]]) -> Row:
    name = one.contender.name
    results = {each.contender.name: each.result for each in timed}
    agreement = _agreement(results[PLAIN], one.result) if one.result else ""
    rate = f"{n_tokens / sorted(one.seconds)[len(one.seconds) // 2]:,.0f} tokens/s"
    note = "; ".join(filter(None, (rate, one.note)))
    return Row("pass", title, name, tuple(one.seconds), agreement=agreement, note=note)


def _agreement(reference: Any, pooled: Pooled) -> str:
    """The largest difference from the plain pass, in deviations of each layer's features."""
    distances = []
    for pool, features in pooled.items():
        known = reference[pool][:, : features.shape[1]]
        distances.append((known - features).flatten(1).abs().amax(1) / known.flatten(1).std(1))
    return f"features within {float(torch.stack(distances).max()):.1g}"
