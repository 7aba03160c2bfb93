"""From what prompts gave under steering to rows, one for each condition and measure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from probing.interventions.conditions import Condition, conditions_of
from probing.interventions.means import Mean, mean_of
from probing.interventions.requests import Steer
from probing.interventions.rows import frame_of, told

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Steered:
    """The prompts that are done, by number, and what each gave."""

    request: Steer
    done: Mapping[str, Values]
    facts: Mapping[str, Any]  # of every row: probe, model and site
    first_layer: int  # at which scores are read

    def rows(self) -> pl.DataFrame:
        """A row for each condition and measure; changes are those from no steering at all."""
        return frame_of(row for row in self._rows())

    def frames(self) -> dict[str, pl.DataFrame]:
        """What is written of it, by the name of the file."""
        texts = {"texts": self.texts()} if self.request.max_new else {}
        return {"rows": self.rows(), **texts}

    def texts(self) -> pl.DataFrame:
        """A row for each prompt and condition: the text that was generated, and its perplexity."""
        rows = [
            {"prompt": self.request.prompts[at], **_named(one), **self._text(values, place)}
            for at, values in self._prompts()
            for place, one in enumerate(self._conditions)
        ]
        return pl.DataFrame(rows, infer_schema_length=None)

    @property
    def _conditions(self) -> list[Condition]:
        return conditions_of(self.request)

    def _prompts(self) -> Iterator[tuple[int, Values]]:
        for at in range(len(self.request.prompts)):
            if str(at) in self.done:
                yield at, self.done[str(at)]

    @staticmethod
    def _text(values: Values, place: int) -> dict[str, Any]:
        loss, n_tokens = values["loss"][place], values["n_tokens"][place]
        perplexity = math.exp(loss / n_tokens) if n_tokens else None
        return {"text": values["text"][place], "n_tokens": n_tokens, "perplexity": perplexity}

    def _rows(self) -> Iterator[dict[str, Any]]:
        for place, one in enumerate(self._conditions):
            own = {"kind": "steer", **self.facts, **_named(one)}
            for measure, read_layer, mean in self._means(place):
                yield {**own, "measure": measure, "read_layer": read_layer, **told(mean)}

    def _means(self, place: int) -> Iterator[tuple[str, int | None, Mean | None]]:
        if self.request.choices:
            yield "log_odds", None, self._mean("log_odds", place, change=False)
            yield "log_odds_change", None, self._mean("log_odds", place)
        kl = self._mean("kl", place, change=False)
        # a divergence is never below 0, whatever its interval by Student's t says
        yield "kl", None, kl and replace(kl, low=None if kl.low is None else max(kl.low, 0.0))
        if self.request.max_new:
            yield "perplexity", None, self._perplexity(place)
        n_layers = max((len(values["score"][0]) for _, values in self._prompts()), default=0)
        for at in range(n_layers):
            groups, values = self._groups(), self._prompts()
            moved = [one["score"][place][at] - one["score"][0][at] for _, one in values]
            yield "score_change", self.first_layer + at, mean_of(moved, groups)

    def _mean(self, key: str, place: int, *, change: bool = True) -> Mean | None:
        values = [one[key][place] - change * one[key][0] for _, one in self._prompts()]
        return mean_of(values, self._groups())

    def _perplexity(self, place: int) -> Mean | None:
        """The exponential of the mean loss of a token, a prompt counting as one."""
        losses = [
            one["loss"][place] / one["n_tokens"][place] if one["n_tokens"][place] else math.nan
            for _, one in self._prompts()
        ]
        mean = mean_of(losses, self._groups())
        if mean is None:
            return None
        low, high = (None if end is None else _exp(end) for end in (mean.low, mean.high))
        return Mean(_exp(mean.value), low, high, mean.n, mean.n_groups)

    def _groups(self) -> Sequence[int]:
        return [self.request.groups[at] for at, _ in self._prompts()]


def _exp(value: float) -> float:
    return math.exp(min(value, 700.0))


def _named(one: Condition) -> dict[str, Any]:
    draw = one.draw if one.control else None
    return {"control": one.control, "draw": draw, "layer": one.layer, "scale": one.scale}
