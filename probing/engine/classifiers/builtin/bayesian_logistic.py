"""Logistic regression with a distribution over its weights, sampled by NUTS."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import torch

from probing.engine.classifiers.builtin.families.one_set_at_a_time import (
    FoldData,
    FoldwiseClassifier,
)
from probing.engine.classifiers.builtin.families.outcomes import Failure, Outcome
from probing.engine.classifiers.builtin.families.strength_grids import check_counts
from probing.engine.solvers.bayesian.nuts import Chains, Sampled, sampled
from probing.engine.solvers.bayesian.predictive import predicted
from probing.engine.solvers.rows.principal_axes import principal_axes
from probing.engine.solvers.rows.streamed_rows import Rows
from probing.engine.splits import seed_of

MOST_R_HAT = 1.01
LEAST_EFFECTIVE = 400
INNER_WARMUP, INNER_SHARE = 250, 5


class BayesianLogistic(FoldwiseClassifier):
    """Logistic regression averaged over draws of its weights and of their prior's scale.

    Of more than `n_components` features the principal components of the training rows are kept.
    Scores are the log odds of the mean probability over all draws; each test text has an interval
    of 95 % of the draws. R-hat, effective sample size and divergences of every fit are told, and
    what has not converged (R-hat above 1.01, fewer than 400 effective draws, or a divergence) is
    flagged (Vehtari et al. 2021). Fits of inner folds, which set thresholds, are sampled for
    shorter.
    """

    side_by_side: ClassVar[bool] = False
    streams: ClassVar[bool] = False
    tasks: ClassVar[tuple[str, ...]] = ("binary", "multiclass")

    def __init__(
        self,
        n_components: int = 30,
        n_chains: int = 4,
        n_warmup: int = 500,
        n_draws: int = 500,
    ) -> None:
        counts = {
            "n_components": n_components,
            "n_chains": n_chains,
            "n_warmup": n_warmup,
            "n_draws": n_draws,
        }
        check_counts("BayesianLogistic", **counts)
        self.n_components = n_components
        self.chains = Chains(n_chains, n_warmup, n_draws)

    def fit_fold(self, data: FoldData) -> Outcome | Failure:
        """Sample on the components of the training rows; average over the draws."""
        components = self._components(data)
        X = components.rows
        part, n_classes = data.part, data.layer.n_classes
        is_inner = part.inner_at is not None
        chains = self._short() if is_inner else self.chains
        seed = seed_of(*part.seed, "nuts", -1 if part.inner_at is None else part.inner_at)
        training = data.training.cpu().numpy()
        drawn = sampled(X, part.targets.astype(np.int64), training, n_classes, seed, chains)
        scored = predicted(X[part.scored], drawn.weights, drawn.intercepts)
        return Outcome(
            part,
            torch.from_numpy(scored.scores),
            drawn.weights[0].size + drawn.intercepts[0].size,
            probabilities=True,
            chosen=_told(drawn),
            flags=() if is_inner else _flags(drawn),
            bounds=torch.from_numpy(scored.bounds),
            state={
                "origin": components.origin,
                "projection": components.projection,
                "weights": drawn.weights,
                "intercepts": drawn.intercepts,
            },
        )

    def _components(self, data: FoldData) -> _Components:
        """All rows `[n, r]`, of mean square length 1 over the training rows.

        Computed from these alone, to the last bit: chains of all but equal rows soon part.
        """
        rows, training = data.layer.features.source.double().cpu(), data.training.cpu()
        origin = rows[training].mean(0)
        rows = rows - origin
        projection = torch.ones(rows.shape[1], dtype=torch.float64)
        if data.layer.scaled:
            deviation = rows[training].square().mean(0).sqrt()
            projection = torch.where(deviation > 0, deviation, 1.0)
            rows = rows / projection
        axes = None
        if rows.shape[1] > self.n_components:
            axes = principal_axes(Rows(rows), training)[1][:, -self.n_components :]
            rows = rows @ axes
        length = rows[training].square().sum(1).mean().sqrt()
        length = length if length > 0 else torch.ones_like(length)
        onto = projection.reciprocal() / length
        whole = torch.diag(onto) if axes is None else onto[:, None] * axes
        return _Components((rows / length).numpy(), origin.numpy(), whole.numpy())

    def _short(self) -> Chains:
        warmup = min(self.chains.n_warmup, INNER_WARMUP)
        draws = -(-self.chains.n_draws // INNER_SHARE)
        return replace(self.chains, n_warmup=warmup, n_draws=max(draws, 4))


@dataclass(frozen=True)
class _Components:
    """All rows `[n, r]`: features `[n, d]` less their `origin`, on the `projection` `[d, r]`."""

    rows: np.ndarray
    origin: np.ndarray
    projection: np.ndarray


def _told(drawn: Sampled) -> dict[str, float]:
    return {
        "r_hat": drawn.r_hat,
        "effective_draws": drawn.effective,
        "divergences": float(drawn.n_divergent),
        "prior_scale": drawn.scale,
    }


def _flags(drawn: Sampled) -> tuple[str, ...]:
    """Why a fit has not converged; none where it has."""
    reasons = []
    if not drawn.r_hat <= MOST_R_HAT:
        reasons.append("R-hat is above 1.01")
    if not drawn.effective >= LEAST_EFFECTIVE:
        reasons.append(f"fewer than {LEAST_EFFECTIVE} effective draws")
    if drawn.n_divergent:
        reasons.append("some draws diverged")
    return (f"not converged: {', '.join(reasons)}",) if reasons else ()
