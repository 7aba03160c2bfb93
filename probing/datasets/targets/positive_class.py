"""Choose which of two classes is the positive one, class 1."""

from __future__ import annotations

import re
from collections.abc import Sequence

from probing.errors import DatasetError, nearest

_OPPOSITES = {
    ("true", "false"),
    ("t", "f"),
    ("yes", "no"),
    ("y", "n"),
    ("positive", "negative"),
    ("pos", "neg"),
    ("good", "bad"),
    ("correct", "incorrect"),
    ("right", "wrong"),
    ("acceptable", "unacceptable"),
}
_DENIALS = ("non", "not", "no", "un", "in", "im", "ir", "il", "dis", "without")


def is_reversed(names: Sequence[str]) -> bool:
    """Whether the first of two sorted names is the positive class.

    Of X and not-X (`non-hateful`, `not_bigram`, `no bigram`, `unsafe`) X is, of a known pair of
    opposites the one that affirms, else the last.
    """
    first, second = (name.strip().casefold() for name in names)
    if (first, second) in _OPPOSITES:
        return True
    if (second, first) in _OPPOSITES:
        return False
    return denies(second, first)


def denies(name: str, affirmed: str) -> bool:
    """Whether `name` is `affirmed` with a word or a prefix of denial before it."""
    core = _core(affirmed)
    for denial in _DENIALS:
        rest = re.sub(rf"^{denial}[\s_\-./]*", "", name.casefold(), count=1)
        if rest != name.casefold() and _core(rest) == core:
            return True
    return False


def _core(name: str) -> str:
    words = re.sub(r"[\s_\-./]+", " ", name.casefold()).strip()
    return re.sub(r"^(an?|is|has|with) ", "", words)


def with_positive_last(names: Sequence[str], positive: str | None, source: str) -> bool:
    """Whether to reverse two sorted names so that the positive class, or `positive`, comes last.

    Raises `DatasetError` where `positive` is neither of them.
    """
    if positive is None:
        return is_reversed(names)
    folded = [name.strip().casefold() for name in names]
    wanted = str(positive).strip().casefold()
    if wanted not in folded:
        hint = nearest(str(positive), names)
        raise DatasetError(f"positive = {positive!r} is not a class", where=source, hint=hint)
    return folded.index(wanted) == 0
