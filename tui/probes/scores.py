"""The score of a saved probe and that of its best control, as values and as texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from probing.metric_names import METRICS, default_metric
from probing.probes import Card
from tui.plot.axis import short


@dataclass(frozen=True)
class Score:
    """A value with its 95 % interval; nothing where it is not known."""

    value: float | None = None
    low: float | None = None
    high: float | None = None

    @classmethod
    def of(cls, told: Mapping[str, float | None]) -> Score:
        """That of a metric of a card."""
        return cls(told.get("value"), told.get("low"), told.get("high"))

    @property
    def interval(self) -> str:
        """`[.85, .95]`."""
        if self.low is None or self.high is None:
            return ""
        return f"[{short(self.low)}, {short(self.high)}]"

    def __str__(self) -> str:
        value = "" if self.value is None else short(self.value, 3)
        return f"{value} {self.interval}".strip()


def score_of(card: Card) -> tuple[str, Score]:
    """The metric by which probes of that task are compared, and the score by it."""
    metric = default_metric(card.task)
    return metric, Score.of(card.score.metrics.get(metric, {}))


def best_control(card: Card) -> tuple[str, Score]:
    """The control with the best score, and that score; no name where there is none."""
    metric = default_metric(card.task)
    sign = 1 if METRICS[metric].higher_is_better else -1
    found = {name: Score.of(own.get(metric, {})) for name, own in card.score.controls.items()}
    scores = {name: sign * one.value for name, one in found.items() if one.value is not None}
    best = max(scores, key=lambda name: scores[name], default="")
    return best, found.get(best, Score())


def is_chosen(card: Card) -> bool:
    """Whether `select` chose it: its scores are then those of choosing, on which nothing was."""
    return card.score.cell != card.cell
