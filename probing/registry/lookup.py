"""Find a classifier that ships by its name, and check what a spec says of it."""

from __future__ import annotations

from probing.errors import SpecError, nearest
from probing.registry.entry import Entry
from probing.registry.of_pairs import OF_PAIRS
from probing.registry.of_vectors import OF_VECTORS
from probing.registry.trained import TRAINED
from probing.spec import ClassifierSpec

CLASSIFIERS: dict[str, Entry] = {entry.name: entry for entry in (*OF_VECTORS, *OF_PAIRS, *TRAINED)}


def classifier(name: str) -> Entry:
    """The entry of that name; raises `SpecError` with the nearest match."""
    try:
        return CLASSIFIERS[name]
    except KeyError:
        raise SpecError(
            f"unknown classifier {name!r}", where="classifiers", hint=nearest(name, CLASSIFIERS)
        ) from None


def chooses_features(entry: ClassifierSpec) -> bool:
    """Whether an entry is one that ships, and its fits tell the features that they chose."""
    return entry.name in CLASSIFIERS and CLASSIFIERS[entry.name].chooses_features


def reads_tokens(classifier: str) -> bool:
    """Whether a classifier that ships looks at each token of a text."""
    return classifier in CLASSIFIERS and CLASSIFIERS[classifier].reads_tokens


def check_parameters(entry: ClassifierSpec) -> None:
    """Raise `SpecError` for a parameter that a classifier that ships lacks, or a wrong value.

    So too for a library that it is built on and that is not installed.
    """
    if entry.is_file or entry.name not in CLASSIFIERS:
        return
    for library in CLASSIFIERS[entry.name].needs:
        library.check(entry)
    known = {parameter.name: parameter for parameter in CLASSIFIERS[entry.name].parameters}
    for name, value in entry.parameters.items():
        if name not in known:
            hint = nearest(name, known) if known else "it takes no parameters"
            what = f"{entry.name} has no parameter {name!r}"
            raise SpecError(what, where="classifiers", hint=hint)
        if not known[name].allowed.test(value):
            what = f"{entry.name}: {name} = {value!r} must be {known[name].allowed.words}"
            raise SpecError(what, where="classifiers")
