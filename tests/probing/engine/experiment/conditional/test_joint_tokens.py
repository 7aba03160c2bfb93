"""Probes of tokens beside a baseline are those of tokens that are put together by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from probing.engine.blocks import Block
from probing.engine.classifiers.builtin.tokens.probes import AttentionProbe
from probing.engine.experiment.block_fits import Fitting
from probing.engine.experiment.conditional.baselines import OfTexts, OfTokens, Piece
from probing.engine.experiment.conditional.beside import Beside
from probing.engine.experiment.conditional.beyond_baseline import METRIC, BeyondBaseline
from probing.engine.token_rows import TokenRows
from probing.plan import Cell
from tests.probing.engine.classifiers.test_token_probes import D, N, block, fits

PROBE = AttentionProbe(heads=2, max_epoch=3)


def rows(given: Block) -> TokenRows:
    (own,) = given.tokens
    assert isinstance(own, TokenRows)
    return own


def by_hand(given: Block, before: Any, **changes: Any) -> Block:
    """The block whose tokens have the features `before` in front of their own."""
    own = rows(given)
    values = np.concatenate([before, own.values], axis=1).astype(np.float32)
    return replace(given, tokens=(TokenRows(values, own.starts, own.lengths),), **changes)


def same(found: Any, expected: Any) -> None:
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one.test_scores, other.test_scores, atol=1e-5)


def test_what_is_known_of_a_text_stands_beside_each_of_its_tokens(tmp_path: Path) -> None:
    given = block()
    known = np.random.default_rng(0).normal(size=(N, 2)).astype(np.float32)
    beside = Beside(PROBE, OfTexts(lambda: torch.from_numpy(known)[:, None]), tmp_path)
    expected = by_hand(given, np.repeat(known, rows(given).lengths, axis=0))
    same(fits(beside, given), fits(PROBE, expected))


def test_tokens_of_another_layer_stand_beside_those_of_the_same_place(tmp_path: Path) -> None:
    given, own = block(), rows(block())
    other = np.random.default_rng(0).normal(size=(len(own.values), 3)).astype(np.float32)
    baseline = OfTokens(lambda: TokenRows(other, own.starts, own.lengths))
    same(fits(Beside(PROBE, baseline, tmp_path), given), fits(PROBE, by_hand(given, other)))


def test_where_the_baseline_has_its_scale_the_tokens_get_that_of_the_training_part(
    tmp_path: Path,
) -> None:
    given, own = block(), rows(block())
    (labelling,) = given.labellings
    known = np.random.default_rng(0).normal(size=(N, 2)).astype(np.float32)

    class Scaled:
        def pieces(self, one: Block) -> Iterator[Piece]:
            for at, fold in enumerate(labelling.folds):
                alone = replace(labelling, folds=(fold,), inner=(labelling.inner[at],))
                features = torch.from_numpy(known)[:, None]
                yield Piece((alone,), ((0, (at,)),), features, scaled=True)

    found = fits(Beside(PROBE, Scaled(), tmp_path), given)
    for at, fold in enumerate(labelling.folds):
        values, _ = own.read(fold.train)
        scaled = (own.values - values.numpy().mean(0)) / values.numpy().std(0)
        moved = replace(given, tokens=(TokenRows(scaled, own.starts, own.lengths),), scale="none")
        alone = replace(labelling, folds=(fold,), inner=(labelling.inner[at],))
        expected = by_hand(moved, np.repeat(known, own.lengths, axis=0), labellings=(alone,))
        same(found[at : at + 1], fits(PROBE, expected))


@pytest.mark.parametrize("informs", [True, False])
def test_a_layer_adds_what_its_tokens_tell(informs: bool, tmp_path: Path) -> None:
    given, own = block(), rows(block())
    noise = np.random.default_rng(0).normal(size=(len(own.values), D)).astype(np.float32)
    told, nothing = own, TokenRows(noise, own.starts, own.lengths)
    layer, baseline = (told, nothing) if informs else (nothing, told)
    given = replace(given, tokens=(layer,))
    cell = Cell("data", "binary", "model", "resid", "tokens", 1, "AttentionProbe", "")
    probe = AttentionProbe(learning_rate=0.05, max_epoch=30)
    one = Fitting(probe, given, {(0, ""): cell})
    beyond = BeyondBaseline(probe, OfTokens(lambda: baseline), tmp_path)
    bits = beyond.of(one, one.cells)[cell.id].values[METRIC]
    assert bits > 0.3 if informs else abs(bits) < 0.2
