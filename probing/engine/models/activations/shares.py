"""The factors with which module outputs are added to the residual stream."""

from __future__ import annotations

import numpy as np

from probing.engine.models.activations.module_order import Given, Step

_SLACK = 8.0  # roundings of a product and of several sums
_LEAST = 1e-4


def shares(parts: tuple[Given, ...], step: Step) -> tuple[float, ...] | None:
    """The factors `f` with which `r + f[0] * parts[0] + ...` is seen after `r`, None for none.

    By least squares over the tokens and dimensions of one small pass, and only where what is
    left is rounding.
    """
    first, last = min(one.time for one in parts), max(one.time for one in parts)
    later = [value.flatten().numpy() for time, value in step.seen if time > last]
    columns = np.stack([one.value.flatten().numpy() for one in parts], axis=1)
    if not later or not columns.any(axis=0).all():
        return None
    sums = np.stack(later, axis=1)
    for time, value in step.seen:
        if time >= first:
            break
        taken = value.flatten().numpy()[:, None]
        factors = np.linalg.lstsq(columns, sums - taken, rcond=None)[0]
        left = np.abs(sums - taken - columns @ factors)
        sizes = np.abs(sums) + np.abs(taken) + np.abs(columns) @ np.abs(factors)
        fits = (left <= _SLACK * step.eps * sizes).all(axis=0) & (np.abs(factors) > _LEAST).all(0)
        if fits.any():
            return tuple(float(factor) for factor in factors[:, fits.argmax()])
    return None
