"""The baselines of a run's `conditional_on`: one for each pooler and classifier of a pass."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from probing.datasets import TextDataset
from probing.engine.classifiers import Classifier
from probing.engine.experiment.conditional.baselines import Baseline, OfTexts, OfTokens, OfWords
from probing.engine.experiment.conditional.beyond_baseline import BeyondBaseline
from probing.engine.experiment.dataset_tokens import DatasetTokens
from probing.engine.experiment.passes.features import PassFeatures
from probing.engine.token_rows import TokenRows
from probing.plan import PlannedBlock, PlannedPass

if TYPE_CHECKING:
    from probing.engine.experiment.conditional.word_features import WordFeatures


class PassBaseline:
    """What the layers of a pass are conditional on; `make` gives it for a pooler's blocks."""

    def __init__(self, make: Callable[[PlannedBlock], Baseline], spare: Path) -> None:
        self.make, self.spare = make, spare
        self._made: dict[tuple[int, int], BeyondBaseline] = {}

    def of(self, block: PlannedBlock, classifier: Classifier) -> BeyondBaseline:
        """What measures the cells of a block, the same for all layers of pooler and classifier."""
        key = block.pooler_at, block.classifier_at
        if key not in self._made:
            self._made[key] = BeyondBaseline(classifier, self.make(block), self.spare)
        return self._made[key]


class Conditioning:
    """Makes what the passes of a run are conditional on; words are kept by dataset."""

    def __init__(self, on: int | str, tokens: DatasetTokens, spare: Path) -> None:
        self.on, self.tokens, self.spare = on, tokens, spare
        self._words: tuple[str, WordFeatures] | None = None

    def of(
        self, one: PlannedPass, data: TextDataset, features: PassFeatures, opening: Lock
    ) -> PassBaseline | None:
        """That of a pass, whose features are made inside `opening`; None where none is asked for.

        Raises `ModelError` for a tokenizer that cannot be had.
        """
        if self.on == "none":
            return None
        if self.on == "bag_of_words":
            words = OfWords(self._words_of(one.dataset.name, data))
            return PassBaseline(lambda _: words, self.spare)
        if self.on == "length":
            found = self._lengths(one, data)
            lengths = OfTexts(lambda: found)
            return PassBaseline(lambda _: lengths, self.spare)

        def layer(block: PlannedBlock) -> Tensor:
            with opening:
                return features.baseline(block)

        def tokens(block: PlannedBlock) -> TokenRows:
            with opening:
                return features.baseline_tokens(block)

        def made(block: PlannedBlock) -> Baseline:
            if features.reads_tokens(block):
                return OfTokens(partial(tokens, block))
            return OfTexts(partial(layer, block))

        return PassBaseline(made, self.spare)

    def _words_of(self, dataset: str, data: TextDataset) -> WordFeatures:
        # scikit-learn: 0.7 s, only for who conditions on words
        from probing.engine.experiment.conditional.word_features import WordFeatures

        if self._words is None or self._words[0] != dataset:
            self._words = dataset, WordFeatures(data.marked)
        return self._words[1]

    def _lengths(self, one: PlannedPass, data: TextDataset) -> Tensor:
        """Tokens and characters of each text, `[n_texts, 1, 2]`."""
        n_tokens = self.tokens.of(one.model, data).row_lengths
        n_characters = torch.tensor([len(text) for text in data.marked])
        return torch.stack([n_tokens, n_characters], dim=1).float()[:, None]
