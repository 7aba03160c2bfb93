"""Patch activations of a text with those of its twin, and measure what that carries over.

Activation patching between minimal pairs, as interchange interventions (Geiger et al. 2021) and
causal tracing (Meng et al. 2022) without the noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch

from probing.engine.interventions.edits import Place, Replace, edited
from probing.engine.interventions.next_token import last_logits
from probing.engine.interventions.token_checks import choice_ids, first_apart
from probing.engine.models import LMModel, TokenBatch
from probing.engine.models.token_names import spelt
from probing.interventions.directions import Direction, random_units
from probing.interventions.patches import EVERYWHERE, OTHER, Spot, donors_of, spots_of
from probing.interventions.requests import Patch

BUDGET = 2048  # tokens of a batch
Kept = dict[Place, torch.Tensor]  # the activations of one text, `[seq, width]`


@dataclass(frozen=True)
class _Sources:
    """What is put into a text: activations of its twin, or of other texts.

    `first` is the first token that differs from the twin.
    """

    twin: Kept
    donors: Sequence[Kept]
    first: int

    def places(self, spot: Spot) -> slice | int:
        """The tokens that are replaced; of another text only those that the twin changes."""
        if spot.position != EVERYWHERE:
            return spot.position
        return slice(self.first if spot.control == OTHER else 0, None)

    def values(self, place: Place, spots: Sequence[Spot]) -> torch.Tensor:
        """What each spot takes, `[n_spots, seq, width]`."""
        if not self.donors:
            return self.twin[place].expand(len(spots), -1, -1)
        own = [self.donors[one.draw] if one.control == OTHER else self.twin for one in spots]
        return torch.stack([one[place] for one in own])


@dataclass(frozen=True)
class Patching:
    """A model, the probe whose site is patched, and what is asked."""

    model: LMModel
    probe: Direction
    request: Patch

    def __call__(self, at: int) -> dict[str, Any]:
        """What the pair of that number shows, whose twins align.

        `spots` are `[layer, position, draw]` (a draw of -1 is no control) and `patched` the
        difference of the logits of the second answer and the first there; `before` and `twin` are
        those of the text and of its twin, `tokens` those of the text as they are written, and
        `first` the first token that differs.
        """
        tokens = self.model.tokenise(self.request.twins[at])
        first = first_apart(tokens)
        answers = choice_ids(self.model.tokenizer, self.request.answers[at], self.model.name)
        batch = self.model.pad(tokens, [0, 1]).to(self.model.device)
        kept, (before, twin) = self._read(batch, answers)
        donors = [] if self.request.along else self._donated(at, len(batch.ids[0]))
        spots = [
            one
            for one in spots_of(self.request, len(batch.ids[0]), first)
            if one.control != OTHER or one.draw < len(donors)
        ]
        size = max(1, BUDGET // len(batch.ids[0]))
        lots = [spots[start : start + size] for start in range(0, len(spots), size)]
        sources = _Sources(kept, donors, first)
        patched = [one for lot in lots for one in self._patched(batch, lot, sources, answers)]
        told = [[one.layer, one.position, one.draw if one.control else -1] for one in spots]
        written = [spelt(self.model.tokenizer, token) for token in batch.ids[0].tolist()]
        return {
            "spots": told,
            "patched": patched,
            "before": before,
            "twin": twin,
            "tokens": written,
            "first": first,
        }

    @torch.no_grad()
    def _read(self, batch: TokenBatch, answers: Sequence[int]) -> tuple[Kept, list[float]]:
        """The twin's activations at every layer asked for, and both logit differences."""
        kept, logits = self._kept(batch, 1)
        return kept, _difference(logits, answers)

    def _kept(self, batch: TokenBatch, row: int) -> tuple[Kept, torch.Tensor]:
        """The activations of a row of a batch at every layer asked for, and all logits."""
        site, kept = self.probe.site, Kept()
        layers = {self.model.step(site, layer): layer for layer in self.request.layers}

        def keep(read_site: str, step: int, activation: torch.Tensor) -> None:
            if read_site == site and step in layers:
                kept[site, layers[step]] = activation[row].clone()

        with self.model.reader(keep, [site], None):
            logits = last_logits(self.model, batch.ids, batch.mask)
        return kept, logits

    @torch.no_grad()
    def _donated(self, at: int, length: int) -> list[Kept]:
        """The activations of texts of other pairs, their tokens in the places of one of `length`.

        Texts of another length are aligned at their ends, where the answer is asked for.
        """
        found = []
        for one in donors_of(self.request, at):
            tokens = self.model.tokenise([self.request.twins[one.pair][one.side]])
            batch = self.model.pad(tokens, [0]).to(self.model.device)
            own = len(batch.ids[0])
            places = (torch.arange(length) - length + own).clamp(min=0)
            kept = self._kept(batch, 0)[0]
            found.append({place: values[places] for place, values in kept.items()})
        return found

    @torch.no_grad()
    def _patched(
        self,
        batch: TokenBatch,
        spots: Sequence[Spot],
        sources: _Sources,
        answers: Sequence[int],
    ) -> list[float]:
        ids, mask = (part[:1].expand(len(spots), -1) for part in (batch.ids, batch.mask))
        edits = {}
        for layer in dict.fromkeys(one.layer for one in spots):
            there = torch.zeros(ids.shape, dtype=torch.bool)
            for row, one in enumerate(spots):
                if one.layer == layer:
                    there[row, sources.places(one)] = True
            place = self.probe.site, layer
            axes = self._axes(spots) if self.request.along else None
            edits[place] = Replace(sources.values(place, spots), there, axes)
        with edited(self.model, edits):
            return _difference(last_logits(self.model, ids, mask), answers)

    def _axes(self, spots: Sequence[Spot]) -> torch.Tensor:
        own = torch.from_numpy(self.probe.unit)
        return torch.stack([self._random[one.draw] if one.control else own for one in spots])

    @cached_property
    def _random(self) -> torch.Tensor:
        n, width = self.request.n_random, len(self.probe.weights)
        return torch.from_numpy(random_units(n, width, self.request.seed))


def _difference(logits: torch.Tensor, answers: Sequence[int]) -> list[float]:
    """By how much the second answer is more likely than the first, in log odds, `[n]`."""
    first, second = answers
    found: list[float] = (logits[:, second].double() - logits[:, first].double()).tolist()
    return found
