"""The mean of the scores of several layers, fold by fold.

Of classifiers with probabilities it is the mean probability (the linear opinion pool, Stone 1961),
as log odds that still rank where these round to 1; of other classifiers the mean of decision
values, each layer's in units of its root mean square on texts that its fit was trained on; of
numbers the mean.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from probing.engine.blocks import TextScores
from probing.engine.experiment.ensembles.members import Member, Numbers
from probing.engine.metrics import probabilities_of
from probing.engine.metrics.log_odds import mean_log_odds
from probing.errors import CellError

_Mean = Callable[[Sequence[Numbers]], Numbers]


@dataclass(frozen=True)
class Pooled:
    """The scores of an ensemble in one fold; `probabilities` where its members have them."""

    test: Numbers
    held_out: TextScores | None
    seen: TextScores | None
    probabilities: Numbers | None


def mean_of(members: Sequence[Member], task: str) -> Pooled:
    """The mean of the members of a fold; raises `CellError` where they scored different texts."""
    has_shares = averages_shares(members, task)
    mean = mean_log_odds if has_shares else _plain(members, task)
    test = mean([one.test for one in members])
    return Pooled(
        test,
        _together([one.held_out for one in members], mean),
        _together([one.seen for one in members], mean),
        probabilities_of(test) if has_shares else None,
    )


def averages_shares(members: Sequence[Member], task: str) -> bool:
    """Whether the mean is that of probabilities, which all members have."""
    return task != "regression" and all(one.gives_probabilities for one in members)


def units_of(members: Sequence[Member], task: str) -> list[float]:
    """What the scores of each member are divided by where they are averaged as they are."""
    return [1.0 if task == "regression" else _unit(one) for one in members]


def _plain(members: Sequence[Member], task: str) -> _Mean:
    units = units_of(members, task)

    def mean(scores: Sequence[Numbers]) -> Numbers:
        found: Numbers = np.mean([own / unit for own, unit in zip(scores, units, strict=True)], 0)
        return found

    return mean


def _unit(member: Member) -> float:
    """The root mean square of its scores of texts that it was trained on."""
    known = member.seen or member.held_out
    size = float(np.sqrt(np.mean(known.scores**2))) if known is not None else 0.0
    return size or 1.0


def _together(parts: Sequence[TextScores | None], mean: _Mean) -> TextScores | None:
    """The mean where every member has scores of the same texts."""
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    if any(not np.array_equal(one.texts, known[0].texts) for one in known[1:]):
        raise CellError("its layers were fitted to different texts")
    return TextScores(known[0].texts, mean([one.scores for one in known]))
