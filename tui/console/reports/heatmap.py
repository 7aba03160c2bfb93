"""Layers × tokens: the score of every token at every layer, as numbers in coloured cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size

from tui.texts.sanitiser import clean

_NUMBER = 6  # columns of a score with its sign
_WIDEST = 10  # columns of a token
_STEPS = 5  # of colour on each side
_POSITIVE = (224, 217, 210, 203, 196)  # of 256 colours, from pale to red
_NEGATIVE = (189, 153, 111, 69, 27)  # from pale to blue
_RESET = "\x1b[0m"


@dataclass(frozen=True)
class Heatmap:
    """Numbers `[n_layers][n_tokens]`, such as the scores of a text by the probe of each layer.

    `shades` tell how they are coloured: from -1, deep blue, to 1, deep red. They are written with
    so many `digits` behind the point.
    """

    title: str
    tokens: Sequence[str]
    layers: Sequence[int | str]
    scores: Sequence[Sequence[float | None]]
    shades: Sequence[Sequence[float]]
    digits: int = 1

    def lines(self, width: int, *, colour: bool) -> Iterator[str]:
        """The lines, the deepest layer on top, in as many parts as the width asks for."""
        yield self.title
        yield ""
        for part in self._parts(width):
            yield " " * 5 + " ".join(self._name(at) for at in part)
            for row in reversed(range(len(self.layers))):
                cells = (self._cell(row, at, colour=colour) for at in part)
                yield f"{self.layers[row]:>4} " + " ".join(cells)
            yield ""

    def _parts(self, width: int) -> list[list[int]]:
        """The tokens of each part, as many as fit."""
        parts: list[list[int]] = [[]]
        left = width - 5
        for at in range(len(self.tokens)):
            need = self._width(at) + 1
            if need > left and parts[-1]:
                parts.append([])
                left = width - 5
            parts[-1].append(at)
            left -= need
        return parts

    def _width(self, at: int) -> int:
        return min(max(_NUMBER, cell_len(self._shown(at))), _WIDEST)

    def _shown(self, at: int) -> str:
        return clean(self.tokens[at].replace(" ", "·").replace("\n", "⏎")) or "·"

    def _name(self, at: int) -> str:
        name, width = self._shown(at), self._width(at)
        if cell_len(name) > width:
            return set_cell_size(name, width - 1) + "…"
        return " " * (width - cell_len(name)) + name

    def _cell(self, row: int, at: int, *, colour: bool) -> str:
        score = self.scores[row][at]
        text = f"{_short(score, self.digits):>{self._width(at)}}"
        if not colour or score is None:
            return text
        step = round(self.shades[row][at] * _STEPS)
        if not step:
            return text
        shade = (_POSITIVE if step > 0 else _NEGATIVE)[abs(step) - 1]
        ink = 231 if abs(step) >= _STEPS - 1 else 16
        return f"\x1b[48;5;{shade};38;5;{ink}m{text}{_RESET}"


def _short(score: float | None, digits: int) -> str:
    if score is None:
        return ""
    return f"{score:+.{digits}f}" if abs(score) < 1000 else f"{score:+.0e}".replace("e+0", "e")
