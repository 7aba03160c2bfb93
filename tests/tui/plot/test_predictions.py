"""What draws predictions: the matrix, bars, curves and points; all of it in ASCII too."""

from __future__ import annotations

import pytest
from rich.text import Text

from tui.plot import charset
from tui.plot.axis import Axis
from tui.plot.decisions.class_looks import class_look
from tui.plot.decisions.confusion_grid import Grid, around, draw_grid, seen
from tui.plot.decisions.plane import Plane
from tui.plot.decisions.scatter import draw_classes, draw_numbers
from tui.plot.decisions.score_bars import draw_score_bars
from tui.plot.decisions.shares_plot import draw_reliability, draw_roc

SIZES = [(80, 14), (118, 30), (40, 6)]
TWO = Grid(("no", "yes"), ((30, 10), (5, 15)))
MANY = Grid(
    tuple(f"intent {at}" for at in range(77)),
    tuple(tuple(9 if at == to else (at + to) % 2 for to in range(77)) for at in range(77)),
)


def drawn(text: Text) -> list[str]:
    return text.plain.split("\n")


def test_a_small_matrix_tells_counts_shares_and_sizes() -> None:
    lines = drawn(draw_grid(TWO, 80, 8))
    [no] = [line for line in lines if line.startswith("1 no")]
    assert (
        "[30 .75]" in no.replace("  ", " ") and "10 .25" in no.replace("  ", " ") and " 40 " in no
    )
    [yes] = [line for line in lines if line.startswith("2 yes")]
    assert "[15 .75]" in yes.replace("  ", " ")


@pytest.mark.parametrize("size", SIZES)
def test_a_large_matrix_follows_the_row_that_is_read(size: tuple[int, int]) -> None:
    width, height = size
    grid = around(MANY, 60, width)
    top, left = seen(grid, width, height)
    assert top <= 60 < top + grid.n_rows(height) and left <= 60 < left + grid.n_columns(width)
    moved = Grid(MANY.names, MANY.counts, 60, (top, left))
    lines = drawn(draw_grid(moved, width, height))
    assert len(lines) <= height and max(map(len, lines)) <= width
    [own] = [line for line in lines if line.startswith("61 intent 60")]
    assert "[ 9" in own
    assert f"{left + 1} to " in lines[0] and ("of 77" in lines[0] or width < 60)


def test_lines_join_and_marks_cover() -> None:
    plane = Plane(Axis(0, 1, (), ()), Axis(0, 1, (), ()), 11, 12, ascii=False)
    plane.line([0, 1], [0, 1], "*", 1)
    plane.point(0.05, 0.05, "x", 1)
    lines = drawn(plane.text())[:10]
    assert lines[9][1] == "x"
    assert all(0x2800 < ord(lines[9 - at][1 + at]) < 0x2900 for at in range(1, 10))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("ascii", [False, True])
def test_every_picture_keeps_to_its_size(size: tuple[int, int], ascii: bool) -> None:
    charset.use(ascii=ascii, sixteen=False)
    width, height = size
    points = [(at / 7, (at * 5 % 11) / 3) for at in range(60)]
    looks = [class_look(at, 2) for at in (0, 1)]
    xs, ys = ([point[at] for point in points] for at in (0, 1))
    steps = [0.0, 0.0, 0.5, 1.0]
    pictures = [
        draw_classes(points, [at % 2 for at in range(60)], looks, width, height),
        draw_numbers(xs, ys, "diagonal", width, height),
        draw_numbers(xs, ys, "level", width, height),
        draw_roc(steps, [0.0, 0.4, 0.8, 1.0], [0, 0.2, 0.6, 1], [0, 0.5, 1, 1], width, height),
        draw_reliability([0.6, 0.9], [0.5, 1.0], [(0.3, 0.7), (0.8, 1.0)], 0.0, width, height),
        draw_score_bars([-1, 0, 1, 2], [[3, 8, 1], [0, 2, 9]], ["a", "b"], [0.0], width, height),
        draw_grid(MANY, width, height),
        draw_grid(TWO, width, height),
    ]
    for picture in pictures:
        lines = drawn(picture)
        assert len(lines) <= height and max(map(len, lines)) <= width
        assert picture.plain.isascii() is ascii or not ascii


def test_classes_are_told_apart_without_colour() -> None:
    marks = [class_look(at, 6).mark for at in range(6)]
    assert len(set(marks)) == 6
    picture = draw_classes([(0, 0), (9, 9)], [0, 1], [class_look(0, 2), class_look(1, 2)], 60, 12)
    assert marks[0] in picture.plain and marks[1] in picture.plain


def test_bars_stand_on_one_scale_and_thresholds_between_them() -> None:
    text = draw_score_bars(
        [-2, -1, 0, 1, 2], [[8, 0, 0, 0], [0, 0, 0, 4]], ["a", "b"], [0.0], 60, 14
    )
    lines = drawn(text)
    first, second = lines[1:6], lines[7:12]
    tall = [sum("█" in line or "▄" in line for line in part) for part in (first, second)]
    assert tall[0] == 5 and tall[1] == 3  # half of five lines
    assert any("┊" in line for line in first) and "n 8" in lines[0] and "n 4" in lines[6]
