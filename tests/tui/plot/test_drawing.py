"""Arithmetic of plots: what stands where, what fits, and what is left out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.tui.plot.test_curves import canvas, one
from tui.plot.axis import fitted_axis, layer_axis
from tui.plot.curves import best_stretches, draw
from tui.plot.drawing.canvas import Canvas
from tui.plot.drawing.dodging import dodged
from tui.plot.drawing.fitting import covered
from tui.plot.drawing.interval_choice import intervals_of
from tui.plot.drawing.plotext_cells import BRAILLE, Cell, Line, Place, cells_of
from tui.plot.drawing.scales import Vertical, logit, share_of, vertical
from tui.plot.series import Series

LAYERS = range(13)
BITS = (0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80)  # of a braille cell, row by row
Dot = tuple[int, int]


def probes(n: int, apart: float = 0.0, layers: range = LAYERS) -> list[Series]:
    """Probes that share their layers, `apart` from one another."""
    made = [one(*((at, 0.6 + apart * which) for at in layers), index=which) for which in range(n)]
    return [
        replace(each, key=(*each.key[:5], f"c{at}", ""), label=f"c{at}")
        for at, each in enumerate(made)
    ]


def test_marks_cover_a_line() -> None:
    drawn = Canvas(3, 2)
    for cell in cells_of([Line([(0.2, 0.1), (2.7, 0.1)], BRAILLE, 4)], 3, 2):
        drawn.put(*cell)
    drawn.put(1, 0, "●", 5)
    assert drawn.rows(colour=False) == ["⠉●⠉", "   "]
    assert (
        drawn.rows(colour=True)[0] == "\x1b[38;5;4m⠉\x1b[0m\x1b[38;5;5m●\x1b[0m\x1b[38;5;4m⠉\x1b[0m"
    )


def test_what_leaves_the_canvas_is_not_drawn() -> None:
    drawn = Canvas(2, 2)
    drawn.put(9, 0, "x", 1)
    drawn.put(0, 0, "y", 1)
    drawn.under(0, 0, "z", 1)
    assert drawn.rows(colour=False) == ["y ", "  "]
    cells = cells_of([Line([(-3, -3), (5, 5)], BRAILLE, 1)], 2, 2)
    assert {cell[:2] for cell in cells} == {(0, 0), (1, 1)}


@pytest.mark.parametrize("mark", [BRAILLE, "*"])
@pytest.mark.parametrize(
    "ends",
    [
        ((0.6, 0.6), (18.4, 7.4)),
        ((1.0, 7.9), (17.9, 0.1)),
        ((4.5, 1.0), (6.5, 7.0)),
        ((2.0, 3.0), (9.0, 3.0)),
    ],
)
def test_a_straight_line_is_at_most_a_dot_aside(mark: str, ends: tuple[Place, Place]) -> None:
    wide, high = (2, 4) if mark == BRAILLE else (1, 1)
    found = dots(cells_of([Line(ends, mark, 3)], 20, 8))
    (x, y), (to_x, to_y) = ends
    steps = max(round(max(abs(to_x - x) * wide, abs(to_y - y) * high)), 1)
    parts = [(x + (to_x - x) * at / steps, y + (to_y - y) * at / steps) for at in range(steps + 1)]
    ideal = {(int(column * wide), int(row * high)) for column, row in parts}
    assert {(int(x * wide), int(y * high)), (int(to_x * wide), int(to_y * high))} <= found
    assert all(is_beside(dot, ideal) for dot in found)
    assert all(is_beside(dot, found) for dot in ideal)


@pytest.mark.parametrize("ends", [(2.5, 0.5), (0.5, 2.5)])
def test_a_line_of_marks_changes_rows_where_it_should(ends: tuple[float, float]) -> None:
    cells = cells_of([Line([(0.5, ends[0]), (8.5, ends[1])], "*", 3)], 9, 3)
    rows = [sum(cell[1] == row for cell in cells) for row in range(3)]
    assert len(cells) == 9 and min(rows) >= 2 and abs(rows[0] - rows[2]) <= 1


def dots(cells: Sequence[Cell]) -> set[Dot]:
    """The dots of braille cells, or the cells of others, from the upper left corner."""
    found = set()
    for column, row, char, colour in cells:
        assert colour == 3
        if char == "*":
            found.add((column, row))
        for at, bits in enumerate(BITS):
            if char != "*" and (ord(char) - 0x2800) & bits:
                found.add((column * 2 + at % 2, row * 4 + at // 2))
    return found


def is_beside(dot: Dot, others: set[Dot]) -> bool:
    """Whether a dot is another, or next to it."""
    return any(max(abs(dot[0] - one[0]), abs(dot[1] - one[1])) <= 1 for one in others)


def test_lines_have_gaps_colours_and_an_order() -> None:
    lower = Line([(0.5, 0.5), (3.5, 0.5), None, (6.5, 0.5), (9.5, 0.5)], "a", 1)
    upper = Line([(2.5, 0.5), (math.nan, 0.5), (7.5, 0.5), (7.5, math.inf)], "b", 214)
    drawn = Canvas(10, 1)
    for cell in cells_of([lower, upper], 10, 1):
        drawn.put(*cell)
    assert drawn.rows(colour=False) == ["aaba  abaa"]
    assert "\x1b[38;5;214mb" in drawn.rows(colour=True)[0]
    assert cells_of([Line([], "c", 1), Line([None], BRAILLE, 1)], 4, 4) == []
    assert cells_of([lower, Line([], "c", 1)], 10, 1) == cells_of([lower], 10, 1)


def test_lines_that_share_cells_keep_their_dots() -> None:
    upper, lower = (
        Line([(0.5, y), (9.5, y)], BRAILLE, colour) for y, colour in ((0.1, 1), (0.9, 2))
    )
    rising = Line([(0.5, 0.9), (9.5, 0.1)], BRAILLE, 3)
    alone = {cell[:2]: ord(cell[2]) for cell in cells_of([upper], 10, 1)}
    both = cells_of([upper, lower], 10, 1)
    assert {cell[3] for cell in both} == {2}, "the later one has the colour"
    assert all(
        ord(char) & alone[column, row] == alone[column, row] for column, row, char, _ in both
    )
    every = {cell[:2]: ord(cell[2]) for cell in cells_of([upper, lower, rising], 10, 1)}
    assert all(every[cell[:2]] & ord(cell[2]) == ord(cell[2]) for cell in both)


def test_two_threads_draw_two_figures() -> None:
    lines = [[Line([(0.5, at + 0.5), (9.5, at + 0.5)], "x", at)] for at in range(8)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda line: cells_of(line, 10, 8), lines * 15))
    assert found == [cells_of(line, 10, 8) for line in lines * 15]


@pytest.mark.parametrize(
    ("n", "per_step", "asides"),
    [(1, 2.0, [0]), (2, 8.0, [-1, 1]), (3, 6.0, [-2, 0, 2]), (3, 4.0, [-1, 0, 1]), (3, 3.0, None)],
)
def test_whiskers_stand_side_by_side_where_there_is_room(
    n: int, per_step: float, asides: list[int] | None
) -> None:
    found = dodged(probes(n), per_step)
    assert (found and list(found.values())) == asides
    if asides and n > 1:
        assert max(asides) - min(asides) + 1 < per_step


def test_where_whiskers_have_no_room_the_first_series_has_a_shade() -> None:
    x, y = layer_axis(LAYERS, 40), Vertical(fitted_axis("auroc", [0.5, 0.9], 20, whole=False))
    roomy = intervals_of(probes(2), "whiskers", x, y, (100, 20))
    tight = intervals_of(probes(2), "whiskers", x, y, (36, 20))
    assert len(roomy.whiskered) == 2 and not roomy.banded and not roomy.whose
    assert list(tight.banded) == [probes(1)[0].key] and tight.whose == "of c0"
    assert "95% interval of c0" in draw(probes(2), "auroc", 40, 20, colour=False)


@pytest.mark.parametrize(("apart", "n_bands"), [(0.0, 1), (0.15, 2)])
def test_a_band_hides_no_other(apart: float, n_bands: int) -> None:
    x, y = layer_axis(LAYERS, 40), Vertical(fitted_axis("auroc", [0.4, 0.9], 20, whole=False))
    assert len(intervals_of(probes(2, apart), "band", x, y, (36, 20)).banded) == n_bands


def test_the_axis_fits_the_task_unless_controls_cost_little() -> None:
    task = one((0, 0.8), (1, 0.9))
    near, far = one((0, 0.72), control="untrained"), one((0, 0.3), control="shuffled_labels")
    assert min(covered([task, near, far], 0.5, "none", "task")) == 0.8
    assert min(covered([task, near, far], 0.5, "none", "all")) == 0.3
    wide = one((0, 0.3), (1, 0.9))
    assert min(covered([wide, near], 0.25, "none", "task")) == 0.25
    axis = fitted_axis("auroc", [0.871, 0.872], 12, whole=False)
    assert axis.high - axis.low >= 0.04 and axis.high <= 1.0


def test_log_odds_have_round_ticks_and_a_place_for_one() -> None:
    upright = vertical("auroc", [0.5, 0.99, 1.0], 30, "logit", whole=False)
    assert upright.is_logit and {".5", ".9", ".98"} <= set(upright.axis.labels)
    assert share_of(logit(0.83)) == pytest.approx(0.83)
    assert upright.place(1.0) > upright.place(0.999) and not upright.hides(0.99)
    assert not vertical("r2", [0.1, 0.4], 30, "logit", whole=False).is_logit
    assert "too small" not in draw([one((0, 1.0), (1, 0.5))], "auroc", 60, 20, scale="logit")


def test_the_best_layers_have_a_heavy_axis() -> None:
    base = one((0, 0.6), (1, 0.7), (2, 0.8))
    points = tuple(replace(point, is_best=point.layer == 2) for point in base.points)
    made = replace(base, points=points)
    several = replace(base, points=tuple(replace(point, is_best=True) for point in base.points))
    assert best_stretches([several], layer_axis([0, 1, 2], 60)) == [(-0.5, 2.5)]
    assert best_stretches([made], layer_axis([0, 1, 2], 60)) == [(1.5, 2.5)]
    floor = next(
        line for line in draw([made], "auroc", 60, 20, colour=False).split("\n") if "└" in line
    )
    assert floor.rindex("─") < floor.index("━") and floor.count("━") > 15
    assert "\x1b[48;5;236m" in draw([made], "auroc", 60, 20, ground=236)
    assert "━" not in draw([base], "auroc", 60, 20)


def test_a_line_ends_where_it_leaves_the_axis() -> None:
    control = one((0, 0.85), (1, 0.1), control="shuffled_labels")
    text = draw([one((0, 0.8), (1, 0.9)), control], "auroc", 60, 20, colour=False)
    rows = canvas(text)
    assert "▾" in rows[-1] and "·" in "".join(rows[:-1])
    assert rows[-1].index("▾") > rows[-1].rindex("·") if "·" in rows[-1] else True
