"""The classifiers that ship, as a static table: listing them imports nothing heavy.

A test checks the table against the signatures of the classes.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

from probing.errors import SpecError, nearest
from probing.parameters import (
    COUNT,
    NOT_NEGATIVE,
    POSITIVE,
    SHARE,
    SHRINKAGE,
    SOME_SHARE,
    WHOLE,
    Parameter,
    one_of,
)
from probing.spec import ClassifierSpec

CLASSIFICATION = ("binary", "multiclass")
EVERY_TASK = ("binary", "multiclass", "regression")


@dataclass(frozen=True)
class Entry:
    """A classifier that ships: its dotted path, its tasks and its parameters.

    `streams` is whether a fit on many rows holds only some of them in memory at a time;
    `chooses` whether it fits the inner folds of its training part anyway, to choose a penalty;
    `is_network` whether it is trained by gradient descent; `reads_tokens` whether it looks at each
    token of a text; `needs_pairs` whether it compares the two texts of pairs; `chooses_features`
    whether its fits tell features that they chose; `needs` is a library that it is built on, and
    the extra that installs it.
    """

    name: str
    path: str
    tasks: tuple[str, ...]
    summary: str
    parameters: tuple[Parameter, ...] = ()
    streams: bool = True
    chooses: bool = False
    is_network: bool = False
    needs_pairs: bool = False
    chooses_features: bool = False
    reads_tokens: bool = False
    needs: tuple[str, str] | None = None


_HOME = "probing.engine.classifiers.builtin"

_TRAINING = (
    Parameter(
        "max_epoch",
        None,
        "maximum passes over the rows; none: chosen from their number",
        COUNT.or_none(),
    ),
    Parameter("batch_size", 128, "training rows per step", COUNT),
    Parameter(
        "learning_rate",
        None,
        "step size of the optimizer; none: chosen from the number of features",
        POSITIVE.or_none(),
    ),
    Parameter("weight_decay", 0.01, "weight decay; LBFGS takes none", NOT_NEGATIVE),
    Parameter("patience", 300, "steps without a lower validation loss to the end", COUNT),
    Parameter(
        "optimizer",
        "AdamW",
        "what takes the steps; Shampoo needs the extra optimizers",
        one_of("AdamW", "Adam", "SGD", "LBFGS", "Shampoo"),
    ),
    Parameter(
        "schedule",
        "constant",
        "how the learning rate falls over max_epoch",
        one_of("constant", "linear", "cosine", "step"),
    ),
    Parameter("warmup", 0, "epochs over which the learning rate rises", WHOLE),
    Parameter(
        "graft",
        "RMSProp",
        "Shampoo: whose length its steps have",
        one_of("SGD", "AdaGrad", "RMSProp", "none"),
    ),
    Parameter("precondition_after", 25, "Shampoo: steps before it preconditions", WHOLE),
    Parameter(
        "precondition_every", 10, "Shampoo: steps from one preconditioner to the next", COUNT
    ),
)

_TOKEN_TRAINING = (
    Parameter(
        "max_epoch",
        None,
        "maximum passes over the texts; none: chosen from their number",
        COUNT.or_none(),
    ),
    Parameter("batch_size", 128, "texts per step", COUNT),
    Parameter(
        "learning_rate",
        None,
        "step size of AdamW; none: chosen from the number of features",
        POSITIVE.or_none(),
    ),
    Parameter("weight_decay", 0.01, "weight decay of AdamW", NOT_NEGATIVE),
    Parameter("patience", 100, "steps without a lower validation loss to the end", COUNT),
)

CLASSIFIERS: dict[str, Entry] = {
    entry.name: entry
    for entry in (
        Entry(
            "LogisticRegression",
            f"{_HOME}.logistic:LogisticRegression",
            CLASSIFICATION,
            "logistic regression with an L2 penalty chosen inside the training part",
            (
                Parameter(
                    "C",
                    None,
                    "inverse penalty strength; none: chosen by inner folds",
                    POSITIVE.or_none(),
                ),
                Parameter("Cs", 10, "how many strengths to try", COUNT),
            ),
            chooses=True,
        ),
        Entry(
            "Ridge",
            f"{_HOME}.ridge:Ridge",
            EVERY_TASK,
            "ridge regression with an L2 penalty chosen inside the training part",
            (
                Parameter(
                    "alpha",
                    None,
                    "penalty strength; none: chosen by inner folds",
                    POSITIVE.or_none(),
                ),
            ),
            chooses=True,
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
                    SHRINKAGE,
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
                    "reg_param",
                    0.1,
                    "how far each covariance shrinks to the identity, 0 to 1",
                    SHARE,
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
                    "var_smoothing",
                    1e-09,
                    "share of the largest variance added to every variance",
                    POSITIVE,
                ),
            ),
        ),
        Entry(
            "KNN",
            f"{_HOME}.knn:KNN",
            EVERY_TASK,
            "vote (or mean, for regression) of the nearest training rows",
            (Parameter("n_neighbors", 5, "how many nearest rows to use", COUNT),),
        ),
        Entry(
            "LinearSVM",
            f"{_HOME}.linear_svm:LinearSVM",
            EVERY_TASK,
            "linear SVM (squared hinge), penalty chosen inside the training part",
            (
                Parameter(
                    "C",
                    None,
                    "inverse penalty strength; none: chosen by inner folds",
                    POSITIVE.or_none(),
                ),
                Parameter("Cs", 6, "how many strengths to try", COUNT),
                Parameter(
                    "epsilon",
                    0.0,
                    "regression: errors below this, in target standard deviations, cost nothing",
                    NOT_NEGATIVE,
                ),
            ),
            chooses=True,
        ),
        Entry(
            "SparseLogistic",
            f"{_HOME}.sparse:SparseLogistic",
            CLASSIFICATION,
            "logistic regression with an L1 or elastic net penalty, which uses few features",
            (
                Parameter(
                    "C",
                    None,
                    "inverse penalty strength; none: chosen by inner folds",
                    POSITIVE.or_none(),
                ),
                Parameter(
                    "l1_ratio", 1.0, "share of L1 in the penalty, above 0 up to 1", SOME_SHARE
                ),
                Parameter("Cs", 10, "how many strengths to try", COUNT),
            ),
            streams=False,
            chooses=True,
        ),
        Entry(
            "KSparse",
            f"{_HOME}.k_sparse:KSparse",
            CLASSIFICATION,
            "logistic regression on the k features that tell most, chosen by each training part",
            (
                Parameter(
                    "k",
                    None,
                    "how many features, or a list, a cell for each; none: 1, 2, 4, ... 256",
                    COUNT.or_none(),
                ),
                Parameter(
                    "by",
                    "mean_difference",
                    "what ranks the features",
                    one_of(
                        "mean_difference",
                        "auroc",
                        "mutual_information",
                        "weight",
                        "l1",
                        "forward",
                    ),
                ),
                Parameter("C", 1.0, "inverse penalty strength", POSITIVE),
            ),
            streams=False,
            chooses_features=True,
        ),
        Entry(
            "LowRank",
            f"{_HOME}.low_rank:LowRank",
            ("multiclass",),
            "a linear probe that reads few directions, shared by all classes",
            (
                Parameter(
                    "rank",
                    None,
                    "how many directions, or a list, a cell for each; none: 1, 2, 4, 8",
                    COUNT.or_none(),
                ),
                Parameter(
                    "loss",
                    "logistic",
                    "logistic, or squared: reduced-rank ridge regression",
                    one_of("logistic", "squared"),
                ),
                Parameter(
                    "C",
                    None,
                    "logistic: inverse penalty strength; none: chosen by inner folds",
                    POSITIVE.or_none(),
                ),
                Parameter(
                    "alpha",
                    None,
                    "squared: penalty strength; none: chosen by inner folds",
                    POSITIVE.or_none(),
                ),
            ),
            streams=False,
        ),
        Entry(
            "ElasticNet",
            f"{_HOME}.sparse:ElasticNet",
            ("regression",),
            "linear regression with an L1 or elastic net penalty, which uses few features",
            (
                Parameter(
                    "alpha",
                    None,
                    "penalty strength; none: chosen by inner folds",
                    POSITIVE.or_none(),
                ),
                Parameter(
                    "l1_ratio", 0.5, "share of L1 in the penalty; 1 is the lasso", SOME_SHARE
                ),
                Parameter("alphas", 9, "how many strengths to try", COUNT),
            ),
            streams=False,
            chooses=True,
        ),
        Entry(
            "PCALogistic",
            f"{_HOME}.pca_logistic:PCALogistic",
            EVERY_TASK,
            "principal components, then logistic (or ridge) regression",
            (Parameter("n_components", 50, "how many components to keep", COUNT),),
            chooses=True,
        ),
        Entry(
            "BayesianLogistic",
            f"{_HOME}.bayesian_logistic:BayesianLogistic",
            CLASSIFICATION,
            "logistic regression with a distribution over its weights, sampled by NUTS",
            (
                Parameter("n_components", 30, "of more features, how many components", COUNT),
                Parameter("n_chains", 4, "how many chains", COUNT),
                Parameter("n_warmup", 500, "draws of a chain that adapt the sampler", COUNT),
                Parameter("n_draws", 500, "draws of a chain that are kept", COUNT),
            ),
            streams=False,
            needs=("numpyro", "bayes"),
        ),
        Entry(
            "PairDifference",
            f"{_HOME}.pairs.difference:PairDifference",
            ("binary",),
            "pairwise ranking: a probe of the difference of the two texts of a pair",
            (
                Parameter(
                    "loss",
                    "logistic",
                    "logistic, or the squared hinge of a ranking SVM",
                    one_of("logistic", "hinge"),
                ),
                Parameter(
                    "C",
                    None,
                    "inverse penalty strength; none: chosen by inner folds",
                    POSITIVE.or_none(),
                ),
            ),
            streams=False,
            chooses=True,
            needs_pairs=True,
        ),
        Entry(
            "PairMassMean",
            f"{_HOME}.pairs.difference:PairMassMean",
            ("binary",),
            "projection of a pair's difference on the mean difference of the training pairs",
            streams=False,
            needs_pairs=True,
        ),
        Entry(
            "CCS",
            f"{_HOME}.pairs.unsupervised:CCS",
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
            f"{_HOME}.pairs.unsupervised:CRCTPC",
            ("binary",),
            "top principal component of the differences of pairs, without labels but for the sign",
            streams=False,
            needs_pairs=True,
        ),
        Entry(
            "SingleLayer",
            f"{_HOME}.network:SingleLayer",
            EVERY_TASK,
            "one linear layer, trained by gradient descent",
            (*_TRAINING,),
            streams=False,
            is_network=True,
        ),
        Entry(
            "AttentionProbe",
            f"{_HOME}.tokens.probes:AttentionProbe",
            EVERY_TASK,
            'heads that learn which tokens to look at; reads pool = "tokens"',
            (Parameter("heads", 1, "how many heads", COUNT), *_TOKEN_TRAINING),
            is_network=True,
            reads_tokens=True,
        ),
        Entry(
            "TokenScores",
            f"{_HOME}.tokens.probes:TokenScores",
            EVERY_TASK,
            'a linear score of each token, aggregated; reads pool = "tokens"',
            (
                Parameter(
                    "by",
                    "mean",
                    "how scores of tokens become that of the text",
                    one_of("mean", "max", "softmax", "multimax", "rolling", "last", "ema"),
                ),
                Parameter("heads", 4, "heads of multimax", COUNT),
                Parameter("window", 10, "tokens of rolling and last", COUNT),
                Parameter("temperature", 1.0, "of softmax", POSITIVE),
                Parameter("alpha", 0.5, "share of the token itself in ema", SOME_SHARE),
                *_TOKEN_TRAINING,
            ),
            is_network=True,
            reads_tokens=True,
        ),
        Entry(
            "MLP",
            f"{_HOME}.network:MLP",
            EVERY_TASK,
            "one hidden layer, trained by gradient descent",
            (
                Parameter("hidden", 64, "units in the hidden layer", COUNT),
                *_TRAINING,
            ),
            streams=False,
            is_network=True,
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


def chooses_features(entry: ClassifierSpec) -> bool:
    """Whether an entry is one that ships, and its fits tell the features that they chose."""
    return entry.name in CLASSIFIERS and CLASSIFIERS[entry.name].chooses_features


def reads_tokens(classifier: str) -> bool:
    """Whether a classifier that ships looks at each token of a text."""
    return classifier in CLASSIFIERS and CLASSIFIERS[classifier].reads_tokens


def check_parameters(entry: ClassifierSpec) -> None:
    """Raise `SpecError` for a parameter that a classifier that ships lacks, or a wrong value.

    So too for a library that it is built on and that is not installed.
    """
    if entry.is_file or entry.name not in CLASSIFIERS:
        return
    needs = CLASSIFIERS[entry.name].needs
    if needs and find_spec(needs[0]) is None:
        hint = f'pip install "probe-tui[{needs[1]}]"'
        raise SpecError(f"{entry.name} needs {needs[0]}", where="classifiers", hint=hint)
    known = {parameter.name: parameter for parameter in CLASSIFIERS[entry.name].parameters}
    for name, value in entry.parameters.items():
        if name not in known:
            hint = nearest(name, known) if known else "it takes no parameters"
            what = f"{entry.name} has no parameter {name!r}"
            raise SpecError(what, where="classifiers", hint=hint)
        if not known[name].allowed.test(value):
            what = f"{entry.name}: {name} = {value!r} must be {known[name].allowed.words}"
            raise SpecError(what, where="classifiers")
