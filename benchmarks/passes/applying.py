"""Subject `apply`: saved probes on new texts, beside the pass that they need anyway."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.passes.bare_pass import bare_equals
from benchmarks.passes.standin import random_texts, save_standin
from benchmarks.sizes import Sizes
from benchmarks.table import Row, against
from benchmarks.targets import Goal
from benchmarks.timing import Contender, Done, in_turn
from probing import LMModel, PoolerSpec
from probing.engine.applying.score_sink import ScoreSink
from probing.engine.classifiers.heads import SideBySide
from probing.engine.classifiers.heads.linear import LinearHead
from probing.engine.extraction import extract

MANY = 100
ONE, OF_ONE_PLACE, OF_ALL_LAYERS = "one probe", f"{MANY} probes of a layer", f"{MANY} of all layers"
TOKENS, BARE = "one probe, of every token", "floor: bare forward, equal lengths"
GOALS = (Goal(BARE, ONE, 0.9), Goal(OF_ONE_PLACE, ONE, 1.05, is_least=False))


def apply_rows(sizes: Sizes, device: str) -> Iterator[list[Row]]:
    """The table of linear probes on a model of the GPT-2 shape."""
    size, texts = sizes.model, random_texts(sizes.pass_texts, sizes.model)
    with tempfile.TemporaryDirectory() as folder:
        save_standin(Path(folder), size)
        model = LMModel(folder, device, dtype="float32")
        last = [size.n_blocks] * MANY
        spread = [at % (size.n_blocks + 1) for at in range(MANY)]
        timed = in_turn(
            [
                Contender(ONE, lambda: _scored(model, texts, last[:1])),
                Contender(OF_ONE_PLACE, lambda: _scored(model, texts, last)),
                Contender(OF_ALL_LAYERS, lambda: _scored(model, texts, spread)),
                Contender(TOKENS, lambda: _scored(model, texts, last[:1], pool="tokens")),
                Contender(BARE, lambda: bare_equals(model, texts)),
            ],
            sizes.repeats,
        )
    n_tokens = sum(len(text.split()) for text in texts)
    title = f"{size.n_blocks} blocks of {size.width}; {len(texts):,} texts, {n_tokens:,} tokens"
    rows = []
    for one in timed:
        middle = sorted(one.seconds)[len(one.seconds) // 2]
        note = f"{n_tokens / middle:,.0f} tokens/s"
        rows.append(Row("apply", title, one.contender.name, tuple(one.seconds), note=note))
    yield against(rows, ONE, GOALS)


def _scored(
    model: LMModel, texts: Sequence[str], layers: Sequence[int], pool: str = "mean"
) -> Done[None]:
    """A probe for each of `layers`, in one pass."""
    draw = np.random.default_rng(0)
    own: dict[PoolerSpec, list[LinearHead]] = {}
    for layer in layers:
        head = LinearHead(draw.normal(size=(1, model.d_model)), np.zeros(1))
        own.setdefault(PoolerSpec(pool, layer=layer), []).append(head)
    heads = {spec: SideBySide(each, [1] * len(each)) for spec, each in own.items()}
    began = time.perf_counter()
    extract(model, texts, list(heads), sink=ScoreSink(heads))
    return Done(None, time.perf_counter() - began)
