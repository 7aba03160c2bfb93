"""Probes of tokens: what they learn, that folds learn alone, and how much is read at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from probing.engine.blocks import Block, FoldFailure, FoldFit
from probing.engine.classifiers.builtin.tokens.probes import AttentionProbe, TokenScores
from probing.engine.controls.random_direction import RandomDirection, directions
from probing.engine.solvers.networks import token_training
from probing.engine.splits import Labelling, make_folds, seed_of
from probing.engine.token_rows import JoinedTokens, TokenRows
from probing.errors import CellError

N, D = 240, 6
PROBES = [AttentionProbe(heads=2, max_epoch=4), TokenScores(by="rolling", window=2, max_epoch=4)]


def block(task: str = "binary", **changes: Any) -> Block:
    """Texts of 2 to 9 tokens, of which one tells the target: where another feature is high."""
    rng = np.random.default_rng(3)
    lengths = rng.integers(2, 10, N)
    values = rng.normal(size=(lengths.sum(), D)).astype(np.float32)
    rows = TokenRows.one_after_another(values, lengths)
    signal = rng.normal(size=N)
    told = rows.starts + rng.integers(0, lengths)
    values[told, 0], values[told, 1] = 6, 3 * signal
    targets: Any = (signal > 0).astype(np.int64)
    if task == "multiclass":
        targets = np.digitize(signal, [-0.5, 0.5]).astype(np.int64)
    elif task == "regression":
        targets = 100 + 10 * signal
    folds = make_folds(targets, np.arange(N), task, n_folds=3)
    inner = tuple(np.zeros(len(fold.whole.train), dtype=np.int8) for fold in folds)
    labelling = Labelling("", 0, targets, folds, inner, 17)
    n_classes = {"binary": 2, "multiclass": 3, "regression": 0}[task]
    stand_in = torch.zeros(1).expand(1, N, 1, D)
    made = Block(
        stand_in,
        (labelling,),
        np.arange(N),
        task,
        n_classes,
        "standard",
        tokens=(rows,),  # type: ignore[arg-type]
    )
    return replace(made, **changes)


def fits(probe: Any, given: Block) -> list[FoldFit]:
    found = sorted(probe.fit(given), key=lambda one: one.fold)
    assert all(isinstance(one, FoldFit) for one in found)
    return found


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_attention_finds_the_token_that_tells(task: str) -> None:
    given = block(task)
    targets = given.labellings[0].targets
    for fit in fits(AttentionProbe(learning_rate=0.05, max_epoch=60), given):
        fold = given.labellings[0].folds[fit.fold]
        own = targets[fold.test]
        if task == "regression":
            assert np.corrcoef(fit.test_scores, own)[0, 1] > 0.9
            continue
        assert fit.decision is not None and (fit.decision == own).mean() > 0.75
        assert fit.probabilities is not None and fit.probabilities.shape == fit.test_scores.shape
        assert fit.n_params == 2 * D + 2 if task == "binary" else 4 * D + 4
        assert 1 <= fit.chosen["epoch"] <= 60


def test_the_mean_misses_it() -> None:
    given = block()
    for fit in fits(TokenScores(by="mean", learning_rate=0.05), given):
        own = given.labellings[0].targets[given.labellings[0].folds[fit.fold].test]
        assert fit.decision is not None and (fit.decision == own).mean() < 0.9


@pytest.mark.parametrize("probe", PROBES)
def test_a_fold_learns_what_it_learns_alone(probe: Any) -> None:
    given = block()
    labelling = given.labellings[0]
    together = fits(probe, given)
    for at in range(2):
        # the order of texts is that of all that are trained on, as in the run
        others = replace(labelling, targets=labelling.targets[::-1].copy())
        (alone, *_) = [
            one
            for one in probe.fit(replace(given, labellings=(labelling, others)))
            if isinstance(one, FoldFit) and (one.labelling_at, one.fold) == (0, at)
        ]
        own = together[at].test_scores
        np.testing.assert_allclose(alone.test_scores, own, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("by", ["mean", "max", "softmax", "multimax", "rolling", "last", "ema"])
def test_no_more_is_read_at_once_than_is_worked_on(
    by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    probe, given = TokenScores(by=by, max_epoch=3), block()
    whole = fits(probe, given)
    read: list[int] = []
    before = TokenRows.read

    def counted(self: TokenRows, texts: Any) -> Any:
        found = before(self, texts)
        read.append(len(found[0]))
        return found

    monkeypatch.setattr(TokenRows, "read", counted)
    monkeypatch.setattr(token_training, "PIECE_BYTES", 4 * D * 20)
    parts = fits(probe, given)
    assert max(read) <= 20 + 9 and len(read) > 100
    for one, other in zip(whole, parts, strict=True):
        np.testing.assert_allclose(one.test_scores, other.test_scores, rtol=1e-3, atol=1e-4)


def test_scaling_is_that_of_the_tokens_of_the_training_texts() -> None:
    given = block()
    (rows,) = given.tokens
    fold = given.labellings[0].folds[0]
    reader = token_training.TokenReader(rows, "cpu")
    training = torch.zeros(1, N, dtype=torch.bool)
    training[0, torch.from_numpy(fold.train)] = True
    mean, deviation = reader.moments(training)
    own = torch.cat([rows.read(np.array([at]))[0] for at in fold.train]).double()
    torch.testing.assert_close(mean[0].double(), own.mean(0), atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(
        deviation[0].double(), own.std(0, unbiased=False), atol=1e-6, rtol=1e-5
    )
    moved = replace(given, tokens=(replace(rows, values=rows.values * 7 - 3),))
    for one, other in zip(
        *(fits(AttentionProbe(max_epoch=2), each) for each in (given, moved)), strict=True
    ):
        np.testing.assert_allclose(one.test_scores, other.test_scores, rtol=1e-3, atol=1e-4)


def test_what_cannot_be_fitted_is_told() -> None:
    given = block()
    with pytest.raises(CellError, match='use pool = "tokens"'):
        list(AttentionProbe().fit(replace(given, tokens=())))
    (rows,) = given.tokens
    broken = rows.values.copy()
    broken[5, 2] = np.nan
    with pytest.raises(CellError, match="NaN or infinity"):
        list(AttentionProbe().fit(replace(given, tokens=(replace(rows, values=broken),))))
    labelling = given.labellings[0]
    targets = labelling.targets.copy()
    targets[labelling.folds[0].train] = 0
    lone = replace(given, labellings=(replace(labelling, targets=targets),))
    (failed, *_) = [
        one for one in AttentionProbe(max_epoch=1).fit(lone) if isinstance(one, FoldFailure)
    ]
    assert failed.reason == "class 1 has no training texts; at least 2 are needed"


def test_epochs_are_logged_where_they_are_asked_for() -> None:
    given = block(logs_training=True)
    for fit in fits(AttentionProbe(max_epoch=3, patience=3000), given):
        assert fit.training is not None
        assert fit.training.names == ("weight", "bias", "position")
        assert fit.training.values.shape == (3, 2 + 2 * 3)
        assert np.isfinite(fit.training.values).all()
        loss, held_out = fit.training.values[:, 0], fit.training.values[:, 1]
        assert loss[-1] < loss[0] and held_out.argmin() + 1 == fit.chosen["epoch"]
    assert all(fit.training is None for fit in fits(AttentionProbe(max_epoch=1), block()))


def test_tokens_of_several_datasets_are_read_as_those_of_one() -> None:
    (rows,) = block().tokens
    cuts = np.split(np.arange(N), [50, 51, 130])
    joined = JoinedTokens.one_after_another([rows.of(cut) for cut in cuts])
    assert len(joined) == N and joined.width == D
    assert (joined.lengths == rows.lengths).all()
    texts = np.random.default_rng(0).permutation(N)[:90]
    for found, expected in zip(joined.read(texts), rows.read(texts), strict=True):
        assert torch.equal(found, expected)
    for found, expected in zip(
        joined.of(texts).read(np.arange(9)), rows.read(texts[:9]), strict=True
    ):
        assert torch.equal(found, expected)


@pytest.mark.parametrize("scale", ["standard", "none"])
def test_along_a_random_direction_it_sees_one_number_of_each_token(scale: str) -> None:
    given, probe = block(scale=scale), TokenScores(by="max", max_epoch=4)
    (labelling,) = given.labellings
    rows = given.tokens[0]
    found = {fit.fold: fit for fit in RandomDirection(probe).fit(given)}
    axes = directions(labelling, D)
    for at, fold in enumerate(labelling.folds):
        values, _ = rows.read(fold.train)
        own = values.numpy().std(axis=0) if scale == "standard" else np.ones(D)
        seen = (rows.values @ (axes[:, at] / own)).astype(np.float32)[:, None]
        along = TokenRows(seen, rows.starts, rows.lengths)
        seed = seed_of(labelling.seed, "random_direction", at)
        alone = replace(labelling, folds=(fold,), inner=(labelling.inner[at],), seed=seed)
        (expected,) = fits(probe, replace(given, tokens=(along,), labellings=(alone,)))
        assert isinstance(found[at], FoldFit) and found[at].n_params == 2
        np.testing.assert_allclose(found[at].test_scores, expected.test_scores, atol=1e-4)
