"""Decide whether an unforeseen error fails some cells or ends the process."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from probing.engine.extraction.out_of_memory import is_out_of_memory
from probing.errors import CellError, ProbingError, RunError, in_one_line, is_interruption

# torch before 2.8 has no name for it
_DEVICE_ERRORS = (getattr(torch, "AcceleratorError", ()),)


def reason_of(error: BaseException) -> str:
    """The error in one line."""
    return in_one_line(error)


@contextmanager
def unforeseen(where: str) -> Iterator[None]:
    """Make whatever a model's or a tokenizer's code raises inside a `CellError`."""
    try:
        yield
    except (ProbingError, OSError, MemoryError):
        raise
    except BaseException as error:
        if is_interruption(error):
            raise
        traceback.print_exc()
        raise CellError(reason_of(error), where=where) from error


def check_device(error: BaseException | None) -> None:
    """Raise `RunError` where `error` leaves the GPU useless to this process, as a failed assert.

    To be called once the cells at fault are recorded: a resumed run goes on behind them.
    """
    if error is not None and isinstance(error, _DEVICE_ERRORS) and not is_out_of_memory(error):
        raise RunError(
            f"this process can no longer use the GPU ({reason_of(error)})",
            hint="resume the run to continue with the next cells",
        ) from error
