"""Which classifiers have a closed form, and what makes scores of its outputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray
from torch import Tensor

from probing.engine.classifiers.builtin.gaussian_nb import GaussianNB
from probing.engine.classifiers.builtin.knn import KNN
from probing.engine.classifiers.builtin.nearest_centroid import NearestCentroid
from probing.engine.classifiers.builtin.qda import QDA
from probing.engine.classifiers.heads.closed_forms.distances import CentroidHead, NeighboursHead
from probing.engine.classifiers.heads.closed_forms.drawn_weights import DrawnHead
from probing.engine.classifiers.heads.closed_forms.gaussian import NaiveBayesHead, QuadraticHead
from probing.engine.classifiers.heads.closed_forms.trained_rows import (
    Arrays,
    TrainedRows,
    arrays_of,
)
from probing.errors import ProbeError
from probing.probes import LOG_ODDS, PLAIN

Head = Callable[[Tensor], Tensor]
_FROM_ROWS: Mapping[type, Any] = {
    KNN: NeighboursHead,
    NearestCentroid: CentroidHead,
    GaussianNB: NaiveBayesHead,
    QDA: QuadraticHead,
}
_HEADS: Mapping[str, Any] = {
    **{cls.__name__: head for cls, head in _FROM_ROWS.items()},
    "BayesianLogistic": DrawnHead,  # whose class loads SciPy
}
_POSTERIORS = (NaiveBayesHead, QuadraticHead)


@dataclass(frozen=True)
class ClosedForm:
    """The arrays of a classifier, the head that they make, and what makes scores of its outputs."""

    arrays: Mapping[str, NDArray[Any]]
    head: Head
    link: str


def closed_form(
    classifier: Any, rows: TrainedRows, state: Arrays | None = None
) -> ClosedForm | None:
    """What is kept of a classifier that was fitted to `rows`; None for one without such a form.

    `state` is what its fit kept, where it does not follow from the rows. Raises `CellError` where
    it is too large.
    """
    kind = type(classifier)
    if state is not None and _HEADS.get(kind.__name__) is DrawnHead:
        return ClosedForm(state, DrawnHead(state), PLAIN)
    if kind not in _FROM_ROWS:
        return None
    made = _FROM_ROWS[kind]
    arrays = arrays_of(made.fitted(classifier, rows))
    is_posterior = made in _POSTERIORS and rows.n_classes > 2
    return ClosedForm(arrays, made(arrays), LOG_ODDS if is_posterior else PLAIN)


def closed_head(name: str, arrays: Arrays, where: str) -> Head:
    """The head of a saved closed form of the classifier `name`; raises `ProbeError`."""
    if name not in _HEADS:
        raise ProbeError(f"{name!r} has no closed form that is known", where=where)
    try:
        made: Head = _HEADS[name](arrays)
    except (KeyError, ValueError, RuntimeError) as error:
        what = f"its arrays are not those of {name} ({type(error).__name__})"
        raise ProbeError(what, where=where, hint="save it again") from None
    return made
