"""Draws of the weights of a logistic regression, by the No-U-Turn sampler of NumPyro."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from probing.engine.solvers.bayesian.diagnostics import largest_r_hat, least_effective

Numbers = NDArray[np.float64]
SPREAD_OF_SPREAD = 1.5  # of the log of the weights' scale
SPREAD_OF_INTERCEPT = 5.0


@dataclass(frozen=True)
class Chains:
    """How long is sampled: `n_chains` chains of `n_warmup` and then `n_draws` draws."""

    n_chains: int = 4
    n_warmup: int = 500
    n_draws: int = 500


@dataclass(frozen=True)
class Sampled:
    """Draws of weights `[n, d, k]` and intercepts `[n, k]`, chain by chain, and how they mixed.

    k is 1 for two classes. `scale` is the mean of the prior's standard deviation of the weights.
    """

    weights: Numbers
    intercepts: Numbers
    scale: float
    r_hat: float
    effective: float
    n_divergent: int


def sampled(
    X: Numbers,
    targets: NDArray[np.int64],
    training: NDArray[np.bool_],
    n_classes: int,
    seed: int,
    chains: Chains,
) -> Sampled:
    """Sample the weights on the rows `training` `[n]` of `X` `[n, d]`, of mean square length 1.

    Weights are normal about 0 with one standard deviation, which is log-normal about 1 (sigma
    1.5), so that the log odds of most rows lie within ±20 before any row is seen; intercepts are
    normal with standard deviation 5. Sampled by NUTS (Hoffman and Gelman 2014; Phan, Pradhan and
    Jankowiak 2019).
    """  # fmt: skip
    import jax  # about 0.7 s

    d, k = X.shape[1], 1 if n_classes == 2 else n_classes
    with jax.enable_x64(True):
        keys = jax.random.split(jax.random.PRNGKey(seed), chains.n_chains)
        given = X, targets, training.astype(np.float64), _told_by_rows(X, targets, training, k)
        drawn = _sampler(d, k, chains.n_warmup, chains.n_draws)(keys, *given)
        log_scale, weights, intercepts, diverging = map(np.asarray, drawn)
    return _measured(weights, intercepts, np.exp(log_scale), int(diverging.sum()))


def _measured(weights: Numbers, intercepts: Numbers, scales: Numbers, n_divergent: int) -> Sampled:
    n_chains, n_draws, d, k = weights.shape
    parts = weights.reshape(n_chains, n_draws, d * k), intercepts, scales[:, :, None]
    every = np.concatenate(parts, axis=2)
    return Sampled(
        weights.reshape(-1, d, k),
        intercepts.reshape(-1, k),
        float(scales.mean()),
        largest_r_hat(every),
        least_effective(every),
        n_divergent,
    )


@lru_cache(maxsize=16)
def _sampler(d: int, k: int, n_warmup: int, n_draws: int) -> Any:
    """Draws all chains at once; compiled once for all training sets of one shape."""
    import jax
    import jax.numpy as jnp
    from numpyro.infer import NUTS

    start = {"log_scale": jnp.zeros(()), "part": jnp.zeros((d, k)), "intercept": jnp.zeros(k)}

    def chain(key: Any, X: Any, targets: Any, training: Any, told: Any) -> Any:
        def potential(at: Any) -> Any:
            return _potential(at, X, targets, training, told)

        kernel = NUTS(potential_fn=potential, target_accept_prob=0.9)
        state = kernel.init(key, n_warmup, start, (), {})

        def draw(state: Any, _: Any) -> Any:
            state = kernel.sample(state, (), {})
            at = state.z
            weights = jnp.exp((1 - told) * at["log_scale"]) * at["part"]
            return state, (at["log_scale"], weights, at["intercept"], state.diverging)

        every = jax.lax.scan(draw, state, None, n_warmup + n_draws)[1]
        return tuple(part[n_warmup:] for part in every)

    return jax.jit(jax.vmap(chain, in_axes=(0, None, None, None, None)))


def _told_by_rows(
    X: Numbers, targets: NDArray[np.int64], training: NDArray[np.bool_], k: int
) -> Numbers:
    """How far rows rather than the prior tell each weight, `[d, 1]` from 0 to 1.

    By the slope of the likelihood where all weights are 0, and its variance.
    """
    rows, classes = X[training], np.arange(k) if k > 1 else np.ones(1)
    of_class = (targets[training][:, None] == classes).astype(np.float64)
    share = of_class.mean(0)
    slopes = rows.T @ (of_class - share)
    known = np.outer((rows**2).sum(0), share * (1 - share)) + 1e-12
    signal = max(float((slopes**2 / known - 1).sum() / known.sum()), 1e-3) * known.mean(1)
    told: Numbers = (signal / (1 + signal))[:, None]
    return told


def _potential(at: Any, X: Any, targets: Any, training: Any, told: Any) -> Any:
    """Minus the log of the density at a point, up to a constant.

    `part` are the weights themselves where rows tell them, and their ratio to the scale where the
    prior does, so that the sampler meets no narrow place (Papaspiliopoulos, Roberts and Sköld
    2007, "A general framework for the parametrization of hierarchical models").
    """
    import jax.numpy as jnp
    from jax.nn import log_sigmoid, log_softmax

    log_scale, part, intercept = at["log_scale"], at["part"], at["intercept"]
    odds = X @ (jnp.exp((1 - told) * log_scale) * part) + intercept
    if odds.shape[1] == 1:
        likelihood = log_sigmoid(jnp.where(targets == 1, odds[:, 0], -odds[:, 0]))
    else:
        likelihood = jnp.take_along_axis(log_softmax(odds), targets[:, None], 1)[:, 0]
    return (
        (log_scale / SPREAD_OF_SPREAD) ** 2 / 2
        + (part**2 / jnp.exp(2 * told * log_scale)).sum() / 2
        + part.shape[1] * told.sum() * log_scale
        + ((intercept / SPREAD_OF_INTERCEPT) ** 2).sum() / 2
        - (training * likelihood).sum()
    )
