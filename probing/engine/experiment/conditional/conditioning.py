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
from probing.engine.controls import Given
from probing.engine.controls.length import sizes
from probing.engine.experiment.conditional.baselines import Baseline, OfTexts, OfTokens, OfWords
from probing.engine.experiment.conditional.beyond_baseline import BeyondBaseline
from probing.engine.experiment.dataset_tokens import DatasetTokens
from probing.engine.experiment.passes.features import PassFeatures
from probing.engine.models import Continuations
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

    def __init__(
        self,
        on: int | str,
        tokens: DatasetTokens,
        spare: Path,
        behind: Callable[[PlannedPass, TextDataset], Continuations | None],
    ) -> None:
        self.on, self.tokens, self.spare, self.behind = on, tokens, spare, behind
        self._words: tuple[tuple[str, str], WordFeatures] | None = None

    def of(
        self, one: PlannedPass, data: TextDataset, features: PassFeatures, opening: Lock
    ) -> PassBaseline | None:
        """That of a pass, whose features are made inside `opening`; None where none is asked for.

        Raises `ModelError` for a tokenizer that cannot be had.
        """
        if self.on == "none":
            return None
        if self.on == "bag_of_words":
            words = OfWords(self._words_of(one, data))
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

    def _words_of(self, one: PlannedPass, data: TextDataset) -> WordFeatures:
        # scikit-learn: 0.7 s, only for who conditions on words
        from probing.engine.experiment.conditional.word_features import WordFeatures

        behind = self.behind(one, data)
        key = one.dataset.name, "" if behind is None else behind.sha256
        if self._words is None or self._words[0] != key:
            self._words = key, WordFeatures(Given(data.marked, behind=behind).whole)
        return self._words[1]

    def _lengths(self, one: PlannedPass, data: TextDataset) -> Tensor:
        """Tokens and characters of each text, `[n_texts, 1, 2]`, and of what is generated."""
        n_tokens = self.tokens.of(one.model, data).row_lengths.numpy()
        return torch.from_numpy(sizes(n_tokens, data.marked, self.behind(one, data)))[:, None]
