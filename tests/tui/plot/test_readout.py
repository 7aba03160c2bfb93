"""What the cursor reads off, and a part of the x axis."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.tui.plot.test_drawing import probes
from tui.plot.axis import Axis
from tui.plot.drawing.readout import readout, told
from tui.plot.drawing.windows import cut, cut_axis, following, zoomed

PLACES = list(range(13))


def plain(lines: list[str]) -> list[str]:
    """The lines without colours."""
    return [re.sub("\x1b\\[[0-9;]*m", "", line) for line in lines]


@pytest.mark.parametrize(("width", "most"), [(90, 12), (78, 4), (44, 6), (30, 12)])
def test_every_series_is_read_off(width: int, most: int) -> None:
    lines = plain(readout(probes(12), 3, width, most, ascii=False))
    value = told(probes(1)[0].points[3])
    assert sum(line.count(value) for line in lines) == 12
    assert len(lines) <= most and max(map(len, lines)) <= width


def test_a_long_label_does_not_push_the_value_out() -> None:
    named = [replace(one, label=f"{one.label} of a pooler with a long name") for one in probes(3)]
    lines = plain(readout(named, 3, 40, 12, ascii=False))
    assert max(map(len, lines)) <= 40 and all(line.endswith("]") for line in lines)


def test_what_has_no_room_is_counted() -> None:
    lines = plain(readout(probes(12), 3, 20, 4, ascii=False))
    assert len(lines) == 4 and lines[-1] == "+9: z shows more"
    assert len(plain(readout(probes(12), 3, 78, 3, ascii=False))) == 3


def test_a_closer_look_stays_around_the_cursor() -> None:
    assert zoomed(PLACES, None, 10, closer=True) == (7, 12)
    assert zoomed(PLACES, (7, 12), 10, closer=True) == (9, 11)
    assert zoomed(PLACES, (9, 11), 10, closer=True) == (9, 11)
    assert zoomed(PLACES, (7, 12), None, closer=False) is not None
    assert zoomed(PLACES, (3, 10), None, closer=False) is None
    assert following(PLACES, (7, 12), 6) == (6, 11)
    assert following(PLACES, (2, 5), 6) == (3, 6) and following(PLACES, None, 6) is None


def test_a_part_of_the_axis_keeps_its_ticks() -> None:
    assert cut(probes(1), (2, 4))[0].xs == [2, 3, 4]
    axis = cut_axis(Axis(0, 10, (0.0, 5.0, 10.0), ("a", "b", "c")), (4, 8))
    assert axis.labels == ("b",) and axis.low < 4 and axis.high > 8
