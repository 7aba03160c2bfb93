"""The positive classes of binary datasets in a few words."""

from __future__ import annotations

from collections.abc import Iterable

from tui.texts.names import shortened
from tui.texts.sanitiser import clean

LONGEST = 24
MOST = 4


def positives_told(pairs: Iterable[tuple[str, str]]) -> str:
    """What class is positive, from (dataset, class) of every row; empty where none is known.

    One class needs no dataset: `positive class: true`, but
    `positive classes: present (tense), true (truth)`.
    """
    known = [(dataset, one) for dataset, one in dict.fromkeys(pairs) if one]
    names = dict.fromkeys(one for _, one in known)
    if len(names) == 1:
        return f"positive class: {_shown(next(iter(names)))}"
    told = [f"{_shown(one)} ({_shown(dataset)})" for dataset, one in known[:MOST]]
    more = [f"{len(known) - MOST} more"] if len(known) > MOST else []
    return f"positive classes: {', '.join([*told, *more])}" if told else ""


def _shown(name: str) -> str:
    return shortened(clean(name), LONGEST)
