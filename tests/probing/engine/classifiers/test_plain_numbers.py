"""What a classifier answers is used as it is meant, or said to be of no use."""

from __future__ import annotations

import numpy as np
import pytest

from probing.engine.blocks import FoldFailure, FoldFit
from probing.engine.classifiers import Looped, SingleStepOpt
from probing.engine.classifiers.bases.plain_numbers import class_indices
from tests.support.blocks import block


class Answers:
    def __init__(self, answer):
        self.answer = answer

    def fit(self, X, y):
        return self

    def predict(self, X):
        return self.answer(len(X))


def fitted(answer, **more):
    class Probe(SingleStepOpt):
        def __init__(self, input_size):
            super().__init__()
            self.classifier = Answers(answer)

    for name, method in more.items():
        setattr(Probe, name, method)
    return list(Looped(Probe).fit(block("binary")))


def test_predictions_between_classes_are_scores_and_no_decision() -> None:
    assert class_indices([0.9, 0.0], "x") is None and class_indices([np.nan], "x") is None
    for one in fitted(lambda n: np.linspace(0.1, 0.9, n)):
        assert isinstance(one, FoldFit)
        assert one.test_scores.max() == 0.9
    probe = SingleStepOpt()
    probe.classifier = Answers(lambda n: np.full(n, 0.9))
    assert probe.decide([(np.zeros(2), 0), (np.zeros(2), 1)]) is None


def test_whole_predictions_are_the_decision() -> None:
    for one in fitted(lambda n: np.ones(n)):
        assert isinstance(one, FoldFit) and one.decision is not None and (one.decision == 1).all()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda n: np.full(n, 1 + 1j), "returned complex numbers"),
        (lambda n: np.array(["yes"] * n), "returned what is not numbers"),
    ],
)
def test_what_is_no_number_fails(answer, reason: str) -> None:
    made = fitted(answer)
    assert all(isinstance(one, FoldFailure) and reason in one.reason for one in made)


def test_a_decision_of_ones_own_is_not_cut_off() -> None:
    made = fitted(lambda n: np.ones(n), decide=lambda self, samples: np.full(len(samples), 0.9))
    assert all(isinstance(one, FoldFailure) and "class index" in one.reason for one in made)
