"""What can be picked by name: a static table, so that showing it imports nothing heavy.

Tests hold the table against the signatures of the classes it names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from probing.errors import SpecError, nearest

CLASSIFICATION = ("binary", "multiclass")
EVERY_TASK = ("binary", "multiclass", "regression")


@dataclass(frozen=True)
class Parameter:
    """One parameter of a classifier: its default and what it means."""

    name: str
    default: Any
    meaning: str


@dataclass(frozen=True)
class Entry:
    """A classifier that ships: where it lives, which tasks it serves, its parameters.

    `streams` says that a fit on many rows holds only some of them at a time.
    """

    name: str
    path: str
    tasks: tuple[str, ...]
    summary: str
    parameters: tuple[Parameter, ...] = ()
    streams: bool = True


_HOME = "probing.engine.classifiers.builtin"

CLASSIFIERS: dict[str, Entry] = {
    entry.name: entry
    for entry in (
        Entry(
            "LogisticRegression",
            f"{_HOME}.logistic:LogisticRegression",
            CLASSIFICATION,
            "linear, L2 penalty, its strength chosen inside the training part",
            (
                Parameter("C", None, "inverse strength of the penalty; none: chosen"),
                Parameter("Cs", 10, "number of strengths to choose from"),
            ),
        ),
        Entry(
            "Ridge",
            f"{_HOME}.ridge:Ridge",
            EVERY_TASK,
            "least squares, L2 penalty, its strength chosen inside the training part",
            (Parameter("alpha", None, "strength of the penalty; none: chosen"),),
        ),
        Entry(
            "LDA",
            f"{_HOME}.lda:LDA",
            CLASSIFICATION,
            "linear discriminant analysis, covariance shrunk",
            (Parameter("shrinkage", "ledoit_wolf", "ledoit_wolf, a share from 0 to 1, or none"),),
        ),
        Entry(
            "MassMean",
            f"{_HOME}.mass_mean:MassMean",
            CLASSIFICATION,
            "difference of the class means",
        ),
        Entry(
            "NearestCentroid",
            f"{_HOME}.nearest_centroid:NearestCentroid",
            CLASSIFICATION,
            "the class whose mean is nearest",
        ),
        Entry(
            "QDA",
            f"{_HOME}.qda:QDA",
            CLASSIFICATION,
            "quadratic discriminant analysis, a covariance for each class",
            (Parameter("reg_param", 0.1, "share of the identity in each covariance, from 0 to 1"),),
        ),
        Entry(
            "GaussianNB",
            f"{_HOME}.gaussian_nb:GaussianNB",
            CLASSIFICATION,
            "naive Bayes with a Gaussian for each feature",
            (Parameter("var_smoothing", 1e-09, "share of the largest variance added to all"),),
        ),
        Entry(
            "KNN",
            f"{_HOME}.knn:KNN",
            EVERY_TASK,
            "the votes, or the mean, of the nearest training rows",
            (Parameter("n_neighbors", 5, "how many rows vote"),),
        ),
        Entry(
            "LinearSVM",
            f"{_HOME}.linear_svm:LinearSVM",
            EVERY_TASK,
            "linear, squared hinge, its strength chosen inside the training part",
            (
                Parameter("C", None, "inverse strength of the penalty; none: chosen"),
                Parameter("Cs", 6, "number of strengths to choose from"),
                Parameter(
                    "epsilon",
                    0.0,
                    "regression: errors below it are free, in deviations of the targets",
                ),
            ),
        ),
        Entry(
            "SparseLogistic",
            f"{_HOME}.sparse:SparseLogistic",
            CLASSIFICATION,
            "logistic regression, L1 or elastic net penalty: few features carry weight",
            (
                Parameter("C", None, "inverse strength of the penalty; none: chosen"),
                Parameter("l1_ratio", 1.0, "share of L1 in the penalty, above 0 and at most 1"),
                Parameter("Cs", 10, "number of strengths to choose from"),
            ),
            streams=False,
        ),
        Entry(
            "ElasticNet",
            f"{_HOME}.sparse:ElasticNet",
            ("regression",),
            "least squares, L1 or elastic net penalty: few features carry weight",
            (
                Parameter("alpha", None, "strength of the penalty; none: chosen"),
                Parameter("l1_ratio", 0.5, "share of L1 in the penalty; 1 is the lasso"),
                Parameter("alphas", 9, "number of strengths to choose from"),
            ),
            streams=False,
        ),
        Entry(
            "PCALogistic",
            f"{_HOME}.pca_logistic:PCALogistic",
            EVERY_TASK,
            "principal components, then logistic regression (numbers: ridge)",
            (Parameter("n_components", 50, "how many components stay"),),
        ),
        Entry(
            "SingleLayer",
            f"{_HOME}.network:SingleLayer",
            EVERY_TASK,
            "one linear layer trained by AdamW",
            (
                Parameter("max_epoch", 50, "most passes over the training rows"),
                Parameter("batch_size", 128, "rows in a step"),
                Parameter("learning_rate", 0.01, "length of a step"),
                Parameter("weight_decay", 0.01, "decay of the weights, as in AdamW"),
                Parameter(
                    "patience", 5, "epochs without gain on the validation part before it stops"
                ),
            ),
            streams=False,
        ),
        Entry(
            "MLP",
            f"{_HOME}.network:MLP",
            EVERY_TASK,
            "one hidden layer trained by AdamW",
            (
                Parameter("hidden", 64, "units of the hidden layer"),
                Parameter("max_epoch", 50, "most passes over the training rows"),
                Parameter("batch_size", 128, "rows in a step"),
                Parameter("learning_rate", 0.001, "length of a step"),
                Parameter("weight_decay", 0.01, "decay of the weights, as in AdamW"),
                Parameter(
                    "patience", 5, "epochs without gain on the validation part before it stops"
                ),
            ),
            streams=False,
        ),
    )
}


def classifier(name: str) -> Entry:
    """The entry of that name; raises `SpecError` with the nearest match."""
    try:
        return CLASSIFIERS[name]
    except KeyError:
        raise SpecError(
            f"unknown classifier {name!r}", where="classifiers", hint=nearest(name, CLASSIFIERS)
        ) from None
