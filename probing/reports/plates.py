"""Write a figure for a paper: one panel or several, as PDF, SVG or PNG, as wide as a column.

The legend stands below the panels. Letters of a PDF stay letters, which publishers ask for; the
caption is in the file's own data, since a paper sets it.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from probing.errors import SpecError, nearest
from probing.reports.charts import Chart, Heat
from probing.reports.figures import GREY, STYLE, check_drawing, draw_curves, draw_heat
from probing.reports.plain_text import plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTHS: Mapping[str, float] = {"single": 3.4, "double": 7.0}  # inches, of one and of two columns
DESCRIBED = {".pdf": "Subject", ".png": "Description", ".svg": "Description"}
UNDATED = {".pdf": ("CreationDate",), ".svg": ("Date",)}  # the same figure is the same file
DPI, TICKS_PER_INCH = 300, 3.2
_FONTS: dict[str, Any] = {
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "lines.linewidth": 1.2,
    "lines.markersize": 3.5,
    "pdf.fonttype": 42,
    "svg.hashsalt": "plate",
}


@dataclass(frozen=True)
class Plate:
    """Panels from left to right in so many columns, on common axes, and the caption."""

    panels: Sequence[Chart | Heat]
    caption: str = ""
    n_columns: int = 1


def checked(path: Path) -> Path:
    """`path`; raises `SpecError` where its name does not say a format of figures."""
    if path.suffix.lower() not in DESCRIBED:
        hint = nearest(path.suffix, DESCRIBED) if path.suffix else ""
        raise SpecError(
            "a figure is PDF, SVG or PNG",
            where=str(path),
            hint=hint or "name a file that ends in .pdf, .svg or .png",
        )
    return path


def write_plate(plate: Plate, path: Path, width: str = "double") -> Path:
    """Write the figure, whole or not at all; raises `SpecError` where that cannot be."""
    check_drawing("a figure")
    suffix = checked(path).suffix.lower()
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        _save(plate, draft, suffix, WIDTHS[width])
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        reason = error.strerror or str(error)
        raise SpecError(f"cannot be written ({reason})", where=str(path)) from None
    return path


def _save(plate: Plate, draft: Path, suffix: str, width: float) -> None:
    import warnings

    import matplotlib
    from matplotlib.figure import Figure

    told: dict[str, Any] = {DESCRIBED[suffix]: plain(plate.caption)}
    told |= dict.fromkeys(UNDATED.get(suffix, ()))
    style: Any = {**STYLE, **_FONTS}
    # a glyph that no font has is drawn as a box
    with matplotlib.rc_context(style), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        figure = Figure(figsize=(width, _height(plate, width)), layout="constrained")
        _draw(figure, plate, width)
        figure.savefig(draft, format=suffix[1:], dpi=DPI, metadata=told)


def _height(plate: Plate, width: float) -> float:
    n_rows = math.ceil(len(plate.panels) / plate.n_columns)
    first = plate.panels[0]
    if isinstance(first, Heat):
        return 1.2 + min(0.17 * len(first.rows), 8.0)
    own = width / plate.n_columns
    legend = 0.16 * math.ceil(_n_entries(plate) / _n_beside(plate, width)) + 0.1
    return n_rows * max(min(own * 0.62, 2.9), 1.1) + legend


def _draw(figure: Figure, plate: Plate, width: float) -> None:
    n_rows = math.ceil(len(plate.panels) / plate.n_columns)
    places: Any = figure.subplots(n_rows, plate.n_columns, squeeze=False, sharex=True, sharey=True)
    every = [axes for row in places for axes in row]
    for axes, panel in zip(every, plate.panels, strict=False):
        if isinstance(panel, Heat):
            draw_heat(figure, axes, panel)
        else:
            draw_curves(axes, panel, max(int(width / plate.n_columns * TICKS_PER_INCH), 3))
            axes.label_outer()
    for axes in every[len(plate.panels) :]:
        axes.set_axis_off()
    _legend(figure, every, plate, width)


def _legend(figure: Figure, every: Sequence[Axes], plate: Plate, width: float) -> None:
    """One legend for all panels, below them."""
    entries: dict[str, Any] = {}
    for axes in every:
        drawn: tuple[list[Any], list[Any]] = axes.get_legend_handles_labels()
        for handle, label in zip(*drawn, strict=True):
            other = entries.setdefault(label, handle)
            if other.get_color() != handle.get_color():
                entries[label] = _in_grey(handle)
    if entries:
        beside = _n_beside(plate, width)
        figure.legend(
            list(entries.values()), list(entries), loc="outside lower center", ncols=beside
        )


def _in_grey(handle: Any) -> Any:
    """The mark of a control that stands beside several curves, in the colour of none."""
    made = copy(handle)
    made.set_color(GREY)
    made.set_markeredgecolor(GREY)
    return made


def _n_entries(plate: Plate) -> int:
    return len(_labels(plate))


def _n_beside(plate: Plate, width: float) -> int:
    """How many entries of the legend stand side by side: as many as their letters let."""
    longest = max(map(len, _labels(plate)), default=1)
    return max(min(len(_labels(plate)), int(width / (0.42 + 0.05 * longest))), 1)


def _labels(plate: Plate) -> list[str]:
    labels: dict[str, None] = {}
    for panel in plate.panels:
        if isinstance(panel, Chart):
            labels |= dict.fromkeys([*(one.label for one in panel.curves), *panel.levels])
    return list(labels)
