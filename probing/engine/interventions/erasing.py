"""Erase a concept from a model's activations, and see what a new probe still finds.

Erasers are fitted on the training part of each fold; what is left is tested on its held-out texts
by a probe that is fitted anew under the erasing, at the layer and at all that follow it: amnesic
probing (Elazar et al. 2021) with the erasers of Belrose et al. 2023.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch

from probing.datasets import TextDataset
from probing.engine.interventions.edits import Affine, Edit, Place, edited
from probing.engine.interventions.erasers import (
    Numbers,
    leace,
    mean_projection,
    random_projection,
    targets_of,
)
from probing.engine.interventions.new_probes import Features, NewProbes
from probing.engine.interventions.next_token import all_logits, log_odds, token_losses
from probing.engine.interventions.read_texts import ReadTexts
from probing.engine.models import LMModel
from probing.engine.splits import Fold, make_folds, seed_of
from probing.interventions.erasures import LEACE, MEAN, PLAIN, RANDOM, Erasure
from probing.interventions.requests import Erase
from probing.spec import PoolerSpec

Edits = dict[Place, Edit]
BUDGET = 512  # tokens of a batch whose logits are all kept


@dataclass(frozen=True)
class Erasing:
    """A dataset, the model that reads it, and what is asked.

    `pooler` is that by which the probe reads a text, `choices` are the tokens of the choices, and
    `generate` how many tokens the model continues each text by.
    """

    model: LMModel
    data: TextDataset
    site: str
    pooler: PoolerSpec
    request: Erase
    choices: Sequence[int] = ()
    generate: int = 0

    def __call__(self, erasure: Erasure) -> dict[str, Any]:
        """What the test texts of a fold show under an erasure.

        `hits` (of numbers `predicts`) has for every layer from the first edited on what a new probe
        says of each test text, and `trained` its score on training texts. Of a causal model each
        test text has its `loss`, the mean over its tokens in nats, and with choices their
        `log_odds` after it.
        """
        fold = self.folds[erasure.fold]
        edits = self._edits(erasure, fold)
        layers = range(min(erasure.layers), self.model.n_layers + 1)
        found: dict[str, Any] = {"rows": fold.test.tolist(), "layers": list(layers)}
        found["n_train"] = len(fold.train)
        probes = [
            NewProbes(self.data, self.request.seed).measured(features, fold, erasure.fold)
            for features in self._features(edits, layers)
        ]
        found |= {key: [one[key] for one in probes] for key in probes[0]}
        if self.model.has_head:
            found |= self._said(edits, fold.test.tolist())
        return found

    @cached_property
    def folds(self) -> tuple[Fold, ...]:
        """The folds: the dataset's own split where it has one."""
        data, asked = self.data, self.request
        split = "given" if data.splits is not None else "kfold"
        return make_folds(
            data.targets,
            data.groups,
            data.task,
            split=split,
            n_folds=asked.n_folds,
            val_size=0.0,
            seed=asked.seed,
            given=data.splits,
            classes=data.classes,
        )

    @cached_property
    def texts(self) -> ReadTexts:
        """The texts of the dataset, as the model as it is continues them."""
        return ReadTexts(self.model, self.data, self.generate)

    @property
    def majority(self) -> float | None:
        """The accuracy on all test texts of the most frequent class of the training parts."""
        if self.data.task == "regression":
            return None
        targets = self.data.targets.astype(np.int64)
        right = [
            targets[fold.test] == np.bincount(targets[fold.train]).argmax() for fold in self.folds
        ]
        return float(np.concatenate(right).mean())

    def _edits(self, erasure: Erasure, fold: Fold) -> Edits:
        """The erasers of an erasure, each fitted on what those of the layers before it leave."""
        edits: Edits = {}
        for layer in erasure.layers if erasure.method != PLAIN else ():
            X = self._features(edits, [layer])[0][fold.train].astype(np.float64)
            edits[self.site, layer] = self._eraser(erasure, X, fold)
        return edits

    def _eraser(self, erasure: Erasure, X: Numbers, fold: Fold) -> Affine:
        Z = targets_of(self.data.targets, self.data.task, self.data.n_classes)[fold.train]
        if erasure.method == LEACE:
            return leace(X, Z)
        if erasure.method == MEAN:
            return mean_projection(X, Z)
        assert erasure.method == RANDOM
        rank = max(self.data.n_classes - 1, 1)
        return random_projection(X, rank, seed_of(self.request.seed, "eraser", erasure.draw))

    @cached_property
    def _plain(self) -> dict[int, Features]:
        """The features of the model as it is by layer: every fold and eraser begins with them."""
        first = min(min(layers) for layers in self.request.places)
        layers = range(first, self.model.n_layers + 1)
        return dict(zip(layers, self._extracted({}, layers), strict=True))

    def _features(self, edits: Edits, layers: Sequence[int]) -> list[Features]:
        """The features of all texts at each of `layers`, `[n_texts, d]`, under the edits."""
        return self._extracted(edits, layers) if edits else [self._plain[at] for at in layers]

    def _extracted(self, edits: Edits, layers: Sequence[int]) -> list[Features]:
        poolers = [dataclasses.replace(self.pooler, layer=at, layer_method=None) for at in layers]
        _ = self.texts.distinct  # continued without an edit
        with edited(self.model, edits):
            features = self.texts.extract(poolers).features
        return [features[one][0, :, 0].numpy() for one in poolers]

    @torch.no_grad()
    def _said(self, edits: Edits, rows: Sequence[int]) -> dict[str, Any]:
        """What the model says of each text; those of a batch are of one length, without padding."""
        losses: list[float | None] = [None] * len(rows)
        odds: list[float | None] = [None] * len(rows)
        tokens = self.texts.tokens(rows)
        with edited(self.model, edits):
            for lot in _alike(tokens.lengths.tolist()):
                batch = self.model.pad(tokens, lot).to(self.model.device)
                logits = all_logits(self.model, batch.ids, batch.mask)
                told = token_losses(logits, batch.ids, batch.mask).double().mean(1).tolist()
                choices = log_odds(logits[:, -1], self.choices).tolist() if self.choices else told
                for place, loss, one in zip(lot, told, choices, strict=True):
                    # a text of one token has nothing before it
                    losses[place], odds[place] = None if math.isnan(loss) else loss, one
        return {"loss": losses, **({"log_odds": odds} if self.choices else {})}


def _alike(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Places of texts of one length, as many as a batch holds."""
    for length in sorted(set(lengths)):
        own = [place for place, n in enumerate(lengths) if n == length]
        size = max(1, BUDGET // length)
        yield from (own[start : start + size] for start in range(0, len(own), size))
