"""Probes that are fitted again as a saved one was, to shuffled labels: a control of directions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from probing.datasets import TextDataset
from probing.engine.blocks import Block, FoldFailure
from probing.engine.classifiers import load
from probing.engine.extraction import extract
from probing.engine.models import LMModel
from probing.engine.splits import Labelling, inner_folds, make_folds, permuted, seed_of
from probing.errors import CellError
from probing.interventions.directions import Numbers
from probing.probes import Card
from probing.probes.directions import unit_directions
from probing.spec import ClassifierSpec, PoolerSpec, read_entry

_N_FOLDS = 5


@dataclass(frozen=True)
class Refit:
    """The dataset of a saved probe, the model that reads it, and the probe's card."""

    model: LMModel
    card: Card
    data: TextDataset
    pooler: PoolerSpec
    seed: int

    def shuffled_units(self, n: int, at: int) -> Numbers:
        """Unit vectors `[n, width]` along probes of shuffled labels, of the class `at` of several.

        Each is fitted to the training part of a fold of other labels. Raises `CellError` where a
        probe cannot be fitted, or has no direction.
        """
        labellings = tuple(self._labelling(draw) for draw in range(n))
        read, data = self.data.read, self.data
        features = extract(
            self.model, read.texts, [self.pooler], spans=read.spans, chats=read.chats
        ).features[self.pooler]
        block = Block(
            features,
            labellings,
            data.groups,
            data.task,
            data.n_classes,
            "standard" if self.card.classifier.scale == "standard" else "none",
            directs=True,
            partners=data.partners,
            halves=data.halves,
        )
        said = dict(self.card.classifier.entry)
        classifier = load(read_entry(said, ClassifierSpec, "name", self.card.name))
        units = np.zeros((n, features.shape[-1]))
        for fit in classifier.fit(block):
            if isinstance(fit, FoldFailure):
                raise CellError(f"a probe of shuffled labels: {fit.reason}", hint=_HINT)
            if fit.weights is None or not np.linalg.norm(unit_directions(fit.weights)[at]):
                raise CellError("a probe of shuffled labels has no direction", hint=_HINT)
            units[fit.labelling_at] = unit_directions(fit.weights)[at]
        return units

    def _labelling(self, draw: int) -> Labelling:
        data, seed = self.data, seed_of(self.seed, "shuffled", draw)
        targets = permuted(data.targets, data.groups, seed)
        fold = make_folds(
            targets, data.groups, data.task, n_folds=_N_FOLDS, val_size=0.0, seed=seed
        )[0]
        inner = inner_folds(fold.train, targets, data.groups, data.task, seed)
        # of a later permutation no weights are told, which a run has no use for
        return Labelling("shuffled_labels", 0, targets, (fold,), (inner,), seed)


_HINT = "use --shuffled 0 to do without them"
