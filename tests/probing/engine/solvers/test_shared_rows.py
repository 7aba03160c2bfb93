"""Permutations on the same rows fit in units of their own as they do in shared ones."""

from __future__ import annotations

import numpy as np
import pytest

from probing.engine.classifiers import load
from probing.engine.solvers.penalised import shared_rows
from probing.engine.solvers.rows import memory_budget
from probing.engine.solvers.rows.design import HeldDesign, StreamedDesign
from probing.spec import ClassifierSpec
from tests.support.solver_cases import block, features, fits, labelling


@pytest.mark.parametrize(("n", "kind"), [(100, HeldDesign), (400, StreamedDesign)])
@pytest.mark.parametrize("data", ["plain", "constant"])
def test_in_own_units_and_in_shared_ones(
    monkeypatch: pytest.MonkeyPatch, n: int, kind: type, data: str
) -> None:
    if kind is StreamedDesign:
        monkeypatch.setattr(memory_budget, "_CPU_BYTES", 400 * 13 * 8 * 2)
    rng = np.random.default_rng(0)
    targets = rng.integers(0, 3, n)
    labels = [labelling(one, 2, val_size=0) for one in (targets, rng.permutation(targets))]
    labels[1] = type(labels[1])("", 1, labels[1].targets, labels[0].folds, labels[0].inner, 0)
    one = block(features(data, targets, 0), *labels)
    made = []
    in_units = shared_rows.Design.in_units

    def told(basis, unit):  # type: ignore[no-untyped-def]
        made.append(in_units(basis, unit))
        return made[-1]

    monkeypatch.setattr(shared_rows.Design, "in_units", told)
    classifier = load(ClassifierSpec("LogisticRegression"))
    own = {(fit.labelling_at, fit.fold): fit for fit in fits(classifier.fit(one))}
    assert len(own) == 4 and len(made) >= 2
    assert all(isinstance(design, kind) for design in made)
    monkeypatch.setattr(shared_rows, "_pays", lambda basis, n_problems: False)
    n_made = len(made)
    for fit in fits(classifier.fit(one)):
        other = own[fit.labelling_at, fit.fold]
        assert (fit.chosen["C"], fit.flags) == (other.chosen["C"], other.flags)
        np.testing.assert_allclose(fit.test_scores, other.test_scores, rtol=1e-5, atol=1e-6)
    assert len(made) == n_made
