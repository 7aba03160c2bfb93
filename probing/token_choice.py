"""Which tokens of a text a pooler takes: the terms of its key `tokens`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from probing.errors import SpecError

ROLES = ("assistant", "user", "system")
NOT, TEMPLATE, SPECIAL, GENERATED = "not ", "template", "special", "generated"
_COUNTED = re.compile(r"(first|last):(\d+)")
_HINT = (
    '"assistant", "user", "system", "template", "special", "generated", "between:A..B", "/a '
    'regular expression/", "first:5", "last:5", each also with "not " before it, or a list of '
    "them, of which each narrows what is left"
)
Kind = Literal["role", "template", "special", "generated", "pattern", "first", "last"]


@dataclass(frozen=True)
class Term:
    """One condition on tokens: its kind, whether it is turned round, and what it names."""

    kind: Kind
    is_not: bool = False
    name: str = ""
    count: int = 0

    @property
    def pattern(self) -> re.Pattern[str]:
        """What the tokens of a `pattern` stand in; group 1 where there is one."""
        return re.compile(self.name, re.DOTALL)


def term(text: str) -> Term:
    """A term as it is written. Raises `SpecError` for one that is none."""
    said = text.removeprefix(NOT)
    is_not = said != text
    if said in ROLES:
        return Term("role", is_not, said)
    if said in (TEMPLATE, SPECIAL, GENERATED):
        return Term(said, is_not)  # type: ignore[arg-type]
    if found := _COUNTED.fullmatch(said):
        if int(found[2]) < 1:
            raise SpecError(f"tokens = {text!r} counts none", where="tokens")
        return Term(found[1], is_not, count=int(found[2]))  # type: ignore[arg-type]
    if said.startswith("between:") and ".." in said:
        opening, _, closing = said.removeprefix("between:").partition("..")
        if opening and closing:
            return Term("pattern", is_not, f"{re.escape(opening)}(.*?){re.escape(closing)}")
    if len(said) > 2 and said.startswith("/") and said.endswith("/"):
        try:
            re.compile(said[1:-1])
        except re.error as error:
            what = f"tokens = {text!r} is no regular expression: {error}"
            raise SpecError(what, where="tokens") from None
        return Term("pattern", is_not, said[1:-1])
    raise SpecError(f"tokens = {text!r} chooses no tokens", where="tokens", hint=f"use {_HINT}")


def terms(value: object) -> tuple[str, ...]:
    """The terms of the key `tokens` as a tuple, each checked."""
    listed = (value,) if isinstance(value, str) else value
    if not isinstance(listed, (list, tuple)) or not all(isinstance(one, str) for one in listed):
        raise SpecError(
            f"tokens = {value!r} chooses no tokens", where="tokens", hint=f"use {_HINT}"
        )
    for one in listed:
        term(one)
    return tuple(listed)


def needs_chat(tokens: tuple[str, ...]) -> str:
    """The first of the terms that only a conversation can fulfil, empty where there is none."""
    return next((one for one in tokens if term(one).kind in ("role", "template")), "")


def needs_generated(tokens: tuple[str, ...]) -> str:
    """The first of the terms that only a continued text can fulfil, empty where there is none."""
    asking = (one for one in tokens if term(one) == Term("generated"))
    return next(asking, "")


def needs_characters(tokens: tuple[str, ...]) -> bool:
    """Whether it must be known which characters each token stands for."""
    return any(term(one).kind in ("role", "template", "pattern") for one in tokens)


def needs_places(tokens: tuple[str, ...]) -> bool:
    """Whether it must be known where each token stands within what is said."""
    return any(term(one).kind == "pattern" for one in tokens)


def stretches(one: Term, text: str) -> Iterator[tuple[int, int]]:
    """The characters that a `pattern` finds in `text`: its group 1, or all of it."""
    for match in one.pattern.finditer(text):
        group = 1 if match.re.groups else 0
        if match.start(group) < match.end(group):
            yield match.span(group)
