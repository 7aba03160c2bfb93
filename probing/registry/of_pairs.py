"""Classifiers that compare the two texts of a pair."""

from __future__ import annotations

from probing.parameters import COUNT, NOT_NEGATIVE, POSITIVE, Parameter, one_of
from probing.registry.entry import HOME, Entry
from probing.registry.penalties import C

OF_PAIRS = (
    Entry(
        "PairDifference",
        f"{HOME}.pairs.difference:PairDifference",
        ("binary",),
        "pairwise ranking: a probe of the difference of the two texts of a pair",
        (
            Parameter(
                "loss",
                "logistic",
                "logistic, or the squared hinge of a ranking SVM",
                one_of("logistic", "hinge"),
            ),
            C,
        ),
        streams=False,
        chooses=True,
        needs_pairs=True,
    ),
    Entry(
        "PairMassMean",
        f"{HOME}.pairs.difference:PairMassMean",
        ("binary",),
        "projection of a pair's difference on the mean difference of the training pairs",
        streams=False,
        needs_pairs=True,
    ),
    Entry(
        "CCS",
        f"{HOME}.pairs.unsupervised:CCS",
        ("binary",),
        "contrast-consistent search in pairs, without labels but for the sign",
        (
            Parameter("n_restarts", 10, "random starts, of which the best is kept", COUNT),
            Parameter("n_epochs", 1000, "steps of AdamW on all training pairs", COUNT),
            Parameter("learning_rate", 0.01, "step size of AdamW", POSITIVE),
            Parameter("weight_decay", 0.01, "weight decay of AdamW", NOT_NEGATIVE),
        ),
        streams=False,
        needs_pairs=True,
    ),
    Entry(
        "CRCTPC",
        f"{HOME}.pairs.unsupervised:CRCTPC",
        ("binary",),
        "top principal component of the differences of pairs, without labels but for the sign",
        streams=False,
        needs_pairs=True,
    ),
)
