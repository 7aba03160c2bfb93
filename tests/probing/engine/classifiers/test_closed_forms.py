"""What is kept of classifiers that are not linear gives their scores again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from probing.engine.classifiers.builtin.gaussian_nb import GaussianNB
from probing.engine.classifiers.builtin.knn import KNN
from probing.engine.classifiers.builtin.nearest_centroid import NearestCentroid
from probing.engine.classifiers.builtin.qda import QDA
from probing.engine.classifiers.heads.closed_forms import (
    TrainedRows,
    closed_form,
    closed_head,
    distances,
)
from probing.engine.metrics.log_odds import scores_of
from probing.errors import CellError, ProbeError
from tests.support.solver_cases import block, fits, labelling

CASES = [
    (KNN(), 2),
    (KNN(n_neighbors=3), 3),
    (KNN(), 0),
    (QDA(), 2),
    (QDA(reg_param=0.5), 3),
    (GaussianNB(var_smoothing=0.01), 2),
    (GaussianNB(), 3),
    (NearestCentroid(), 2),
]


def rows_of(n_classes: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    """Features of unlike sizes, one of which is constant, and targets."""
    rng = np.random.default_rng(0)
    targets: Any = rng.integers(0, n_classes or 9, 90)
    X = rng.standard_normal((90, d)) * np.geomspace(0.1, 100, d) + targets[:, None]
    X[:, 1] = 7
    return X, targets if n_classes else targets.astype(np.float64)


@pytest.mark.parametrize(("classifier", "n_classes"), CASES)
@pytest.mark.parametrize("scale", ["standard", "none"])
@pytest.mark.parametrize("d", [6, 50])
def test_the_scores_are_those_of_the_fit(
    classifier: Any, n_classes: int, scale: str, d: int
) -> None:
    X, targets = rows_of(n_classes, d)
    label = labelling(targets, 3, val_size=0).whole
    whole = block(X, label, scale=scale)
    for fit in fits(classifier.fit(whole)):
        fold = label.folds[fit.fold]
        trained = whole.features[0, torch.from_numpy(fold.train), 0]
        own = whole.task, n_classes, scale == "standard"
        form = closed_form(classifier, TrainedRows(trained, targets[fold.train], *own))
        assert form is not None
        head = closed_head(type(classifier).__name__, form.arrays, "here")
        outputs = head(whole.features[0, torch.from_numpy(fold.test), 0]).numpy()
        found = scores_of(outputs, form.link)
        assert np.abs(found - fit.test_scores).max() < 1e-5 * max(1, np.abs(found).max())


def test_many_neighbours_are_not_kept_and_arrays_of_another_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    X, targets = rows_of(2, 6)
    rows = TrainedRows(torch.from_numpy(X).float(), targets, "binary", 2, True)
    form = closed_form(GaussianNB(), rows)
    assert form is not None
    with pytest.raises(ProbeError, match="its arrays are not those of KNN"):
        closed_head("KNN", form.arrays, "here")
    with pytest.raises(ProbeError, match="no closed form"):
        closed_head("LDA", form.arrays, "here")
    monkeypatch.setattr(distances, "LARGEST", 100)
    with pytest.raises(CellError, match="its 90 training rows are"):
        closed_form(KNN(), rows)
