"""Scores of texts by probes that look at all of their tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from probing.engine.classifiers.builtin.tokens.token_probe import TokenProbe
from probing.engine.classifiers.lookup import load
from probing.engine.solvers.networks.token_aggregates import PaddedTexts
from probing.errors import ProbeError
from probing.probes import Card
from probing.spec import ClassifierSpec

TARGET = "target"  # mean and unit of the numbers that it was fitted to


class TokenTexts:
    """What a probe of tokens says of whole texts: `state` is what its training ended with."""

    def __init__(self, classifier: TokenProbe, state: Mapping[str, NDArray[Any]]) -> None:
        self.classifier = classifier
        kept = {name: torch.from_numpy(np.array(one)) for name, one in state.items()}
        self.mean, self.unit = kept.pop(TARGET).double().tolist()
        self.state = {name: one[None] for name, one in kept.items()}

    @torch.no_grad()
    def of_texts(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """Outputs `[n_texts, n_outputs]` of the tokens `[n_tokens, d]` of texts of some lengths."""
        texts = PaddedTexts.of(lengths)
        found = self.classifier._outputs(self.state, tokens.float(), texts)
        outputs: Tensor = found[:, 0].double() * self.unit + self.mean
        return outputs

    def __call__(self, features: Tensor) -> Tensor:
        """A lone token is no text: raises `ProbeError`."""
        raise ProbeError("looks at all tokens of a text: one token alone has no score")


def token_texts_of(card: Card, arrays: Mapping[str, NDArray[Any]], where: str) -> TokenTexts:
    """The head of a saved probe of tokens; raises `ProbeError` for arrays of another."""
    entry = dict(card.classifier.entry)
    found = load(ClassifierSpec(str(entry.pop("name")), entry))
    if not isinstance(found, TokenProbe) or not {"weight", "bias", TARGET} <= set(arrays):
        raise ProbeError("its arrays are not those of a probe of tokens", where=where)
    return TokenTexts(found, arrays)


class TextsSideBySide:
    """Probes of tokens of one place, of which each has so many outputs as `widths` say."""

    def __init__(self, heads: Sequence[TokenTexts], widths: Sequence[int]) -> None:
        self._heads = heads
        ends = np.cumsum([0, *widths]).tolist()
        self.columns = {at: slice(ends[at], ends[at + 1]) for at in range(len(heads))}

    def of_texts(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """The outputs of all heads, `[n_texts, n_outputs]`."""
        return torch.cat([one.of_texts(tokens, lengths) for one in self._heads], 1)

    def __call__(self, features: Tensor) -> Tensor:
        """As that of each."""
        return self._heads[0](features)
