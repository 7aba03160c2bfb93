"""What a probe's direction is near to: the vocabulary, texts and tokens, class means by layer."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import islice
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from probing.datasets import TextDataset
from probing.engine.applying.score_sink import Made, ScoreSink
from probing.engine.interventions.read_texts import ReadTexts
from probing.engine.interventions.vocabulary import (
    through_input_embeddings,
    through_unembedding,
)
from probing.engine.models import LMModel
from probing.engine.models.token_names import spelt, token_names
from probing.errors import ModelError
from probing.interventions.directions import Direction, Numbers, random_units
from probing.interventions.explained_rows import HELD_OUT, IN_SAMPLE
from probing.interventions.held_out import HeldOut
from probing.interventions.requests import Explain
from probing.layer_choice import site_layers
from probing.spec import PoolerSpec
from probing.spec.values import EVERY_TOKEN

AROUND = 8  # tokens before one that is shown, and half as many after it
HIGHEST, LOWEST = "highest", "lowest"


@dataclass(frozen=True)
class Explaining:
    """A probe, its model and its dataset; `pooler` is that by which it reads a text.

    `held` is what folds that held them out said of the texts, and `fold_units` `[n_folds, width]`
    are the directions of the probes of these folds; `source` is what the texts are to the probe.
    The model continues each text by up to `generate` tokens.
    """

    model: LMModel
    probe: Direction
    data: TextDataset
    pooler: PoolerSpec
    request: Explain
    held: HeldOut | None = None
    fold_units: Numbers | None = None
    source: str = IN_SAMPLE
    generate: int = 0

    @cached_property
    def read(self) -> ReadTexts:
        """The texts of the dataset, continued as the probe reads them."""
        return ReadTexts(self.model, self.data, self.generate)

    def vocabulary(self) -> dict[str, Any]:
        """The tokens whose logits the direction raises and lowers most, through the unembedding.

        Through the unembedding behind the final norm, as the logit lens reads a residual stream
        (nostalgebraist 2020), or the input embeddings where these are asked for. Each has its
        standing in standard deviations over the vocabulary; `random` are the least and the largest
        that each random direction reaches. Where the direction does not go through, `error` says
        why.
        """
        try:
            standing = self._standing(self._units)
        except ModelError as error:
            return {"error": str(error)}
        order, n = np.argsort(standing[0]), self.request.n_shown
        return {
            HIGHEST: self._named(order[::-1][:n], standing[0]),
            LOWEST: self._named(order[:n], standing[0]),
            "random": [[float(one.min()), float(one.max())] for one in standing[1:]],
        }

    @property
    def _units(self) -> Numbers:
        """The probe's unit vector, then the random ones, `[1 + n_random, width]`."""
        n, width = self.request.n_random, len(self.probe.weights)
        return np.concatenate([self.probe.unit[None], random_units(n, width, self.request.seed)])

    def _standing(self, units: Numbers) -> Numbers:
        """What each of `units` adds to the logit of every token, in standard deviations."""
        if self.request.input_embeddings:
            moved = through_input_embeddings(self.model, units)
        else:
            is_last = self.probe.site == "resid" and self.probe.layer == self.model.n_layers
            moved = through_unembedding(self.model, units, after_norm=is_last)
        found: Numbers = moved / moved.std(1, keepdims=True)
        return found

    def _named(self, ids: NDArray[np.int64], values: Numbers) -> list[list[Any]]:
        return [[spelt(self.model.tokenizer, int(at)), float(values[at])] for at in ids]

    def dataset(self) -> dict[str, Any]:
        """What the texts of the dataset show, in one pass.

        `own` `[n_layers, n_texts]` are projections on the unit direction at each of `layers`, in
        standard deviations of the texts at the layer around their mean, and `random`
        `[n_random, n_layers, n_texts]` the same for random directions. With the probes of folds
        each text is projected on the direction of the fold that held it out, and is None where none
        did. `texts` and `tokens` are those of the largest and of the least score; `fitted` and
        `scored` say which of projections and texts are of held-out texts.
        """
        poolers = [
            dataclasses.replace(self.pooler, layer=at, layer_method=None) for at in self.layers
        ]
        outputs, of_tokens = self._passed(poolers)
        standard = [_standard(outputs[one]) for one in poolers]
        n = self.request.n_random
        random = [[values[:, 1 + at] for values in standard] for at in range(n)]
        own = [self._own(values, values[:, 1 + n :]) for values in standard]
        first = outputs[poolers[self.layers.index(self.probe.layer)]][:, 0]
        scores = (
            first * self.probe.norm + self.probe.bias if self.held is None else self.held.scores
        )
        return {
            "layers": self.layers,
            "fitted": self.source if self.fold_units is None else HELD_OUT,
            "scored": self.source if self.held is None else HELD_OUT,
            "own": [[None if np.isnan(at) else round(at, 5) for at in one] for one in own],
            "random": np.round(random, 5).tolist(),
            "targets": self.data.targets.tolist(),
            "groups": self.data.groups.tolist(),
            "classes": list(self.data.classes),
            "texts": self._texts(scores),
            "tokens": self._tokens(of_tokens),
        }

    def _own(self, values: Numbers, of_folds: Numbers) -> list[float]:
        """The projections `[n_texts]` of a layer: of the probe, or of the fold that held it out."""
        if self.held is None or self.fold_units is None:
            return [float(one) for one in values[:, 0]]
        folds = self.held.folds
        chosen = of_folds[np.arange(len(folds)), folds]
        return [float(one) for one in np.where(folds >= 0, chosen, np.nan)]

    @property
    def _directions(self) -> Numbers:
        """All that texts are projected on: the probe's, the random ones, those of folds."""
        of_folds = [] if self.fold_units is None else [self.fold_units]
        return np.concatenate([self._units, *of_folds])

    @property
    def layers(self) -> list[int]:
        """The layers of the site that are as wide as the direction."""
        known = site_layers(self.probe.site, self.model.n_layers)
        width = len(self.probe.weights)
        return [at for at in known if self.model.width(self.probe.site, at) == width]

    def _passed(
        self, poolers: Sequence[PoolerSpec]
    ) -> tuple[dict[PoolerSpec, Numbers], list[Numbers]]:
        """The projections of the texts by pooler, and the scores of the tokens of each text."""
        every = PoolerSpec(EVERY_TOKEN, layer=self.probe.layer, site=self.pooler.site)
        onto = torch.from_numpy(self._directions.T)
        heads: dict[PoolerSpec, Made] = dict.fromkeys(poolers, partial(_projected, onto=onto))
        axis = torch.from_numpy(self.probe.weights[:, None])
        scored = {every: partial(_projected, onto=axis, bias=self.probe.bias)}
        sink = ScoreSink(heads | scored)
        lots = [(list(heads), True), (list(scored), False)]
        if self.data.read.spans is None:
            lots = [([*heads, *scored], False)]
        for asked, spans in lots:
            self.read.extract(asked, spans=spans, sink=sink)
        found = {one: np.asarray(sink.outputs[one]) for one in poolers}
        return found, [own[:, 0] for own in sink.outputs[every]]

    @property
    def _reads_first(self) -> bool:
        return self.pooler.pool == "first" or self.pooler.quantile == 0

    def _texts(self, scores: Numbers) -> dict[str, list[list[Any]]]:
        known = np.flatnonzero(np.isfinite(scores))
        order, n = known[np.argsort(scores[known], kind="stable")], self.request.n_shown
        shown = {HIGHEST: order[::-1][:n], LOWEST: order[:n]}
        return {
            side: [[self.data.shown(int(at)), float(scores[at])] for at in rows]
            for side, rows in shown.items()
        }

    def _tokens(self, scores: Sequence[Numbers]) -> dict[str, list[list[Any]]]:
        """Tokens with their score, and the text around them, each text once.

        A token after the same tokens has the same score in a causal model: it is shown once. The
        first token of a text is left out, unless the probe reads it: models put there what says
        nothing of it (attention sinks, Xiao et al. 2023).
        """
        distinct = self.read.distinct
        names, rows = token_names(self.model, distinct), distinct.rows.tolist()
        flat = np.concatenate([scores[row] for row in rows])
        owners = np.repeat(rows, [len(scores[row]) for row in rows])
        places = np.concatenate([np.arange(len(scores[row])) for row in rows])
        order = np.argsort(flat, kind="stable")
        order = order if self._reads_first else order[places[order] > 0]

        def key(at: int) -> tuple[str, float]:
            return names[owners[at]][places[at]], round(float(flat[at]), 4)

        def shown(places_in_order: NDArray[np.int64]) -> list[list[Any]]:
            first = islice(_first_of_each(places_in_order, key), self.request.n_shown)
            return [[*_around(names[owners[at]], int(places[at])), float(flat[at])] for at in first]

        return {HIGHEST: shown(order[::-1]), LOWEST: shown(order)}


def _first_of_each(places: NDArray[np.int64], key: Callable[[int], object]) -> Iterator[int]:
    """The places in their order, but for those whose key another had before."""
    seen = set()
    for at in places:
        if (own := key(at)) not in seen:
            seen.add(own)
            yield int(at)


def _projected(features: torch.Tensor, onto: torch.Tensor, bias: float = 0.0) -> torch.Tensor:
    return features.double() @ onto + bias


def _standard(values: Numbers) -> Numbers:
    """Columns `[n, k]` in standard deviations around their means."""
    spread = values.std(axis=0)
    found: Numbers = (values - values.mean(axis=0)) / np.where(spread, spread, 1.0)
    return found


def _around(tokens: Sequence[str], at: int) -> tuple[str, str]:
    """A token, and the text around it with the token in brackets."""
    before, after = tokens[max(0, at - AROUND) : at], tokens[at + 1 : at + 1 + AROUND // 2]
    return tokens[at], f"{''.join(before)}[{tokens[at]}]{''.join(after)}"
