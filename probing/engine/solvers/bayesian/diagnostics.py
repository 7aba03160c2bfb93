"""Whether chains of draws agree, and how many independent draws they are worth.

Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021), "Rank-normalization, folding, and
localization: an improved R-hat for assessing convergence of MCMC".
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Draws = NDArray[np.float64]


def largest_r_hat(draws: Draws) -> float:
    """The largest rank-normalised split R-hat of `draws` `[n_chains, n_draws, n_quantities]`.

    The larger of that of the draws and that of their distances from the median.
    """
    from numpyro.diagnostics import split_gelman_rubin  # jax: about 0.7 s

    folded = np.abs(draws - np.median(draws, axis=(0, 1)))
    return max(float(np.max(split_gelman_rubin(_normalised(x)))) for x in (draws, folded))


def least_effective(draws: Draws) -> float:
    """The least bulk effective sample size of `draws` `[n_chains, n_draws, n_quantities]`."""
    from numpyro.diagnostics import effective_sample_size  # jax: about 0.7 s

    half = draws.shape[1] // 2
    split = np.concatenate([draws[:, :half], draws[:, half : 2 * half]])
    return float(np.min(effective_sample_size(_normalised(split))))


def _normalised(draws: Draws) -> Draws:
    """Each quantity's draws as the normal scores of their ranks among all chains."""
    from scipy.special import ndtri
    from scipy.stats import rankdata  # about 0.8 s

    n = draws.shape[0] * draws.shape[1]
    ranks = rankdata(draws.reshape(n, -1), axis=0)
    scores: Draws = ndtri((ranks - 0.375) / (n + 0.25)).reshape(draws.shape)
    return scores
