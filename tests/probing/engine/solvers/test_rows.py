"""Rows that are brought some at a time: the same numbers, in little memory."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from probing.engine.blocks import Block, FoldFit
from probing.engine.classifiers import load
from probing.engine.solvers.rows.scaling import standardised, subset_moments
from probing.engine.solvers.rows.streamed_rows import Rows
from probing.plan.costs.device_memory import HELD_BYTES
from probing.registry import CLASSIFIERS
from probing.spec import ClassifierSpec
from tests.support.solver_cases import block, features, is_usual, labelling

ENTRIES = [
    (entry.name, task) for entry in CLASSIFIERS.values() for task in entry.tasks if is_usual(entry)
]
# both scales for the first task of each, one for its others
CASES = [
    (name, task, scale)
    for name, task in ENTRIES
    for scale in ("standard", "none")
    if task == CLASSIFIERS[name].tasks[0] or (task == "regression") == (scale == "none")
]
# each step and strength reads all pieces: a few say what many would
FEW: dict[str, dict[str, float]] = {
    "SparseLogistic": {"Cs": 2},
    "SingleLayer": {"max_epoch": 4, "batch_size": 16},
    "MLP": {"max_epoch": 4, "batch_size": 16},
}
N = 60


@pytest.fixture
def streamed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is held, and a piece has seven rows of eight features."""
    monkeypatch.setattr("probing.engine.solvers.rows.memory_budget._CPU_BYTES", 4000)
    monkeypatch.setattr("probing.engine.solvers.rows.streamed_rows._PIECE_BYTES", 8 * 8 * 7)


def data(task: str, scale: str) -> Block:
    n_classes = {"binary": 2, "multiclass": 3, "regression": 2}[task]
    targets = np.arange(N) % n_classes
    X = features("plain", targets, 1)[:, :8]
    X = 30 * X[:, :1] + X + 5
    if task == "regression":
        targets = X[:, 1] + np.random.default_rng(0).standard_normal(N)
    return block(X, labelling(targets, 2, n_inner=2), scale=scale)


def fits(name: str, one: Block, **parameters: float) -> dict[int, FoldFit]:
    found = load(ClassifierSpec(name, parameters)).fit(one)
    return {fit.fold: fit for fit in found if isinstance(fit, FoldFit)}


@pytest.mark.parametrize(("name", "task", "scale"), CASES)
def test_streamed_rows_give_the_same_fits(
    name: str, task: str, scale: str, request: pytest.FixtureRequest
) -> None:
    one = data(task, scale)
    held = fits(name, one, **FEW.get(name, {}))
    request.getfixturevalue("streamed")
    assert len(held) == 2
    for fold, fit in fits(name, one, **FEW.get(name, {})).items():
        expected = held[fold]
        wanted = expected.test_scores
        np.testing.assert_allclose(fit.test_scores, wanted, atol=2e-6 * np.abs(wanted).max())
        if expected.held_out is not None and fit.held_out is not None:
            wanted = expected.held_out.scores
            np.testing.assert_allclose(
                fit.held_out.scores, wanted, atol=1e-3 * np.abs(wanted).max()
            )
        assert fit.flags == expected.flags
        named = {"gradient_norm", "violation"}
        assert {k: v for k, v in fit.chosen.items() if k not in named} == {
            k: v for k, v in expected.chosen.items() if k not in named
        }


@pytest.mark.parametrize("alpha", [1e-3, 10.0])
@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_ridge_of_a_given_strength(alpha: float, task: str, request: pytest.FixtureRequest) -> None:
    one = data(task, "standard")
    held = fits("Ridge", one, alpha=alpha)
    request.getfixturevalue("streamed")
    for fold, fit in fits("Ridge", one, alpha=alpha).items():
        np.testing.assert_allclose(fit.test_scores, held[fold].test_scores, atol=1e-8)


@pytest.mark.parametrize("level", [0.0, 5.0, 1e4])
def test_a_constant_column_changes_nothing(level: float, streamed: None) -> None:
    one = data("binary", "none")
    constant = torch.full_like(one.features[..., :1], level)
    more = replace(one, features=torch.cat([one.features, constant], 3))
    alone = fits("LogisticRegression", one, C=1e3)
    for fold, fit in fits("LogisticRegression", more, C=1e3).items():
        np.testing.assert_allclose(fit.test_scores, alone[fold].test_scores, atol=1e-6)
        assert fit.flags == alone[fold].flags


def test_pieces_cover_all_rows_once(streamed: None) -> None:
    source = torch.randn(100, 8, generator=torch.Generator().manual_seed(0))
    centre, unit = torch.arange(8.0).double(), torch.arange(1.0, 9.0).double()
    rows = Rows(source).about(centre, unit).about(unit, centre + 1)
    assert not rows.is_held
    expected = ((source.double() - centre) / unit - unit) / (centre + 1)
    found = [(at, piece.clone()) for at, piece in rows.pieces()]
    assert [at.stop - at.start for at, _ in found] == [7] * 14 + [2]
    assert torch.allclose(torch.cat([piece for _, piece in found]), expected, atol=1e-14)
    mask = torch.arange(100) % 3 == 0
    chosen = list(rows.chosen(mask))
    assert torch.equal(torch.cat([at for at, _ in chosen]), torch.nonzero(mask).squeeze(1))
    assert torch.allclose(torch.cat([piece for _, piece in chosen]), expected[mask], atol=1e-14)
    assert torch.allclose(rows.of(mask), expected[mask], atol=1e-14)
    singles = torch.cat([piece.clone() for _, piece in rows.pieces(torch.float32)])
    assert singles.dtype == torch.float32 and torch.allclose(singles.double(), expected, atol=1e-5)


def test_moments_of_streamed_rows_keep_their_digits(streamed: None) -> None:
    rng = np.random.default_rng(0)
    source = torch.from_numpy(rng.standard_normal((200, 8)) + 1e6)
    rows = standardised(Rows(source), scaled=True)
    masks = torch.from_numpy(rng.random((3, 200)) < 0.5)
    moments = subset_moments(rows, masks)
    exact = (source - source.mean(0)) / source.std(0, correction=0)
    for at, mask in enumerate(masks):
        assert torch.allclose(moments.mean[at], exact[mask].mean(0), atol=1e-9)
        assert torch.allclose(moments.variance[at], exact[mask].var(0, correction=0), atol=1e-9)


def test_what_is_held_is_what_a_plan_counts() -> None:
    largest = torch.empty(HELD_BYTES // 32, 8)
    assert Rows(largest).is_held
    assert not Rows(torch.empty(len(largest) + 1, 8)).is_held


def test_a_source_is_not_written_to() -> None:
    source = torch.ones(5, 3, dtype=torch.float64)
    rows = Rows(source).about(torch.zeros(3).double(), torch.full((3,), 2.0).double())
    assert torch.equal(rows.whole, torch.full((5, 3), 0.5).double())
    assert torch.equal(source, torch.ones(5, 3).double())
