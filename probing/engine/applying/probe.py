"""`Probe`: a saved probe, and what it says of texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from probing.engine.applying.answers import Answers, answers_of
from probing.engine.applying.own_model import check_model, load_model, plain_model
from probing.engine.applying.texts_as_trained import Wording
from probing.engine.classifiers.heads import Head, head_of
from probing.engine.devices import free_of_locks
from probing.engine.models import LMModel
from probing.errors import ProbeError
from probing.logs import logs_folder
from probing.probes import TOKENS, Card, find_probes, load_arrays, read_card
from probing.probes.directions import check_linear, unit_directions
from probing.spec import PoolerSpec, read_entry
from probing.spec.values import EVERY_TOKEN
from probing.token_stage import TokenStage

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class TokenScores:
    """The tokens of a text as they are written, and the answers for each, `[n_tokens]`."""

    tokens: tuple[str, ...]
    answers: Answers

    @property
    def scores(self) -> Numbers:
        """The scores, `[n_tokens]` or `[n_tokens, n_classes]`."""
        return self.answers.scores


class Probe:
    """A saved probe: `Probe.load(path)`.

    `model` is an `LMModel`, or a Hugging Face model object with its `tokenizer`; without one the
    model that it was trained on is loaded when a text is first scored. `card` says all that is
    known of it, `path` where it lies.
    """

    def __init__(self, card: Card, head: Head, arrays: Any, path: Path) -> None:
        self.card, self.head, self.arrays, self.path = card, head, arrays, path
        self.device, self.any_model, self.as_is = "auto", False, False
        self._model: LMModel | None = None

    @classmethod
    def load(
        cls,
        path: str | Path,
        model: Any = None,
        tokenizer: Any = None,
        *,
        device: str = "auto",
        any_model: bool = False,
        as_is: bool = False,
    ) -> Probe:
        """The probe of a card, or the one of that name among the runs (see `find_probes`).

        A model that is given must be the one it was trained on, unless `any_model` says that it
        may be another one of the same shape; `as_is` texts are whole without the template of its
        dataset. Raises `ProbeError` for a probe that is missing, damaged or of another model.
        """
        found = find_probes(logs_folder(), str(path))
        if len(found) > 1:
            raise ProbeError(f"{str(path)!r} means {len(found)} probes", hint="name one of them")
        card = read_card(found[0])
        arrays = load_arrays(found[0], card)
        probe = cls(card, head_of(card, arrays, str(found[0])), arrays, found[0])
        probe.device, probe.any_model, probe.as_is = device, any_model, as_is
        if model is not None:
            probe.on(model, tokenizer)
        return probe

    def on(self, model: Any, tokenizer: Any = None) -> Probe:
        """The probe itself, on a model; raises `ProbeError` where it was trained on another."""
        is_ours = isinstance(model, LMModel)
        its = model if is_ours else plain_model(self.card, model, tokenizer)
        check_model(self.card, its, any_model=self.any_model)
        self._model = its
        return self

    @property
    def model(self) -> LMModel:
        """The model that it reads; loaded when it is first asked for."""
        if self._model is None:
            self._model = load_model(
                self.card, free_of_locks(self.device), any_model=self.any_model
            )
        return self._model

    def scores(self, texts: Sequence[str]) -> Numbers:
        """The scores of texts, `[n_texts]`, of several classes `[n_texts, n_classes]`."""
        return self.answers(texts).scores

    def probabilities(self, texts: Sequence[str]) -> Numbers | None:
        """Of class 1 of two, else of the predicted class, `[n_texts]`; None without."""
        return self.answers(texts).probabilities

    def predictions(self, texts: Sequence[str]) -> list[str] | list[float]:
        """The predicted class of each text, or the number."""
        return self.answers(texts).predictions

    def answers(self, texts: Sequence[str]) -> Answers:
        """All that the probe says of texts."""
        from probing.engine.applying.together import ProbesTogether

        return ProbesTogether([self], self.model).answers(texts)[0]

    def token_scores(self, texts: Sequence[str]) -> list[TokenScores]:
        """The scores of every token of each text, special tokens too, as if it were the text."""
        from probing.engine.applying.together import ProbesTogether

        return ProbesTogether([self], self.model).token_answers(texts)[0]

    def answers_of(self, outputs: Numbers) -> Answers:
        """What outputs `[n, n_outputs]` say."""
        return answers_of(self.card, outputs)

    @property
    def weights(self) -> Numbers:
        """`[n_outputs, width]` in the units of the model's activations."""
        return np.array(self._linear("weights"))

    @property
    def bias(self) -> Numbers:
        """`[n_outputs]`."""
        return np.array(self._linear("bias"))

    @property
    def direction(self) -> Numbers:
        """The unit vector along which the score grows, `[width]`.

        Of several classes `[n_classes, width]`: that of each against the mean of all.
        """
        unit = unit_directions(self.weights)
        return unit[0] if len(unit) == 1 else unit

    @property
    def norm(self) -> float:
        """The mean Euclidean norm of the activations that it read in training."""
        return self.card.place.norm

    @property
    def spread(self) -> Numbers:
        """Their standard deviation along each direction, `[n_outputs]`."""
        return np.array(self.card.place.spread)

    def _linear(self, name: str) -> Any:
        check_linear(self.card)
        return self.arrays[name]

    @cached_property
    def pooler(self) -> PoolerSpec:
        """Which activation it reads, of one cell."""
        return read_entry(dict(self.card.place.pooler), PoolerSpec, "pool", self.card.name)

    @cached_property
    def token_pooler(self) -> PoolerSpec:
        """The same place, every token by itself; raises `ProbeError` where that is another one."""
        place = self.card.place
        if self.card.kind == TOKENS:
            what, hint = "looks at all tokens of a text", "its tokens have no scores of their own"
            raise ProbeError(what, where=self.card.name, hint=hint)
        if len(place.layers) > 1 or TokenStage.of(self.pooler).n_vectors > 1:
            what = f"reads {place.label} of layer {', '.join(map(str, place.layers))}"
            hint = "its tokens have no scores: it reads several activations side by side"
            raise ProbeError(what, where=self.card.name, hint=hint)
        return PoolerSpec(EVERY_TOKEN, layer=place.layers[0], site=self.pooler.site)

    @cached_property
    def wording(self) -> Wording:
        """What makes of a text what the model reads."""
        return Wording.of(self.card, as_is=self.as_is)
