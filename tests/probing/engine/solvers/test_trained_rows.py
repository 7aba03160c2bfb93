"""A training that is solved alone, over its own rows, has the fit that it has beside others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from probing.engine.classifiers import load
from probing.engine.solvers.penalised import shared_rows
from probing.engine.solvers.rows import memory_budget
from probing.engine.solvers.rows.design import HeldDesign, StreamedDesign
from probing.spec import ClassifierSpec
from tests.support.solver_cases import block, features, fits, labelling


def alone(basis: Any, n_trainings: int, n_problems: int) -> Iterator[slice]:
    return (slice(at, at + 1) for at in range(n_trainings))


@pytest.mark.parametrize("scale", ["standard", "none"])
@pytest.mark.parametrize(
    ("name", "n_classes", "repeats", "kind"),
    [("LogisticRegression", 3, 1, HeldDesign), ("LogisticRegression", 2, 4, StreamedDesign)],
)
def test_alone_and_beside_others(
    monkeypatch: pytest.MonkeyPatch, name: str, n_classes: int, repeats: int, kind: type, scale: str
) -> None:
    targets = np.random.default_rng(0).integers(0, n_classes, 100 * repeats)
    one = block(features("plain", targets, 0), labelling(targets, 2, val_size=0), scale=scale)
    beside = {fit.fold: fit for fit in fits(load(ClassifierSpec(name)).fit(one))}
    designs = []

    def needed(design, sets):  # type: ignore[no-untyped-def]
        designs.append(design)
        return rows_needed(design, sets)

    rows_needed = shared_rows._rows_needed
    monkeypatch.setattr(shared_rows, "training_blocks", alone)
    monkeypatch.setattr(shared_rows, "_rows_needed", needed)
    if kind is StreamedDesign:
        monkeypatch.setattr(memory_budget, "_CPU_BYTES", 400 * 13 * 8 * 2)
    for fit in fits(load(ClassifierSpec(name)).fit(one)):
        assert fit.chosen["C"] == beside[fit.fold].chosen["C"]
        assert fit.flags == beside[fit.fold].flags
        close = {"rtol": 1e-5, "atol": 1e-6}
        np.testing.assert_allclose(fit.test_scores, beside[fit.fold].test_scores, **close)
        if fit.held_out is not None:
            expected = beside[fit.fold].held_out
            assert expected is not None
            np.testing.assert_array_equal(fit.held_out.texts, expected.texts)
            np.testing.assert_allclose(fit.held_out.scores, expected.scores, rtol=1e-3, atol=1e-4)
    assert designs and all(isinstance(design, kind) for design in designs)


@pytest.mark.parametrize("far", [30.0, 1e4])
@pytest.mark.parametrize("scale", ["standard", "none"])
def test_rows_that_are_left_out_do_not_steer(
    monkeypatch: pytest.MonkeyPatch, scale: str, far: float
) -> None:
    monkeypatch.setattr(shared_rows, "training_blocks", alone)
    targets = np.random.default_rng(0).integers(0, 3, 150)
    X, label = features("plain", targets, 0), labelling(targets, 3, val_size=0)
    test = label.folds[0].test
    spoilt = X.copy()
    spoilt[test[1:]] *= far
    before, after = (
        next(
            fit
            for fit in fits(
                load(ClassifierSpec("LogisticRegression")).fit(block(some, label, scale=scale))
            )
            if fit.fold == 0
        )
        for some in (X, spoilt)
    )
    assert (after.chosen["C"], after.flags) == (before.chosen["C"], before.flags)
    np.testing.assert_allclose(after.test_scores[:1], before.test_scores[:1], rtol=1e-5)
