"""What is known of a classifier that ships, before anything heavy is imported."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

from probing.errors import SpecError
from probing.parameters import Parameter
from probing.spec import ClassifierSpec

CLASSIFICATION = ("binary", "multiclass")
EVERY_TASK = ("binary", "multiclass", "regression")
HOME = "probing.engine.classifiers.builtin"


@dataclass(frozen=True)
class Library:
    """A library that the `extra` installs; where a `parameter` is named, for its `value` alone."""

    name: str
    extra: str
    parameter: str = ""
    value: str = ""

    def check(self, entry: ClassifierSpec) -> None:
        """Raise `SpecError` where the entry needs the library and it is not installed."""
        is_asked = not self.parameter or entry.parameters.get(self.parameter) == self.value
        if is_asked and find_spec(self.name) is None:
            asks = f": {self.parameter} = {self.value!r}" if self.parameter else ""
            hint = f'pip install "probe-tui[{self.extra}]"'
            raise SpecError(f"{entry.name}{asks} needs {self.name}", where="classifiers", hint=hint)


@dataclass(frozen=True)
class Entry:
    """A classifier that ships: its dotted path, its tasks and its parameters.

    `streams` is whether a fit on many rows holds only some of them in memory at a time;
    `chooses` whether it fits the inner folds of its training part anyway, to choose a penalty;
    `is_network` whether it is trained by gradient descent; `reads_tokens` whether it looks at each
    token of a text; `needs_pairs` whether it compares the two texts of pairs; `joins_numbers`
    whether it fits the numeric targets of a text together, and serves no single one;
    `chooses_features` whether its fits tell features that they chose; `needs` are libraries that
    an extra installs.
    """

    name: str
    path: str
    tasks: tuple[str, ...]
    summary: str
    parameters: tuple[Parameter, ...] = ()
    streams: bool = True
    chooses: bool = False
    is_network: bool = False
    needs_pairs: bool = False
    joins_numbers: bool = False
    chooses_features: bool = False
    reads_tokens: bool = False
    needs: tuple[Library, ...] = ()
