"""Writes text in styles with as few bytes as that takes: what stays the same is not said again."""

from __future__ import annotations

from functools import lru_cache

from rich.color import Color, ColorSystem
from rich.style import Style

RESET = "\x1b[0m"
NOTHING = (0, ("39",), ("49",))
_BITS = range(13)
# underline, reverse, conceal, strike and what else a blank shows
_SEEN_ON_BLANKS = sum(1 << bit for bit in range(3, 13))


class Pen:
    """Knows the colours and attributes that the terminal draws with."""

    def __init__(self, system: ColorSystem) -> None:
        self._system = system
        self._now: tuple[int, tuple[str, ...], tuple[str, ...]] = NOTHING

    def write(self, text: str, style: Style | None) -> str:
        """The text, after what changes the terminal's style to this one."""
        style = style or Style.null()
        attributes = style._attributes & style._set_attributes
        front = _codes(style.color, self._system, True)
        back = _codes(style.bgcolor, self._system, False)
        was, was_front, was_back = self._now
        if text.isspace() and not (attributes | was) & _SEEN_ON_BLANKS:
            attributes, front = was, was_front
        self._now = attributes, front, back
        if attributes != was:
            names = [Style._style_map[bit] for bit in _BITS if attributes & 1 << bit]
            codes = ["0", *names, *front * (front != ("39",)), *back * (back != ("49",))]
        else:
            codes = [*front * (front != was_front), *back * (back != was_back)]
        said = f"\x1b[{';'.join(codes)}m{text}" if codes else text
        if style.link:
            said = f"\x1b]8;id={style.link_id};{style.link}\x1b\\{said}\x1b]8;;\x1b\\"
        return said

    def lift(self) -> str:
        """What leaves the terminal without any style."""
        self._now = NOTHING
        return RESET


@lru_cache(maxsize=4096)
def _codes(colour: Color | None, system: ColorSystem, foreground: bool) -> tuple[str, ...]:
    """What sets a colour; without one, the terminal's own."""
    if colour is None:
        return ("39",) if foreground else ("49",)
    return tuple(colour.downgrade(system).get_ansi_codes(foreground))
