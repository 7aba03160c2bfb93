"""Style sheets that are read once for all apps, and rules that are ruled out at a glance.

To read the sheets takes half of the start of an app, and to match rules a fifth of what follows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from textual.css import stylesheet
from textual.css.match import _check_selectors
from textual.css.model import CombinatorType, RuleSet, Selector
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode

_parse = Stylesheet._parse_rules
_read: dict[tuple[object, ...], list[RuleSet]] = {}


def style_quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have sheets read once, and rules matched from the widget up."""
    monkeypatch.setattr(Stylesheet, "_parse_rules", _parse_rules)
    monkeypatch.setattr(stylesheet, "_check_selectors", _match)
    monkeypatch.setattr(RuleSet, "__hash__", object.__hash__)  # the same, without a call of Python


def _parse_rules(sheet: Stylesheet, *source: Any, **options: Any) -> list[RuleSet]:
    """What `Stylesheet._parse_rules` does, once for each text and what its variables say."""
    key = (source, *sorted(options.items()), *sorted(sheet._variables.items()))
    if key not in _read:
        _read[key] = _parse(sheet, *source, **options)
    return _read[key]


def _match(selectors: list[Selector], path: Sequence[DOMNode]) -> bool:
    """What `_check_selectors` does; the last selector has to fit the widget itself."""
    last = selectors[-1]
    if not last.check(path[-1]):
        return False
    is_alone = len(selectors) == 1 and last.combinator == CombinatorType.DESCENDENT
    return is_alone or _check_selectors(selectors, list(path))
