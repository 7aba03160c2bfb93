"""The mark and the colour of each class: told apart without colour too."""

from __future__ import annotations

from dataclasses import dataclass

from tui.plot import charset
from tui.plot.marks import POINTS, colour_of, grey

FEW = len(POINTS)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True)
class ClassLook:
    """How a class is drawn."""

    mark: str
    colour: int


def class_look(at: int, n: int) -> ClassLook:
    """The look of the class at a place among `n`: a shape where they are few, else a letter."""
    if n <= FEW and not charset.is_ascii():
        return ClassLook("○▲■◆▼★"[at], colour_of(at))
    return ClassLook(LETTERS[at % len(LETTERS)], colour_of(at))


def rest_look() -> ClassLook:
    """The look of all classes that have none of their own."""
    return ClassLook("." if charset.is_ascii() else "·", grey())
