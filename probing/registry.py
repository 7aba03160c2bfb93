"""The classifiers that ship, as a static table: listing them imports nothing heavy.

A test checks the table against the signatures of the classes.
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
    """A classifier that ships: its dotted path, its tasks and its parameters.

    `streams` is whether a fit on many rows holds only some of them in memory at a time.
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
            "logistic regression with an L2 penalty chosen inside the training part",
            (
                Parameter("C", None, "inverse penalty strength; none: chosen by inner folds"),
                Parameter("Cs", 10, "how many strengths to try"),
            ),
        ),
        Entry(
            "Ridge",
            f"{_HOME}.ridge:Ridge",
            EVERY_TASK,
            "ridge regression with an L2 penalty chosen inside the training part",
            (Parameter("alpha", None, "penalty strength; none: chosen by inner folds"),),
        ),
        Entry(
            "LDA",
            f"{_HOME}.lda:LDA",
            CLASSIFICATION,
            "linear discriminant analysis with a shrunk covariance",
            (
                Parameter(
                    "shrinkage",
                    "ledoit_wolf",
                    "shrinkage of the covariance: ledoit_wolf, 0 to 1, or none",
                ),
            ),
        ),
        Entry(
            "MassMean",
            f"{_HOME}.mass_mean:MassMean",
            CLASSIFICATION,
            "projection on the difference of the class means",
        ),
        Entry(
            "NearestCentroid",
            f"{_HOME}.nearest_centroid:NearestCentroid",
            CLASSIFICATION,
            "the class with the nearest mean",
        ),
        Entry(
            "QDA",
            f"{_HOME}.qda:QDA",
            CLASSIFICATION,
            "quadratic discriminant analysis: one covariance per class",
            (
                Parameter(
                    "reg_param", 0.1, "how far each covariance shrinks to the identity, 0 to 1"
                ),
            ),
        ),
        Entry(
            "GaussianNB",
            f"{_HOME}.gaussian_nb:GaussianNB",
            CLASSIFICATION,
            "naive Bayes with one Gaussian per feature",
            (
                Parameter(
                    "var_smoothing", 1e-09, "share of the largest variance added to every variance"
                ),
            ),
        ),
        Entry(
            "KNN",
            f"{_HOME}.knn:KNN",
            EVERY_TASK,
            "vote (or mean, for regression) of the nearest training rows",
            (Parameter("n_neighbors", 5, "how many nearest rows to use"),),
        ),
        Entry(
            "LinearSVM",
            f"{_HOME}.linear_svm:LinearSVM",
            EVERY_TASK,
            "linear SVM (squared hinge), penalty chosen inside the training part",
            (
                Parameter("C", None, "inverse penalty strength; none: chosen by inner folds"),
                Parameter("Cs", 6, "how many strengths to try"),
                Parameter(
                    "epsilon",
                    0.0,
                    "regression: errors below this, in target standard deviations, cost nothing",
                ),
            ),
        ),
        Entry(
            "SparseLogistic",
            f"{_HOME}.sparse:SparseLogistic",
            CLASSIFICATION,
            "logistic regression with an L1 or elastic net penalty, which uses few features",
            (
                Parameter("C", None, "inverse penalty strength; none: chosen by inner folds"),
                Parameter("l1_ratio", 1.0, "share of L1 in the penalty, above 0 up to 1"),
                Parameter("Cs", 10, "how many strengths to try"),
            ),
            streams=False,
        ),
        Entry(
            "ElasticNet",
            f"{_HOME}.sparse:ElasticNet",
            ("regression",),
            "linear regression with an L1 or elastic net penalty, which uses few features",
            (
                Parameter("alpha", None, "penalty strength; none: chosen by inner folds"),
                Parameter("l1_ratio", 0.5, "share of L1 in the penalty; 1 is the lasso"),
                Parameter("alphas", 9, "how many strengths to try"),
            ),
            streams=False,
        ),
        Entry(
            "PCALogistic",
            f"{_HOME}.pca_logistic:PCALogistic",
            EVERY_TASK,
            "principal components, then logistic (or ridge) regression",
            (Parameter("n_components", 50, "how many components to keep"),),
        ),
        Entry(
            "SingleLayer",
            f"{_HOME}.network:SingleLayer",
            EVERY_TASK,
            "one linear layer, trained with AdamW",
            (
                Parameter(
                    "max_epoch",
                    None,
                    "maximum passes over the rows; none: chosen from their number",
                ),
                Parameter("batch_size", 128, "training rows per step"),
                Parameter(
                    "learning_rate",
                    None,
                    "step size of AdamW; none: chosen from the number of features",
                ),
                Parameter("weight_decay", 0.01, "weight decay of AdamW"),
                Parameter("patience", 300, "steps without a lower validation loss to the end"),
            ),
            streams=False,
        ),
        Entry(
            "MLP",
            f"{_HOME}.network:MLP",
            EVERY_TASK,
            "one hidden layer, trained with AdamW",
            (
                Parameter("hidden", 64, "units in the hidden layer"),
                Parameter(
                    "max_epoch",
                    None,
                    "maximum passes over the rows; none: chosen from their number",
                ),
                Parameter("batch_size", 128, "training rows per step"),
                Parameter(
                    "learning_rate",
                    None,
                    "step size of AdamW; none: chosen from the number of features",
                ),
                Parameter("weight_decay", 0.01, "weight decay of AdamW"),
                Parameter("patience", 300, "steps without a lower validation loss to the end"),
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
