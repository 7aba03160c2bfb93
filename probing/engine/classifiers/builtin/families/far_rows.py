"""Rows so far from all others that sums over rows lose the digits of the others."""

from __future__ import annotations

from torch import Tensor

_FAR = 1e8  # spreads of a feature: where sums in double precision begin to show it in a fit
_LEAST = 1e-3  # of the usual spread: features that hardly vary are measured by this
_SAMPLE = 256  # rows that tell the spread
_PIECE = 4096


def n_far_rows(source: Tensor) -> int:
    """How many rows of `[n_rows, d]` are so far out; 0 where no feature varies.

    Folds share sums over all rows, from which those of other parts are subtracted: the digits
    that such a row takes are lost to every fold, also to those that do not train on it.
    """
    sample = source[:: max(1, len(source) // _SAMPLE)].double()
    centre = sample.median(0).values
    spread = (sample - centre).abs().median(0).values
    varying = spread[spread > 0]
    if not len(varying):
        return 0
    limit = _FAR * spread.clamp_min(float(varying.median()) * _LEAST)
    return sum(
        _n_beyond(source[start : start + _PIECE], centre, limit)
        for start in range(0, len(source), _PIECE)
    )


def _n_beyond(rows: Tensor, centre: Tensor, limit: Tensor) -> int:
    ends = rows.amin(0).double(), rows.amax(0).double()
    if not any(bool(((end - centre).abs() > limit).any()) for end in ends):
        return 0
    return int(((rows.double() - centre).abs() > limit).any(1).sum())
