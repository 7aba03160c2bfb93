"""Ensembles over layers as probes: their members, fitted to all rows, and the mean of these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from probing.engine.blocks import FoldFit
from probing.engine.experiment.ensembles.mean_scores import averages_shares, mean_of, units_of
from probing.engine.experiment.ensembles.members import Member
from probing.engine.experiment.saved_probes.fitted_probe import FittedProbe
from probing.engine.experiment.saved_probes.whole_fold import WholeFold
from probing.errors import CellError
from probing.plan import PlannedBlock
from probing.probes import ENSEMBLE, PLAIN


@dataclass(frozen=True)
class FittedMember:
    """A layer that was fitted to all rows, and what is saved of it."""

    block: PlannedBlock
    whole: WholeFold
    fit: FoldFit
    probe: FittedProbe

    @property
    def features(self) -> torch.Tensor:
        """The features of the rows that the fit was fitted to, `[n, d]`."""
        return self.whole.trained(self.fit).features


@dataclass(frozen=True)
class FittedEnsemble:
    """The mean of members as one fit, and what is saved of it."""

    fit: FoldFit
    probe: FittedProbe
    tested: NDArray[np.float64]  # the features of all members side by side, of what was tested
    norm: float  # of these over the rows that it was fitted to, on average


def ensemble_of(members: Sequence[FittedMember], task: str) -> FittedEnsemble:
    """The ensemble of some layers; raises `CellError` for those of several widths."""
    widths = {one.features.shape[1] for one in members}
    if len(widths) > 1:
        raise CellError("its layers differ in width")
    each = [Member.of(one.fit) for one in members]
    # thresholds and probabilities are set on the scores by fits that left an inner fold out
    inner = [replace(own, held_out=one.fit.inner) for own, one in zip(each, members, strict=True)]
    pooled, first = mean_of(inner, task), members[0].fit
    fit = replace(
        first,
        test_scores=pooled.test,
        probabilities=pooled.probabilities,
        n_params=sum(one.n_params for one in each),
        chosen={"n_layers": float(len(members))},
        flags=tuple(flag for flag in first.flags if all(flag in one.fit.flags for one in members)),
        inner=pooled.held_out,
        weights=None,
        state=None,
        drawn=None,
    )
    probe = _probe(members, each, task)
    tested = np.concatenate([one.whole.tested(one.fit).numpy() for one in members], axis=1)
    return FittedEnsemble(fit, probe, tested, _norm(members))


def _probe(members: Sequence[FittedMember], each: Sequence[Member], task: str) -> FittedProbe:
    is_share = averages_shares(each, task)
    units = [1.0] * len(each) if is_share else units_of(each, task)
    said = [
        {
            "kind": one.probe.kind,
            "link": one.probe.link,
            "given": dict(one.probe.given),
            "width": one.features.shape[1],
            "unit": unit,
        }
        for one, unit in zip(members, units, strict=True)
    ]
    arrays = {
        f"{at}.{name}": array
        for at, one in enumerate(members)
        for name, array in one.probe.arrays.items()
    }
    given = {"members": said, "averages_shares": is_share}
    own = members[0].probe
    return FittedProbe(ENSEMBLE, PLAIN, arrays, None, given, own.source, own.sha256)


def _norm(members: Sequence[FittedMember]) -> float:
    squares = sum(one.features.norm(dim=1).double().square() for one in members)
    assert isinstance(squares, torch.Tensor)
    return float(squares.sqrt().mean())
