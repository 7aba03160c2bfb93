"""The errors that a user can act on, as one small tree.

ProbingError                 one line: what, where, what to do next
├── SpecError           (2)  the spec or the command line is wrong
│   ├── PluginError     (2)  a classifier from a file or an entry point cannot be used
│   ├── DeviceError     (2)  the device does not exist here
│   └── UnknownRunError (2)  no run has that name
├── InputError          (3)  a dataset or model cannot be used
│   ├── DatasetError    (3)  missing, unreadable or malformed dataset
│   ├── ModelError      (3)  missing or unusable model
│   └── ProbeError      (3)  missing or damaged saved probe, or one of another model
├── RunError            (1)  a run stopped early
│   └── StoreError      (1)  an object store goes on failing
└── CellError           (5)  one cell cannot be computed; the others continue

The number is the exit code of the command line.
"""

from __future__ import annotations

import difflib
import signal
from collections.abc import Iterable, Sequence
from itertools import accumulate, islice
from typing import ClassVar

MOST_LISTED = 16
LONGEST_LIST = 300  # characters


class ProbingError(Exception):
    """An error a user can act on.

    `what` says what is wrong and quotes the bad value, `where` names the file,
    row or key, `hint` says what to do next.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(what, where, hint)
        self.what, self.where, self.hint = what, where, hint

    def __str__(self) -> str:
        line = f"{self.where}: {self.what}" if self.where else self.what
        return " ".join((f"{line}; {self.hint}" if self.hint else line).split())


class SpecError(ProbingError):
    """The spec or the command line is wrong."""

    exit_code = 2


class PluginError(SpecError):
    """A classifier from a file or an entry point cannot be used."""


class DeviceError(SpecError):
    """The device that the spec names does not exist on this machine."""


class UnknownRunError(SpecError):
    """No run has that name."""


class InputError(ProbingError):
    """A dataset or a model cannot be used."""

    exit_code = 3


class DatasetError(InputError):
    """A dataset is missing, unreadable or malformed."""


class ModelError(InputError):
    """A model is missing or cannot be used."""


class ProbeError(InputError):
    """A saved probe is missing, damaged, or of another model than the one it is applied to."""


class RunError(ProbingError):
    """A run stopped early."""


class StoreError(RunError):
    """An object store does not answer, or goes on failing."""


class CellError(ProbingError):
    """One cell cannot be computed; the others continue."""

    exit_code = 5


class Interruption(BaseException):
    """Somebody asks the program to stop: whatever runs lets it pass."""


def is_interruption(error: BaseException) -> bool:
    """Whether `error` asks the program to stop, rather than tells what went wrong in it.

    A `KeyboardInterrupt` does where Ctrl-C raises it; elsewhere somebody else's code has.
    """
    if isinstance(error, KeyboardInterrupt):
        return signal.getsignal(signal.SIGINT) is signal.default_int_handler
    return isinstance(error, (Interruption, GeneratorExit))


def in_one_line(error: BaseException, longest: int = 300) -> str:
    """The kind of an error and what it says, which somebody's `__str__` may fail to do."""
    try:
        told = f"{type(error).__name__}: {error}"
    except BaseException:
        told = type(error).__name__
    return " ".join(told.split()).removesuffix(":")[:longest]


def process_end(code: int) -> str:
    """What the exit code of a process means; a negative one names the signal that killed it."""
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:  # the real-time signals have no names
        name = f"signal {-code}"
    hint = ": it may have run out of memory" if -code == signal.SIGKILL else ""
    return f"was killed by {name}{hint}"


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint that names the nearest of the known names, or lists them."""
    known = sorted(known)
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else f"known: {_listed(known)}"


def _listed(names: Sequence[str]) -> str:
    """The names, or the first of many, so that an error stays one readable line."""
    ends = accumulate(len(name) + 2 for name in names)
    n_shown = max(1, sum(end <= LONGEST_LIST for end in islice(ends, MOST_LISTED)))
    more = len(names) - n_shown
    shown = ", ".join(names[:n_shown])
    return f"{shown} and {more} more" if more > 0 else shown
