"""The modules that a model is read at, in lines: one for each site and kind of name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tui.texts.sanitiser import clean

_NUMBER = re.compile(r"(?<=\.)\d+(?=\.|$)")


def module_lines(told: Mapping[str, Any]) -> Iterator[str]:
    """For each site its layers and the name of the module in their blocks, or why there is none."""
    for site, modules in told["sites"].items():
        for layers, template in _templates(modules):
            yield f"{site:<6} layers {layers:<8} {clean(template)}"
    for site, why in told["missing"].items():
        yield f"{site:<6} {clean(why)}"


def _templates(modules: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Ranges of layers (block k is read as layer k + 1) whose modules differ in a number alone."""
    templates = [_NUMBER.sub("{}", name, count=1) for name in modules]
    begin = 0
    for at in range(1, len(templates) + 1):
        if at == len(templates) or templates[at] != templates[begin]:
            layers = f"{begin + 1}" if at == begin + 1 else f"{begin + 1}–{at}"
            yield layers, templates[begin]
            begin = at
