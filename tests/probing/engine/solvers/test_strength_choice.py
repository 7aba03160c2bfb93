"""The race of strengths ends with the choice that exact solutions of all strengths make."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from probing.engine.classifiers import load
from probing.engine.solvers.penalised import fit as penalised_fit
from probing.engine.solvers.penalised.race_rounds import EXACT
from probing.engine.solvers.penalised.strength_choice import Choice, choose_strength
from probing.spec import ClassifierSpec
from tests.support.solver_cases import KINDS, block, class_targets, features, labelling

Choices = list[tuple[Choice, Choice]]
# every pair of classifier, kind and scale; of wide features each with each
CASES = [
    (name, n_classes, kind, scale)
    for at, kind in enumerate(KINDS)
    for scale in ("standard", "none")
    for name, n_classes in (("LogisticRegression", 3), ("LinearSVM", 2))
    if kind == "wide" or (at % 2 == 0) == ((name == "LinearSVM") == (scale == "none"))
]


@pytest.fixture
def choices(monkeypatch: pytest.MonkeyPatch) -> Choices:
    """Every choice that fits make, and that of the last round alone."""
    made: Choices = []

    def both(*given: Any, **options: Any) -> Choice:
        raced = choose_strength(*given, **options)
        made.append((raced, choose_strength(*given, rounds=EXACT)))
        return raced

    monkeypatch.setattr(penalised_fit, "choose_strength", both)
    return made


@pytest.mark.parametrize(("name", "n_classes", "kind", "scale"), CASES)
def test_the_race_chooses_as_exact_solutions_do(
    choices: Choices, name: str, n_classes: int, kind: str, scale: str
) -> None:
    targets = class_targets(kind, n_classes, 5, n_each=30)
    permuted = np.random.default_rng(1).permutation(targets)
    X = features(kind, targets, 5)
    labels = labelling(targets, 2), labelling(permuted, 2)
    assert list(load(ClassifierSpec(name)).fit(block(X, *labels, scale=scale)))
    assert choices
    for raced, exact in choices:
        sure = raced.converged & exact.converged
        assert torch.equal(raced.strength[sure], exact.strength[sure])


def test_a_strength_at_which_single_precision_stalls_is_not_dropped(choices: Choices) -> None:
    rng = np.random.default_rng(1)
    targets = rng.integers(0, 8, 250)
    X = rng.standard_normal((250, 200)) + rng.standard_normal((8, 200))[targets] * 2
    labels = labelling(targets, 2)
    classifier = load(ClassifierSpec("LogisticRegression"))
    assert list(classifier.fit(block(X.astype(np.float32), labels, scale="none")))
    ((raced, exact),) = choices
    assert bool(exact.converged.all()) and exact.strength.tolist() == [9, 9]
    assert torch.equal(raced.strength, exact.strength)


def test_a_weak_penalty_whose_loss_has_far_to_go_is_not_dropped(choices: Choices) -> None:
    targets = class_targets("wide", 2, 40, n_each=30)
    classifier = load(ClassifierSpec("LogisticRegression"))
    assert list(classifier.fit(block(features("wide", targets, 40), labelling(targets, 2))))
    ((raced, exact),) = choices
    assert bool(exact.converged.all()) and exact.strength.tolist() == [8, 9]
    assert torch.equal(raced.strength, exact.strength)
