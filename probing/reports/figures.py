"""Draw the figures of a report with matplotlib, as SVG.

Colours are those of Okabe and Ito (2008), which people with any colour vision tell apart; markers
differ too, and controls are dashed with open markers.
"""

from __future__ import annotations

import io
import math
import re
from importlib.util import find_spec
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from probing.errors import SpecError
from probing.reports.charts import CONTROL, Chart, Curve, Heat
from probing.reports.plain_text import plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

EXTRA = 'pip install "probe-tui[report]"'
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
GREY = "#595959"
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*")
LEVELS = (":", "-.", (0, (1, 3)), (0, (5, 1)))
WIDTH, HEIGHT = 7.2, 3.4  # inches, the legend beside the axes among them
MOST_TICKS = 16
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)  # these repeat each text that is drawn
_STYLE: dict[str, Any] = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "lines.linewidth": 1.4,
    "lines.markersize": 4.5,
    "text.parse_math": False,  # names of datasets may hold dollars
    "svg.fonttype": "path",
}


def check_drawing() -> None:
    """Raises `SpecError` where matplotlib is not installed."""
    if find_spec("matplotlib") is None:
        raise SpecError("a report needs matplotlib", hint=EXTRA)


def drawn(chart: Chart | Heat, salt: str) -> str:
    """The figure as an SVG element; `salt` tells its ids from those of others on one page."""
    import warnings

    import matplotlib
    from matplotlib.figure import Figure

    style: Any = {**_STYLE, "svg.hashsalt": salt}
    # a glyph that no font has is drawn as a box
    with matplotlib.rc_context(style), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        figure = Figure(figsize=_size(chart), layout="constrained")
        axes = figure.add_subplot()
        _draw_heat(figure, axes, chart) if isinstance(chart, Heat) else _draw_curves(axes, chart)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue().decode()
    return _COMMENT.sub("", text[text.index("<svg") :])


def _size(chart: Chart | Heat) -> tuple[float, float]:
    if isinstance(chart, Chart):
        return WIDTH, HEIGHT
    return max(4.5, min(1.6 + 0.42 * len(chart.columns), 11)), 1.3 + 0.2 * len(chart.rows)


def _draw_curves(axes: Axes, chart: Chart) -> None:
    if chart.zero:
        axes.axhline(0.0, color=GREY, linewidth=0.8, zorder=1)
    several = len({one.colour for one in chart.curves}) > 1
    for at, curve in enumerate(chart.curves):
        aside = (at - (len(chart.curves) - 1) / 2) * _aside(chart)
        _draw_curve(axes, curve, at, several, aside)
    for at, (label, value) in enumerate(chart.levels.items()):
        style = LEVELS[at % len(LEVELS)]
        axes.axhline(
            value, color=GREY, linestyle=style, linewidth=1.1, label=plain(label), zorder=1
        )
    axes.set_xlabel(chart.x_label)
    axes.set_ylabel(chart.y_label)
    if chart.whole:
        layers = sorted({int(point.x) for one in chart.curves for point in one.points})
        axes.set_xticks(layers[:: math.ceil(len(layers) / MOST_TICKS)] if layers else [])
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), borderaxespad=0.0)


def _aside(chart: Chart) -> float:
    """How far curves stand beside each other, so that their bars can be told apart."""
    xs = sorted({point.x for one in chart.curves for point in one.points})
    step = min((right - left for left, right in pairwise(xs)), default=1.0)
    return min(0.12, 0.5 / max(len(chart.curves), 1)) * step


def _draw_curve(axes: Axes, curve: Curve, at: int, several: bool, aside: float) -> None:
    is_control = curve.kind == CONTROL
    colour = COLOURS[curve.colour % len(COLOURS)] if several or not is_control else GREY
    xs, ys = ([one.x + aside for one in curve.points], [one.value for one in curve.points])
    look: dict[str, Any] = {
        "color": colour,
        "marker": MARKERS[at % len(MARKERS)],
        "linestyle": "--" if is_control else "-",
        "markerfacecolor": "white" if is_control else colour,
        "label": plain(curve.label),
        "zorder": 2 if is_control else 3,
    }
    axes.plot(xs, ys, **look)
    known = [one for one in curve.points if one.low is not None and one.high is not None]
    # a mean may lie a rounding error outside the least and the most
    below = [max(one.value - (one.low or 0.0), 0.0) for one in known]
    above = [max((one.high or 0.0) - one.value, 0.0) for one in known]
    if known:
        places, values = [one.x + aside for one in known], [one.value for one in known]
        bars: dict[str, Any] = {
            "color": colour,
            "elinewidth": 0.9,
            "capsize": 1.8,
            "zorder": 1.5,
            "alpha": 0.75,
        }
        axes.errorbar(places, values, yerr=[below, above], fmt="none", **bars)


def _draw_heat(figure: Figure, axes: Axes, heat: Heat) -> None:
    numbers = [[math.nan if one is None else one for one in row] for row in heat.values]
    known = [abs(one) for row in numbers for one in row if not math.isnan(one)]
    limit = max([1.0, *known])
    axes.grid(visible=False)
    look: dict[str, Any] = {"cmap": "RdBu_r", "vmin": -limit, "vmax": limit, "aspect": "auto"}
    image = axes.imshow(numbers, origin="lower", **look)
    step = math.ceil(len(heat.rows) / 32)
    axes.set_xticks(
        range(len(heat.columns)), list(map(plain, heat.columns)), rotation=45, ha="right"
    )
    axes.set_yticks(range(0, len(heat.rows), step), heat.rows[::step])
    axes.set_xlabel(heat.x_label)
    axes.set_ylabel(heat.y_label)
    figure.colorbar(image, ax=axes, label=heat.value_label)
