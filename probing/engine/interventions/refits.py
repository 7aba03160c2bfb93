"""Probes that are fitted again as a saved one was, to shuffled labels: a control of directions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from probing.datasets import TextDataset
from probing.engine.blocks import Block, FoldFailure
from probing.engine.classifiers import Classifier, load, needs_validation
from probing.engine.extraction import extract
from probing.engine.models import LMModel
from probing.engine.splits import Labelling, inner_folds, make_folds, permuted, seed_of
from probing.errors import CellError
from probing.interventions.directions import Numbers
from probing.probes import Card
from probing.probes.directions import unit_directions
from probing.spec import ClassifierSpec, PoolerSpec, read_entry

_N_FOLDS = 5
_MOST_DRAWN = 4  # labellings for each direction


@dataclass(frozen=True)
class Refit:
    """The dataset of a saved probe, the model that reads it, and the probe's card.

    `val_size` is the share of a training part that is set apart where the probe stops early.
    """

    model: LMModel
    card: Card
    data: TextDataset
    pooler: PoolerSpec
    seed: int
    val_size: float = 0.0

    def shuffled_units(self, n: int, at: int) -> Numbers:
        """Unit vectors `[n, width]` along probes of shuffled labels, of the class `at` of several.

        Each is fitted to the training part of a fold of other labels; labels to which a probe has
        no direction, since none helped it, are drawn again. Raises `CellError` where a probe cannot
        be fitted, or few have a direction.
        """
        features = self._features()
        found: list[Numbers] = []
        for first in range(0, _MOST_DRAWN * n, n):
            found += self._units(features, range(first, first + n), at)
            if len(found) >= n:
                return np.stack(found[:n])
        raise CellError("probes of shuffled labels have no direction", hint=_HINT)

    def _features(self) -> torch.Tensor:
        """What the probe's pooler reads of the dataset, `[n_rows, width]`."""
        read = self.data.read
        found = extract(self.model, read.texts, [self.pooler], spans=read.spans, chats=read.chats)
        return found.features[self.pooler]

    def _units(self, features: torch.Tensor, draws: range, at: int) -> list[Numbers]:
        """The directions of the probes of some draws, in their order; without those of none."""
        data, classifier = self.data, self._classifier()
        val_size = self.val_size if needs_validation(classifier) else 0.0
        block = Block(
            features,
            tuple(self._labelling(draw, val_size) for draw in draws),
            data.groups,
            data.task,
            data.n_classes,
            "standard" if self.card.classifier.scale == "standard" else "none",
            directs=True,
            partners=data.partners,
            halves=data.halves,
        )
        units: dict[int, Numbers] = {}
        for fit in classifier.fit(block):
            if isinstance(fit, FoldFailure):
                raise CellError(f"a probe of shuffled labels: {fit.reason}", hint=_HINT)
            if fit.weights is not None and np.any(unit := unit_directions(fit.weights)[at]):
                units[fit.labelling_at] = unit
        return [units[which] for which in sorted(units)]

    def _classifier(self) -> Classifier:
        said = dict(self.card.classifier.entry)
        return load(read_entry(said, ClassifierSpec, "name", self.card.name))

    def _labelling(self, draw: int, val_size: float) -> Labelling:
        data, seed = self.data, seed_of(self.seed, "shuffled", draw)
        targets = permuted(data.targets, data.groups, seed)
        fold = make_folds(
            targets, data.groups, data.task, n_folds=_N_FOLDS, val_size=val_size, seed=seed
        )[0]
        inner = inner_folds(fold.whole.train, targets, data.groups, data.task, seed)
        # of a later permutation no weights are told, which a run has no use for
        return Labelling("shuffled_labels", 0, targets, (fold,), (inner,), seed)


_HINT = "use --shuffled 0 to do without them"
