"""Heat maps, small multiples, other x axes, and figures on paper."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from probing.errors import SpecError
from probing.logs import RunView
from probing.logs.results.tables import results
from probing.reports.charts import OWN, Chart
from tests.support.fake_runs import FakeRuns, Shape
from tui.plot.along.x_axes import kinds_of, over
from tui.plot.grids.around import TESTED, TRAINED, grid_of, grids_in
from tui.plot.grids.grid_text import draw_grid, height_of, layout_of, reading
from tui.plot.paper import checked, plate_of, write
from tui.plot.pictures.asked_picture import Asked, asked_picture
from tui.plot.pictures.picture import Picture
from tui.plot.pictures.picture_text import as_text, drawn
from tui.plot.series import Point, Series, series_of

PLACES = ("token(quantile=0)", "token(quantile=0.5)", "token(quantile=1)")
SHAPE = Shape(("truth", "tense"), ("a", "b"), ("mean", *PLACES), ("LDA",), 4, has_levels=True)


@pytest.fixture(scope="module")
def frame(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """Results of one run: two datasets, two models, four poolers."""
    view = RunView(FakeRuns(tmp_path_factory.mktemp("logs")).finished("run", SHAPE))
    view.skim()
    return results([view])


@pytest.fixture(scope="module")
def series(frame: pl.DataFrame) -> list[Series]:
    """Every series by accuracy."""
    return series_of(frame, "accuracy")


def of(series: list[Series], **parts: str) -> Series:
    """The first task with these parts."""
    places = {"dataset": 1, "model": 2, "pooler": 4}
    return next(
        one
        for one in series
        if not one.control and all(one.key[places[at]] == value for at, value in parts.items())
    )


def picture(frame: pl.DataFrame, **asked: object) -> Picture:
    """What is asked for."""
    made = Asked(**{"kind": "curves", "metric": "accuracy", **asked})  # type: ignore[arg-type]
    return asked_picture(frame, frame, made)[0]


def test_layers_and_positions_make_a_grid(series: list[Series]) -> None:
    focus = of(series, pooler=PLACES[0], dataset="tense")
    offered = grids_in(series, focus.key)
    assert ("layer", "position") in offered and ("model", "dataset") in offered
    grid = grid_of(series, focus.key, ("layer", "position"), "accuracy")
    assert grid.rows == ("0", "1", "2", "3", "4") and grid.columns == ("0", "0.5", "1")
    # from a pooler of all tokens the positions beside it are found too
    whole = of(series, pooler="mean", dataset="tense", model=focus.key[2])
    assert grids_in(series, whole.key)[1] == ("layer", "position")
    assert grid_of(series, whole.key, ("layer", "position"), "accuracy") == grid
    point = grid.points[3][1]
    source = of(series, pooler=PLACES[1], dataset="tense", model=focus.key[2])
    assert point == source.at(3) and grid.keys[3][1] == source.key
    said = " ".join(reading(grid, (3, 1), "accuracy"))
    assert "layer 3, position 0.5" in said and "n 2,000" in said and "majority" in said
    assert re.search(r"accuracy \.\d{3} \[\.\d{3}, \.\d{3}\]", said) and "shuffled labels" in said


def test_checkpoints_stand_in_the_order_of_their_steps(series: list[Series]) -> None:
    base = of(series, pooler="mean", dataset="truth", model="a")
    made = [
        replace(base, key=(*base.key[:2], f"m@step{step}", *base.key[3:]))
        for step in (1000, 20, 300)
    ]
    grid = grid_of(made, made[0].key, ("layer", "model"), "accuracy")
    assert grid.columns == ("m@step20", "m@step300", "m@step1000")


def test_a_grid_without_layers_says_which_it_shows(series: list[Series]) -> None:
    grid = grid_of(series, of(series, pooler="mean").key, ("model", "dataset"), "accuracy")
    one = of(series, pooler="mean", model="a", dataset="truth")
    best = max(one.points, key=lambda point: point.value)
    row, column = grid.rows.index("a"), grid.columns.index("truth")
    assert grid.points[row][column].layer == best.layer and "highest layer" in grid.note
    at = grid_of(series, one.key, ("model", "dataset"), "accuracy", layer=2)
    assert at.points[row][column] == one.at(2) and at.note == "layer 2"


def test_the_layer_of_a_transfer_is_chosen_by_what_it_is_trained_on(series: list[Series]) -> None:
    own = replace(of(series, dataset="truth"), key=("r", "x", "m", "resid", "mean", "LDA", ""))
    points = tuple(Point(at, 0.9 - abs(at - 1) / 10, None, None, 9) for at in range(3))
    own = replace(own, points=points)
    other = tuple(Point(at, 0.5 + at / 10, None, None, 9) for at in range(3))
    moved = replace(own, key=("r", "x → y", *own.key[2:]), points=other)
    grid = grid_of([own, moved], own.key, (TRAINED, TESTED), "accuracy")
    assert grid.rows == ("x",) and grid.columns == ("x", "y")
    assert [point.value for point in grid.points[0]] == [0.9, 0.6]


def test_a_grid_fits_its_room_and_says_what_is_out_of_sight(series: list[Series]) -> None:
    focus = of(series, pooler="mean")
    grid = grid_of(series, focus.key, ("layer", "pooler"), "accuracy")
    assert [layout_of(grid, width, 9).cell for width in (80, 30, 20)] == [14, 5, 2]
    for width, height in ((80, 12), (30, 12), (20, 9), (16, 6)):
        for colour in (False, True):
            lines = draw_grid(grid, "accuracy", width, height, colour=colour, cursor=(4, 3))
            plain = [re.sub("\x1b\\[[0-9;]*m", "", line) for line in lines]
            assert max(map(len, plain)) <= width and len(lines) <= max(height, 7)
            assert any("▸" in line for line in plain)
    lines = draw_grid(grid, "accuracy", 30, height_of(grid, "accuracy", 30), colour=False)
    assert "of 5 rows" not in lines[0] and len(lines) == height_of(grid, "accuracy", 30)
    steps = replace(grid, columns=tuple(f"org/model@step{at}" for at in range(4)))
    assert "org/model@…  a step0  b step1" in "\n".join(
        draw_grid(steps, "accuracy", 60, 12, colour=False)
    )
    short = draw_grid(grid, "accuracy", 80, 6, colour=False, cursor=(0, 0))
    assert "of 5 rows" in short[0]
    assert draw_grid(grid, "accuracy", 80, 12, colour=False, ascii=True)[0].isascii()


def test_depth_and_position_are_axes(series: list[Series]) -> None:
    one = of(series, pooler=PLACES[0])
    assert kinds_of([one], series) == ["layer", "depth", "position"]
    assert kinds_of([of(series, pooler="mean")], series) == ["layer", "depth"]
    deep, along = over("depth", [one], series, None) or ([], None)
    assert along is not None and deep[0].xs == [0, 250, 500, 750, 1000]
    assert along.told(250) == "depth .25" and deep[0].ys == one.ys
    placed, along = over("position", [one], series, 3) or ([], None)
    assert along is not None and along.values == (0.0, 0.5, 1.0)
    expected = [of(series, pooler=name, model=one.key[2], dataset=one.key[1]) for name in PLACES]
    assert placed[0].ys == [each.at(3).value for each in expected]  # type: ignore[union-attr]
    assert along.told(placed[0].xs[1]) == "position .50"


def test_small_multiples_share_axes_and_one_legend(frame: pl.DataFrame) -> None:
    made = picture(frame, kind="multiples", by=("dataset", "model"))
    assert [panel.title for panel in made.panels] == [
        "tense · a", "tense · b", "truth · a", "truth · b"
    ] and made.n_columns == 2  # fmt: skip
    for panel in made.panels:
        assert {one.label for one in panel.series if not one.control} == {"mean", *PLACES}
    text = drawn(made, 100, 30, colour=False)
    assert text.count("● mean") == 1 and max(map(len, text.split("\n"))) <= 100
    floors = [line.count("└") for line in text.split("\n") if "└" in line]
    assert floors == [2, 2]
    with pytest.raises(SpecError, match="do not differ in site"):
        picture(frame, kind="multiples", by=("site", ""))


def test_the_caption_tells_n_intervals_and_controls(frame: pl.DataFrame) -> None:
    said = picture(frame.filter(pl.col("pooler").is_in(["mean", ""]))).caption()
    assert "n = 2,000 held-out texts, 5 folds" in said and "95% intervals" in said
    assert "shuffled labels, majority" in said and "Chance:" in said


@pytest.mark.parametrize("kind", ["heatmap", "multiples"])
def test_figures_are_written_with_their_caption(
    frame: pl.DataFrame, tmp_path: Path, kind: str
) -> None:
    made = picture(frame, kind=kind)
    svg = write(made, checked(str(tmp_path / "f.svg")), "single").read_text()
    assert "<svg" in svg and "held-out texts" in svg and 'width="244.8pt"' in svg
    assert not list(tmp_path.glob(".*"))
    text = write(made, tmp_path / "f.txt").read_text()
    assert text == as_text(made) and "held-out texts" in text.replace("\n", " ")


def test_the_legend_on_paper_says_what_lies_off_the_axis(frame: pl.DataFrame) -> None:
    alone = frame.filter(pl.col("pooler").is_in(["mean", ""]), pl.col("dataset") == "truth")
    peak = alone.filter(pl.col("layer").fill_null(4) == 4)
    (chart,) = plate_of(picture(alone, fit="task"), "single").panels
    assert isinstance(chart, Chart) and chart.curves[0].kind == OWN
    kept, _ = asked_picture(peak, peak, Asked("curves", "accuracy"))
    (chart,) = plate_of(kept, "single").panels
    assert isinstance(chart, Chart) and chart.limits is not None and chart.limits[0] > 0.5
    labels = [*(one.label for one in chart.curves), *chart.levels]
    assert any("shuffled labels (below" in label for label in labels)
    assert any(label.startswith("majority") and "(below)" in label for label in labels)


def test_a_pdf_keeps_its_letters(frame: pl.DataFrame, tmp_path: Path) -> None:
    found = write(picture(frame, scale="logit"), tmp_path / "f.pdf").read_bytes()
    assert found.startswith(b"%PDF") and b"Type3" not in found and b"FontFile2" in found
    assert write(picture(frame, scale="logit"), tmp_path / "g.pdf").read_bytes() == found


@pytest.mark.parametrize(
    ("name", "said"), [("f.jpg", "no format of a figure"), ("no/f.pdf", "no such folder")]
)
def test_what_cannot_be_written_is_said_first(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(SpecError, match=said):
        checked(str(tmp_path / name))
