"""`SingleStepOpt`: a classifier fitted by one `fit` call, scikit-learn style."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from probing.engine.classifiers.bases.decisions import Decides, Scores
from probing.engine.classifiers.bases.feature_arrays import SampleSet, arrays
from probing.engine.classifiers.bases.plain_numbers import class_indices, real_numbers
from probing.engine.metrics import class_log_odds, log_odds
from probing.errors import CellError


class SingleStepOpt(Decides):
    """Fits `self.classifier`, which a subclass sets, with one `fit` on the training set.

    `n_steps` is the number of thresholds tried, at even quantiles of the validation scores;
    None tries all. `name` is what results call it. `discrete_targets` says that it needs class
    indices, so it cannot regress. A subclass that names `input_size`, `n_outputs`, `task`
    or `seed` in its constructor receives them.
    """

    kind: ClassVar[str] = "SingleStepOpt"
    name: str = ""
    classifier: Any = None
    discrete_targets: bool = False

    def __init__(self, n_steps: int | None = 20) -> None:
        self.n_steps = n_steps

    def fit(
        self,
        trainset: SampleSet,
        valset: SampleSet,
        pooler: Any = None,
        single_batch: bool = True,
        classification: bool = True,
    ) -> SingleStepOpt:
        """Fit on the whole of `trainset`, whose items are `(features, target)`.

        Features are pooled already and always one batch: `pooler` and `single_batch` are there
        for subclasses. `valset` is not used here; `set_thresholds` uses it.
        """
        if self.discrete_targets and not classification:
            raise CellError(
                f"{self.name or type(self).__name__} needs classes, but the targets are numbers",
                hint="set discrete_targets = False if it can regress",
            )
        self.classification_ = classification
        features, targets = arrays(trainset)
        self.n_classes_ = int(targets.max()) + 1 if classification and len(targets) else 0
        self.classifier.fit(features, targets)
        return self

    def forward(self, X: Any) -> Scores:
        """Scores of features `[n, d]`: `[n]`, or `[n, n_classes]` for more than two classes.

        The classifier's `decision_function`, else the log odds of its `predict_log_proba`, else
        those of its `predict_proba`, else what it predicts: of more than two classes 1 for that
        class and 0 for the others.
        """
        features = np.asarray(X, dtype=np.float64)
        if self.classification_:
            if hasattr(self.classifier, "decision_function"):
                return self._numbers(self.classifier.decision_function(features))
            if hasattr(self.classifier, "predict_log_proba"):
                return class_log_odds(self._numbers(self.classifier.predict_log_proba(features)))
            if hasattr(self.classifier, "predict_proba"):
                return log_odds(_own(self._numbers(self.classifier.predict_proba(features))))
        predicted = self.classifier.predict(features)
        if self.classification_ and self.n_classes_ > 2:
            return self._one_hot(class_indices(predicted, self._called))
        return self._numbers(predicted).reshape(len(features))

    def decide(self, testset: SampleSet) -> NDArray[np.int64] | None:
        """The class index of each item by the classifier's own rule; None where it has none."""
        if not self.classification_ or not hasattr(self.classifier, "predict"):
            return None
        return class_indices(self.classifier.predict(arrays(testset)[0]), self._called)

    def _one_hot(self, decided: NDArray[np.int64] | None) -> Scores:
        if decided is None:
            raise CellError(
                f"{self._called} predicts numbers that are no class",
                hint="with more than two classes it needs a score for each, or class indices",
            )
        return np.equal.outer(decided, np.arange(self.n_classes_)).astype(np.float64)

    def _numbers(self, values: Any) -> Scores:
        return real_numbers(values, self._called)

    @property
    def _called(self) -> str:
        return self.name or type(self.classifier).__name__

    def _probabilities(self, testset: SampleSet) -> Scores | None:
        """The classifier's `predict_proba`; not asked beside a `forward` of one's own."""
        is_plain = type(self).forward is SingleStepOpt.forward and self.classification_
        if is_plain and hasattr(self.classifier, "predict_proba"):
            return _own(self._numbers(self.classifier.predict_proba(arrays(testset)[0])))
        return super()._probabilities(testset)

    @property
    def n_params_(self) -> int:
        """The number of fitted coefficients, intercepts included; 0 where there are none."""
        last = self.classifier
        while hasattr(last, "steps"):
            last = last.steps[-1][1]
        found = [getattr(last, name, None) for name in _COEFFICIENTS]
        parts = [part for one in found if one is not None for part in _listed(one)]
        return sum(int(np.size(part)) for part in parts)

    def _scores(self, samples: SampleSet) -> Scores:
        return self.forward(arrays(samples)[0])


_COEFFICIENTS = ("coef_", "intercept_", "coefs_", "intercepts_")


def _listed(one: Any) -> list[Any]:
    return list(one) if isinstance(one, list) else [one]


def _own(shares: Scores) -> Scores:
    """Of two classes the share of class 1."""
    return shares[:, 1] if shares.shape[1:] == (2,) else shares
