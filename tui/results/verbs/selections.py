"""A series as a filter."""

from __future__ import annotations

from collections.abc import Sequence

from probing.errors import SpecError
from tui.plot.comparisons.transfers import ARROW
from tui.plot.series import PARTS


def filter_of(key: Sequence[str]) -> str:
    """The filter that chooses the cells of one series and no others."""
    parts = dict(zip(PARTS, key, strict=False))
    source, arrow, target = parts["dataset"].partition(ARROW)
    trained_on = source if arrow else ""
    parts |= {"dataset": target if arrow else source}
    told = [f"{name}={_value(value)}" for name, value in parts.items()]
    return " ".join([*told, f"trained_on={_value(trained_on)}"])


def _value(text: str) -> str:
    if not text:
        return ""
    quote = next((one for one in ('"', "'") if one not in text), None)
    if quote is None:
        raise SpecError(f"{text!r} has both kinds of quotes", where="filter")
    return f"{quote}{text}{quote}"


def told_apart(keys: Sequence[Sequence[str]]) -> list[str]:
    """What tells each of these series from the others, in words."""
    differing = [at for at in range(len(PARTS)) if len({key[at] for key in keys}) > 1]
    return [" ".join(key[at] or f"no {PARTS[at]}" for at in differing) or "itself" for key in keys]
