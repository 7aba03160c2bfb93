"""Classifiers of one vector of each text that are solved, counted or sampled."""

from __future__ import annotations

from probing.parameters import (
    COUNT,
    NOT_NEGATIVE,
    POSITIVE,
    SHARE,
    SHRINKAGE,
    SOME_SHARE,
    Parameter,
    one_of,
)
from probing.registry.entry import CLASSIFICATION, EVERY_TASK, HOME, Entry, Library
from probing.registry.penalties import ALPHA, C, strength, tried

OF_VECTORS = (
    Entry(
        "LogisticRegression",
        f"{HOME}.logistic:LogisticRegression",
        CLASSIFICATION,
        "logistic regression with an L2 penalty chosen inside the training part",
        (C, tried("Cs", 10)),
        chooses=True,
    ),
    Entry(
        "Ridge",
        f"{HOME}.ridge:Ridge",
        EVERY_TASK,
        "ridge regression with an L2 penalty chosen inside the training part",
        (ALPHA,),
        chooses=True,
    ),
    Entry(
        "LDA",
        f"{HOME}.lda:LDA",
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
        f"{HOME}.mass_mean:MassMean",
        CLASSIFICATION,
        "projection on the difference of the class means",
    ),
    Entry(
        "NearestCentroid",
        f"{HOME}.nearest_centroid:NearestCentroid",
        CLASSIFICATION,
        "the class with the nearest mean",
    ),
    Entry(
        "QDA",
        f"{HOME}.qda:QDA",
        CLASSIFICATION,
        "quadratic discriminant analysis: one covariance per class",
        (
            Parameter(
                "reg_param", 0.1, "how far each covariance shrinks to the identity, 0 to 1", SHARE
            ),
        ),
    ),
    Entry(
        "GaussianNB",
        f"{HOME}.gaussian_nb:GaussianNB",
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
        f"{HOME}.knn:KNN",
        EVERY_TASK,
        "vote (or mean, for regression) of the nearest training rows",
        (Parameter("n_neighbors", 5, "how many nearest rows to use", COUNT),),
    ),
    Entry(
        "LinearSVM",
        f"{HOME}.linear_svm:LinearSVM",
        EVERY_TASK,
        "linear SVM (squared hinge), penalty chosen inside the training part",
        (
            C,
            tried("Cs", 6),
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
        f"{HOME}.sparse:SparseLogistic",
        CLASSIFICATION,
        "logistic regression with an L1 or elastic net penalty, which uses few features",
        (
            C,
            Parameter("l1_ratio", 1.0, "share of L1 in the penalty, above 0 up to 1", SOME_SHARE),
            tried("Cs", 10),
        ),
        streams=False,
        chooses=True,
    ),
    Entry(
        "KSparse",
        f"{HOME}.k_sparse:KSparse",
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
                one_of("mean_difference", "auroc", "mutual_information", "weight", "l1", "forward"),
            ),
            C,
        ),
        streams=False,
        chooses_features=True,
    ),
    Entry(
        "LowRank",
        f"{HOME}.low_rank:LowRank",
        ("multiclass", "regression"),
        "a linear probe that reads few directions, shared by all classes or several targets",
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
                "of classes: logistic, or squared: reduced-rank ridge regression",
                one_of("logistic", "squared"),
            ),
            strength("C", "logistic: inverse penalty strength"),
            strength("alpha", "squared, and of numbers: penalty strength"),
        ),
        joins_numbers=True,
        streams=False,
    ),
    Entry(
        "ElasticNet",
        f"{HOME}.sparse:ElasticNet",
        ("regression",),
        "linear regression with an L1 or elastic net penalty, which uses few features",
        (
            ALPHA,
            Parameter("l1_ratio", 0.5, "share of L1 in the penalty; 1 is the lasso", SOME_SHARE),
            tried("alphas", 9),
        ),
        streams=False,
        chooses=True,
    ),
    Entry(
        "PCALogistic",
        f"{HOME}.pca_logistic:PCALogistic",
        EVERY_TASK,
        "principal components, then logistic (or ridge) regression",
        (Parameter("n_components", 50, "how many components to keep", COUNT),),
        chooses=True,
    ),
    Entry(
        "BayesianLogistic",
        f"{HOME}.bayesian_logistic:BayesianLogistic",
        CLASSIFICATION,
        "logistic regression with a distribution over its weights, sampled by NUTS",
        (
            Parameter("n_components", 30, "of more features, how many components", COUNT),
            Parameter("n_chains", 4, "how many chains", COUNT),
            Parameter("n_warmup", 500, "draws of a chain that adapt the sampler", COUNT),
            Parameter("n_draws", 500, "draws of a chain that are kept", COUNT),
        ),
        streams=False,
        needs=(Library("numpyro", "bayes"),),
    ),
)
