"""Every key of the app by its id: what can be mapped to another key."""

from __future__ import annotations

import pkgutil
import string
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module

from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import Keys, _character_to_key

_MODIFIERS = ("ctrl", "shift", "alt", "super", "hyper", "meta")


def all_bindings() -> dict[str, Binding]:
    """Every binding with an id, sorted; imports every part of the app (0.5 s)."""
    import tui

    for module in pkgutil.walk_packages(tui.__path__, "tui."):
        if not module.name.startswith(("tui.commands", "tui.console", "tui.cli")):
            import_module(module.name)
    return dict(sorted((one.id, one) for one in _bindings() if one.id))


def _bindings() -> Iterator[Binding]:
    to_see: list[type] = [DOMNode]
    while to_see:
        owner = to_see.pop()
        to_see += owner.__subclasses__()
        if owner.__module__.startswith("tui."):
            own = owner.__dict__.get("BINDINGS", ())
            yield from (one for one in own if isinstance(one, Binding))


def problems_of(keys: Mapping[str, str]) -> list[str]:
    """A line for each mapping of an id that there is not, or to a key that there is not."""
    from probing.errors import nearest

    known, problems = all_bindings(), list[str]()
    for name, value in keys.items():
        if name not in known:
            problems.append(f"[keys] unknown id {name!r} ({nearest(name, known)}); it is ignored")
        wrong = [key for key in value.split(",") if not is_key(key.strip())]
        if wrong:
            problems.append(f"[keys] {name}: unknown key {wrong[0]!r}, such as f1, ctrl+g or G")
    return problems


def is_key(name: str) -> bool:
    """Whether a terminal has such a key."""
    *modifiers, last = name.split("+") if len(name) > 1 else [name]
    is_named = len(last) == 1 or last in _named()
    return is_named and all(one in _MODIFIERS for one in modifiers)


@cache
def _named() -> set[str]:
    """The keys that have a name, those of characters too."""
    return {one.value for one in Keys} | {_character_to_key(char) for char in string.punctuation}
