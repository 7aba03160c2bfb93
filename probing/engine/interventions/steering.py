"""Steer a causal model along the direction of a probe, and measure what follows.

The direction is added at every token of a prompt and of what is generated, as in activation
addition (Turner et al. 2023, "Steering language models with activation engineering").
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch

from probing.engine.extraction.pool_on_device import PooledReads
from probing.engine.interventions.edits import Add, edited
from probing.engine.interventions.generation import continued
from probing.engine.interventions.next_token import last_logits, log_odds
from probing.engine.interventions.token_checks import choice_ids
from probing.engine.models import Asked, LMModel, TokenBatch
from probing.interventions.conditions import (
    RANDOM,
    SHUFFLED,
    Condition,
    conditions_of,
    vectors_of,
)
from probing.interventions.directions import Direction, Numbers, random_units
from probing.interventions.requests import Steer
from probing.spec import PoolerSpec
from probing.token_stage import choices_of

BUDGET = 2048  # tokens of a batch


@dataclass(frozen=True)
class Steering:
    """A probe, the model that is steered, and what is asked.

    `pooler` is that by which the probe reads a text, `shuffled` gives the unit vectors
    `[n_shuffled, width]` of probes of shuffled labels. Raises `SpecError` for choices that are not
    one token each, and for layers that the model lacks.
    """

    model: LMModel
    probe: Direction
    pooler: PoolerSpec
    request: Steer
    shuffled: Callable[[], Numbers] | None = None

    def __call__(self, prompt: str) -> dict[str, Any]:
        """What one prompt gives under every condition, in their order.

        `score` `[n_conditions, n_layers]` are the probe's weights applied to every layer from its
        own on, `kl` the divergence in nats of the next token from that without steering; with
        choices their `log_odds`; with `max_new` the `text` that is generated, and its `loss` and
        `n_tokens` under the model without steering.
        """
        asked = Asked(choices=choices_of([self.pooler]), generate=self.request.max_new)
        tokens = self.model.tokenise([prompt], asked=asked)
        vectors = torch.from_numpy(vectors_of(self.conditions, self.probe, self._units))
        size = max(1, BUDGET // (len(tokens.ids) + self.request.max_new))
        parts, plain = [], None
        for start in range(0, len(self.conditions), size):
            lot = slice(start, start + size)
            batch = self.model.pad(tokens, [0] * len(vectors[lot])).to(self.model.device)
            logits, scores = self._read(batch, lot, vectors[lot])
            plain = logits[:1] if plain is None else plain
            parts.append(self._measured(logits, scores, plain))
            if self.request.max_new:
                with self._steered(lot, vectors[lot]):
                    ids, n = tokens.ids.tolist(), len(vectors[lot])
                    said = continued(self.model, ids, n, self.request.max_new)
                parts[-1] |= said.measured(self.model)
        return {key: [one for part in parts for one in part[key]] for key in parts[0]}

    @cached_property
    def conditions(self) -> list[Condition]:
        """The conditions of the request."""
        return conditions_of(self.request)

    @cached_property
    def _units(self) -> dict[str, Numbers]:
        n, width = self.request.n_random, len(self.probe.weights)
        found = {RANDOM: random_units(n, width, self.request.seed)}
        return found if self.shuffled is None else {**found, SHUFFLED: self.shuffled()}

    @property
    def read_layers(self) -> range:
        """The layers at which the probe's score is read: from its own on."""
        return range(self.probe.layer, self.model.n_layers + 1)

    @cached_property
    def choices(self) -> list[int]:
        """The tokens of the choices."""
        return choice_ids(self.model.tokenizer, self.request.choices, self.model.name)

    @contextmanager
    def _steered(self, lot: slice, vectors: torch.Tensor) -> Iterator[None]:
        """A context in which each row of a batch has the vector of its condition at its layer."""
        layers = [one.layer for one in self.conditions[lot]]
        edits = {}
        for layer in dict.fromkeys(layers):
            is_own = torch.tensor([one == layer for one in layers])
            edits[self.probe.site, layer] = Add(torch.where(is_own[:, None], vectors, 0.0))
        with edited(self.model, edits):
            yield

    @torch.no_grad()
    def _read(
        self, batch: TokenBatch, lot: slice, vectors: torch.Tensor
    ) -> tuple[torch.Tensor, Numbers]:
        """Logits of the next token, and the probe's scores `[n_rows, n_layers]`."""
        pooler = dataclasses.replace(self.pooler, layer="each")
        reads = PooledReads(self.model, [pooler])
        reads.begin(
            dataclasses.replace(batch, mask=batch.mask.cpu(), specials=batch.specials.cpu())
        )
        with self._steered(lot, vectors), self.model.reader(reads.read, reads.sites, None):
            logits = last_logits(self.model, batch.ids, batch.mask)
        pooled = reads.finish()[pooler][:, :, 0].double().cpu().numpy()
        first = 0 if self.probe.site == "resid" else 1
        own = pooled[[layer - first for layer in self.read_layers]]
        return logits, (own @ self.probe.weights + self.probe.bias).T

    def _measured(
        self, logits: torch.Tensor, scores: Numbers, plain: torch.Tensor
    ) -> dict[str, Any]:
        found: dict[str, Any] = {"score": scores.tolist()}
        before, after = (one.double().log_softmax(1) for one in (plain, logits))
        kl = (after.exp() * (after - before)).sum(1)
        found["kl"] = kl.clamp(min=0).tolist()
        if self.request.choices:
            found["log_odds"] = log_odds(logits, self.choices).tolist()
        return found
