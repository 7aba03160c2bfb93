"""Style sheets that are read once for all apps: to read them takes half of the start of an app."""

from __future__ import annotations

from typing import Any

from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

_parse = Stylesheet._parse_rules
_read: dict[tuple[object, ...], list[RuleSet]] = {}


def parse_rules(sheet: Stylesheet, *source: Any, **options: Any) -> list[RuleSet]:
    """What `Stylesheet._parse_rules` does, once for each text and what its variables say."""
    key = (source, *sorted(options.items()), *sorted(sheet._variables.items()))
    if key not in _read:
        _read[key] = _parse(sheet, *source, **options)
    return _read[key]
