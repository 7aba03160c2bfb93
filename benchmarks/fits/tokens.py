"""Probes that look at every token, beside the network of the same size on the mean of tokens."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch

from benchmarks.fits.activations import block_of, one_layer
from benchmarks.shapes import Shape
from benchmarks.sizes import Sizes
from benchmarks.table import Row, against
from benchmarks.targets import POOLED, token_goals
from benchmarks.timing import Contender, Done, in_turn
from probing.engine.blocks import Block, FoldFit
from probing.engine.classifiers.builtin.network import SingleLayer
from probing.engine.classifiers.builtin.tokens.probes import AttentionProbe, TokenScores
from probing.engine.token_rows import TokenRows

SHORTEST, LONGEST = 6, 26  # tokens of a text


def token_rows(sizes: Sizes, device: str) -> Iterable[list[Row]]:
    """One layer, all folds; everyone trains for the same number of epochs."""
    shape = replace(sizes.networks, n_layers=1)
    of_tokens, pooled = _blocks(shape, device)
    limits: dict[str, Any] = {"max_epoch": sizes.epochs, "patience": 10**6}
    work = [
        (POOLED, SingleLayer(**limits), pooled),
        ("AttentionProbe", AttentionProbe(**limits), of_tokens),
        ("AttentionProbe of 4 heads", AttentionProbe(heads=4, **limits), of_tokens),
        ("TokenScores by mean", TokenScores(by="mean", **limits), of_tokens),
        ("TokenScores by max", TokenScores(by="max", **limits), of_tokens),
    ]
    contenders = [Contender(who, partial(_fitted, one, block)) for who, one, block in work]
    timed = in_turn(contenders, sizes.repeats)
    n_tokens = int(of_tokens.tokens[0].lengths.sum())
    title = f"{n_tokens:,} tokens, {sizes.epochs} epochs; {shape.label}; scaled inside the folds"
    rows = [
        Row("tokens", title, one.contender.name, tuple(one.seconds),
            agreement=f"mean accuracy {one.result:.3f}")
        for one in timed
    ]  # fmt: skip
    yield against(rows, POOLED, token_goals() if device == "cpu" else ())


def _blocks(shape: Shape, device: str) -> tuple[Block, Block]:
    """Tokens around the vector of their text, and the mean of each text's tokens."""
    vectors, targets = one_layer(shape, 0)
    rng = np.random.default_rng(1)
    lengths = rng.integers(SHORTEST, LONGEST + 1, shape.n)
    noise = rng.standard_normal((int(lengths.sum()), shape.d), dtype=np.float32)
    tokens = np.repeat(vectors, lengths, axis=0) + noise * vectors.std()
    rows = TokenRows.one_after_another(tokens, lengths)
    means = (np.add.reduceat(tokens, rows.starts) / lengths[:, None]).astype(np.float32)
    pooled = block_of(means[None], targets, shape, scale="standard", device=device, val_size=0.1)
    stand_in = torch.zeros(1).expand(1, shape.n, 1, shape.d)
    return replace(pooled, features=stand_in, tokens=(rows,)), pooled


def _fitted(classifier: Any, block: Block) -> Done[float]:
    began = time.perf_counter()
    fits = list(classifier.fit(block))
    seconds = time.perf_counter() - began
    labelling, right = block.labellings[0], []
    for fit in fits:
        assert isinstance(fit, FoldFit)
        truth = labelling.targets[labelling.folds[fit.fold].test]
        right.append(float(np.mean(fit.decision == truth)))
    return Done(float(np.mean(right)), seconds)
