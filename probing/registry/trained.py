"""Classifiers that are trained by gradient descent: networks, and probes of every token."""

from __future__ import annotations

from probing.parameters import COUNT, NOT_NEGATIVE, POSITIVE, SOME_SHARE, WHOLE, Parameter, one_of
from probing.registry.entry import EVERY_TASK, HOME, Entry, Library

_SHAMPOO = Library("pytorch_optimizer", "optimizers", "optimizer", "Shampoo")

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

TRAINED = (
    Entry(
        "SingleLayer",
        f"{HOME}.network:SingleLayer",
        EVERY_TASK,
        "one linear layer, trained by gradient descent",
        _TRAINING,
        streams=False,
        is_network=True,
        needs=(_SHAMPOO,),
    ),
    Entry(
        "AttentionProbe",
        f"{HOME}.tokens.probes:AttentionProbe",
        EVERY_TASK,
        'heads that learn which tokens to look at; reads pool = "tokens"',
        (Parameter("heads", 1, "how many heads", COUNT), *_TOKEN_TRAINING),
        is_network=True,
        reads_tokens=True,
    ),
    Entry(
        "TokenScores",
        f"{HOME}.tokens.probes:TokenScores",
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
        f"{HOME}.network:MLP",
        EVERY_TASK,
        "one hidden layer, trained by gradient descent",
        (Parameter("hidden", 64, "units in the hidden layer", COUNT), *_TRAINING),
        streams=False,
        is_network=True,
        needs=(_SHAMPOO,),
    ),
)
