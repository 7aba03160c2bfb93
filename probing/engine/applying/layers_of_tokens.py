"""One text at a time under the probes of several layers: the score of each token at each layer."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from probing.engine.applying.answers import Answers
from probing.engine.applying.own_model import load_model
from probing.engine.applying.probe import Probe
from probing.engine.applying.texts_as_trained import Wording
from probing.engine.applying.together import ProbesTogether
from probing.engine.devices import free_of_locks
from probing.errors import ProbeError
from probing.probes.one_model import check_one_model

Told = dict[str, Any]


class LayersOfTokens:
    """Answers texts by the probes of some cards, all of one model, which is loaded once.

    It holds no device: runs need not wait for one who looks at texts. Raises `ProbeError` for
    probes of different models, or without scores of tokens.
    """

    def __init__(
        self, cards: Sequence[Path], device: str = "auto", dtype: str = "", any_model: bool = False
    ) -> None:
        self.probes = [Probe.load(card, any_model=any_model) for card in cards]
        check_one_model([probe.card for probe in self.probes])
        self.wanted, self.dtype, self.any_model = device, dtype, any_model
        for probe in self.probes:
            _ = probe.token_pooler  # says at once where tokens have no scores

    def load(self) -> Told:
        """Load the model, and run it once; the device, and how long it took."""
        began, card = time.perf_counter(), self.probes[0].card
        device = free_of_locks(self.wanted)
        model = load_model(card, device, dtype=self.dtype, any_model=self.any_model)
        for probe in self.probes:
            probe.as_is = True  # the wording of each text is chosen when it comes
            probe.on(model)
        self._together = ProbesTogether(self.probes, model)
        self.answer("warm", as_is=True)
        return {"device": str(model.device), "elapsed_s": time.perf_counter() - began}

    def answer(self, text: str, *, as_is: bool = False) -> Told:
        """Tokens, and by probe the score of each of them and of the text; several for classes.

        `as_is` texts are whole without the template of the dataset. Raises `ProbingError` for a
        text that cannot be read.
        """
        if not text.strip():
            raise ProbeError("the text is empty")
        began = time.perf_counter()
        self._together.wording = self._whole if as_is else self._worded
        of_texts, of_tokens = self._together.answers_and_token_answers([text])
        return {
            "tokens": [*of_tokens[0][0].tokens],
            "scores": [_finite(one.scores) for (one,) in of_tokens],
            "texts": [_of_text(one) for one in of_texts],
            "elapsed_s": time.perf_counter() - began,
        }

    @cached_property
    def _whole(self) -> Wording:
        return Wording.of(self.probes[0].card, as_is=True)

    @cached_property
    def _worded(self) -> Wording:
        return Wording.of(self.probes[0].card)


def _of_text(one: Answers) -> Told:
    shares = one.probabilities
    probability = None if shares is None else _finite(shares)[0]
    return {
        "score": _finite(one.scores)[0],
        "prediction": one.predictions[0],
        "probability": probability,
    }


def _finite(values: Any) -> list[Any]:
    """An array as lists, with None for what is not finite, which JSON does not know."""
    return [
        _finite(one) if getattr(one, "ndim", 0) else float(one) if math.isfinite(one) else None
        for one in values
    ]
