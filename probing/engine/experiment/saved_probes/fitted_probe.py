"""What is saved of a fit: weights where its scores are linear, else the state of its object."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from probing.engine.blocks import FoldFit
from probing.engine.classifiers import Classifier
from probing.engine.classifiers.builtin.tokens.token_probe import TokenProbe
from probing.engine.classifiers.heads.closed_forms import TrainedRows, closed_form
from probing.engine.classifiers.heads.kept_object import KeptObject
from probing.engine.classifiers.heads.of_card import STATE
from probing.engine.classifiers.heads.sources import class_of, source_of
from probing.engine.classifiers.heads.token_texts import TokenTexts
from probing.engine.experiment.saved_probes.linear_probe import CLOSE, linear_of
from probing.engine.metrics.log_odds import scores_of
from probing.engine.token_rows import Tokens
from probing.errors import CellError, ProbeError
from probing.probes import CLOSED, LINEAR, LOG_ODDS, NETWORK, PLAIN, SKOPS, TOKENS

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class FittedProbe:
    """The arrays of a probe, and what its card says of them.

    `weights` are there for a linear one. Of a user's class there are its file, the digest of that,
    and what the object was `given`.
    """

    kind: str
    link: str
    arrays: Mapping[str, NDArray[Any]]
    weights: Numbers | None = None
    given: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""
    sha256: str = ""
    of_pairs: bool = False  # its scores are compared within a pair, and are no log odds of a text


def pair_probe(fit: FoldFit, features: Numbers, partners: Numbers) -> FittedProbe:
    """The direction of a fit whose scores are what texts have more of it than their partners.

    `features` and `partners` are `[n, d]`, those of the texts that it was tested on. The score of
    one text is that along it, 0 for their mean. Raises `CellError` where that does not give the
    scores of the fit.
    """
    if fit.weights is None or len(fit.weights) != 1:
        raise CellError("it has no weights, by which texts of a pair could be compared")
    made = (features - partners) @ fit.weights[0]
    square = float((made**2).sum())
    weights = fit.weights * (float((made * fit.test_scores).sum()) / square if square else 1.0)
    off = np.abs((features - partners) @ weights[0] - fit.test_scores)
    if (off > CLOSE * np.maximum(1, np.abs(fit.test_scores))).any():
        raise CellError("its weights do not make the scores of its pairs")
    bias = -np.concatenate([features, partners]).mean(axis=0) @ weights.T
    return FittedProbe(LINEAR, PLAIN, {"weights": weights, "bias": bias}, weights, of_pairs=True)


def fitted_probe(
    fit: FoldFit, features: Numbers, classifier: Classifier, rows: TrainedRows
) -> FittedProbe:
    """What gives the scores of a fit for the `features` `[n, d]` that it was tested on.

    `rows` are those that it was fitted to. Raises `CellError` where nothing that can be saved does.
    """
    linear = linear_of(fit, features)
    if linear is not None:
        arrays = {"weights": linear.weights, "bias": linear.bias}
        return FittedProbe(LINEAR, linear.link, arrays, linear.weights)
    closed = closed_form(classifier, rows, fit.drawn)
    if closed is not None:
        check_outputs(fit, closed.head, closed.link, features)
        return FittedProbe(CLOSED, closed.link, closed.arrays)
    if fit.state is None:
        why = "no weights that its features determine"
        if fit.weights is not None:
            why = "scores that its weights do not make of the features of one text"
        raise CellError(f"it has {why}, and keeps no state")
    if fit.state.reason:
        raise CellError(fit.state.reason)
    return _kept(fit, features, classifier)


def token_probe(
    fit: FoldFit, classifier: Classifier, tokens: Tokens, tested: NDArray[np.int64]
) -> FittedProbe:
    """What gives the scores of a probe of `tokens` for the texts that it was `tested` on.

    Raises `CellError` where nothing that can be saved does.
    """
    if not isinstance(classifier, TokenProbe) or fit.drawn is None:
        raise CellError("it looks at all tokens of a text, and keeps no state")
    head, (own, lengths) = TokenTexts(classifier, fit.drawn), tokens.read(tested)
    link = LOG_ODDS if fit.test_scores.ndim > 1 else PLAIN
    check_outputs(fit, lambda _: head.of_texts(own, lengths), link, np.zeros((len(tested), 1)))
    return FittedProbe(TOKENS, link, fit.drawn)


def _kept(fit: FoldFit, features: Numbers, classifier: Classifier) -> FittedProbe:
    state, known = fit.state, class_of(classifier)
    assert state is not None
    if known is None:
        raise CellError("its class fits whole blocks, and keeps no state")
    source, sha256 = source_of(known[0])
    _check_scores(fit, KeptObject(*known, state), features)
    arrays = {f"{STATE}{name}": one for name, one in state.arrays.items()}
    arrays |= {"mean": state.mean, "unit": state.unit}
    kind = SKOPS if "estimator" in state.arrays else NETWORK
    return FittedProbe(kind, PLAIN, arrays, None, state.given, source, sha256)


def _check_scores(fit: FoldFit, head: KeptObject, features: Numbers) -> None:
    """Raises `CellError` where the object that is made again scores in another way."""
    check_outputs(fit, head, PLAIN, features)


def check_outputs(
    fit: FoldFit, head: Callable[[torch.Tensor], torch.Tensor], link: str, features: Numbers
) -> None:
    """Raises `CellError` where the scores of a head are not those of a fit, to 1e-5."""
    try:
        outputs = head(torch.from_numpy(features).float()).numpy()
        found = scores_of(outputs, link).reshape(fit.test_scores.shape)
    except (ProbeError, ValueError) as error:
        raise CellError(f"it cannot be made again ({error})") from None
    off = np.abs(found - fit.test_scores) > CLOSE * np.maximum(1, np.abs(fit.test_scores))
    if off.any():
        raise CellError("made again from its state it gives other scores")
