"""Decide whether an unforeseen error fails some cells or ends the process."""

from __future__ import annotations

import torch

from probing.engine.extraction.out_of_memory import is_out_of_memory
from probing.errors import RunError, in_one_line

# torch before 2.8 has no name for it
_DEVICE_ERRORS = (getattr(torch, "AcceleratorError", ()),)


def reason_of(error: BaseException) -> str:
    """The error in one line."""
    return in_one_line(error)


def check_device(error: BaseException | None) -> None:
    """Raise `RunError` where `error` leaves the GPU useless to this process, as a failed assert.

    To be called once the cells at fault are recorded: a resumed run goes on behind them.
    """
    if error is not None and isinstance(error, _DEVICE_ERRORS) and not is_out_of_memory(error):
        raise RunError(
            f"this process can no longer use the GPU ({reason_of(error)})",
            hint="resume the run to continue with the next cells",
        ) from error
