"""Check what a user's class returns before anything is computed from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from probing.engine.blocks import Block
from probing.engine.classifiers.bases.plain_numbers import real_numbers
from probing.errors import CellError, in_one_line, is_interruption

REASON_LENGTH = 300


class RaisedError(Exception):
    """A user's class raised `cause`; the message says so in one line."""

    def __init__(self, reason: str, cause: BaseException) -> None:
        super().__init__(reason)
        self.cause = cause


def called(what: str, function: Callable[..., Any], *inputs: Any, **named: Any) -> Any:
    """Run the user's code; what it raises becomes a `RaisedError` that says where."""
    try:
        return function(*inputs, **named)
    except CellError:
        raise
    except BaseException as error:  # one that ends the process, as sys.exit, ends its fold alone
        if is_interruption(error):
            raise
        reason = f"{what} raised {in_one_line(error)}"
        raise RaisedError(reason[:REASON_LENGTH], error) from error


def checked_scores(block: Block, scores: Any, n: int, name: str) -> NDArray[np.float64]:
    """Scores `[n]` or `[n, n_classes]`; raises `CellError` for another shape or a NaN."""
    got = real_numbers(scores, name)
    wanted = (n, block.n_classes) if block.task == "multiclass" else (n,)
    if got.shape != wanted:
        raise CellError(f"{name} returned scores of shape {got.shape}, not {wanted}")
    if not np.isfinite(got).all():
        raise CellError(f"{name} returned scores that are not finite")
    return got


def checked_decision(block: Block, decision: Any, n: int, name: str) -> NDArray[np.int64]:
    """Class indices `[n]`; raises `CellError` for another shape or what is no class."""
    got = np.asarray(decision)
    if got.shape != (n,) or not np.isin(got, np.arange(block.n_classes)).all():
        raise CellError(f"{name} did not return one class index for each of {n} rows")
    return got.astype(np.int64)


def checked_probabilities(shares: Any, like: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Probabilities shaped as the scores; None for what cannot be that."""
    if shares is None:
        return None
    got = np.asarray(shares, dtype=np.float64)
    inside = got.shape == like.shape and bool(((got >= 0) & (got <= 1)).all())
    return got if inside else None
