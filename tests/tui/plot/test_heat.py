"""Cells of heatmaps: they tell the same without colour, and columns never run together."""

from __future__ import annotations

import pytest

from tui.plot.grids.heat import MIDDLE, NARROW, WIDE, Heat, mark_of, scale_of, tiny_number


@pytest.mark.parametrize(
    ("value", "told"),
    [(0.04, "+.0"), (-0.31, "-.3"), (0.97, "+1"), (-12.4, "-12"), (420, "+4h"), (-7100, "-7k"),
     (1e6, "+>k")],
)  # fmt: skip
def test_tiny_numbers_have_three_columns(value: float, told: str) -> None:
    assert tiny_number(value) == told and len(told) <= 3


def test_signs_stand_for_colours() -> None:
    assert [mark_of(one) for one in (-1, -0.3, 0, 0.3, 1)] == ["--", "-", "·", "+", "++"]


def test_a_few_extremes_do_not_make_all_others_pale() -> None:
    assert scale_of([[1.0] * 95, [1000.0]]) == 1.0 and scale_of([[None, 0.0]]) == 1.0


def test_cells_fill_their_widths_at_every_width() -> None:
    names = ("text", " a", " extraordinarily", "\n")
    heat = Heat(names, ("1",), ((1.5, -20000.0, None, 0.0),), ((0.5, -1.0, 0.0, 0.0),))
    for how, room in ((WIDE, 99), (MIDDLE, 16), (MIDDLE, 99), (NARROW, 8)):
        for at, width in enumerate(heat.widths(how, room)):
            assert len(heat.cell(0, at, how, width)) == width
            name = heat.name(at, how, width)
            assert len(name) == width and (how == NARROW or name[0] == " ")
    assert heat.fits(MIDDLE, 16) and not heat.fits(WIDE, 16)
    assert heat.step(0, 1) == -5 and heat.step(0, 2) == 0
