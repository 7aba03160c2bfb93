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
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
GREY = "#595959"
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*")
LEVELS = (":", "-.", (0, (1, 3)), (0, (5, 1)))
BEST = "#f0f0f0"
ODDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999)
LEAST_SHARE = 1e-4
WIDTH, HEIGHT = 7.2, 3.4  # inches, the legend beside the axes among them
MOST_TICKS = 16
LETTER = 0.06  # inches, about
DARK = 0.45  # of the scale of cividis
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)  # these repeat each text that is drawn
STYLE: dict[str, Any] = {
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


def check_drawing(what: str = "a report") -> None:
    """Raises `SpecError` where matplotlib is not installed."""
    if find_spec("matplotlib") is None:
        raise SpecError(f"{what} needs matplotlib", hint=EXTRA)


def drawn(chart: Chart | Heat, salt: str) -> str:
    """The figure as an SVG element; `salt` tells its ids from those of others on one page."""
    import warnings

    import matplotlib
    from matplotlib.figure import Figure

    style: Any = {**STYLE, "svg.hashsalt": salt}
    # a glyph that no font has is drawn as a box
    with matplotlib.rc_context(style), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        figure = Figure(figsize=_size(chart), layout="constrained")
        axes = figure.add_subplot()
        draw(figure, axes, chart)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue().decode()
    return _COMMENT.sub("", text[text.index("<svg") :])


def _size(chart: Chart | Heat) -> tuple[float, float]:
    if isinstance(chart, Chart):
        return WIDTH, HEIGHT
    return max(4.5, min(1.6 + 0.42 * len(chart.columns), 11)), 1.3 + 0.2 * len(chart.rows)


def draw(figure: Figure, axes: Axes, chart: Chart | Heat) -> None:
    """Draw a chart or a heat map into axes, a legend beside curves."""
    if isinstance(chart, Heat):
        draw_heat(figure, axes, chart)
    else:
        draw_curves(axes, chart)
        axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), borderaxespad=0.0)


def draw_curves(axes: Axes, chart: Chart, most_ticks: int = MOST_TICKS) -> None:
    """Draw curves with their intervals and levels, without a legend."""
    for start, end in chart.best:
        axes.axvspan(start, end, color=BEST, linewidth=0, zorder=0)
    if chart.zero:
        axes.axhline(0.0, color=GREY, linewidth=0.8, zorder=1)
    several = len({one.colour for one in chart.curves}) > 1
    asides = _asides(chart)
    for at, curve in enumerate(chart.curves):
        _draw_curve(axes, curve, at, several, asides[at], chart.shaded)
    for at, (label, value) in enumerate(chart.levels.items()):
        style = LEVELS[at % len(LEVELS)]
        axes.axhline(
            value, color=GREY, linestyle=style, linewidth=1.1, label=plain(label), zorder=1
        )
    axes.set_xlabel(chart.x_label)
    axes.set_ylabel(chart.y_label)
    if chart.title:
        axes.set_title(plain(chart.title))
    if chart.is_logit:
        _set_logit(axes, chart)
    elif chart.limits is not None:
        axes.set_ylim(*chart.limits)
    if chart.ticks:
        axes.set_xticks(list(chart.ticks), list(chart.ticks.values()))
    elif chart.whole:
        layers = sorted({int(point.x) for one in chart.curves for point in one.points})
        axes.set_xticks(layers[:: math.ceil(len(layers) / most_ticks)] if layers else [])


def _set_logit(axes: Axes, chart: Chart) -> None:
    """An axis of log odds, which has no place for 0 and 1."""
    low, high = chart.limits or (0.01, 0.99)
    axes.set_yscale("logit")
    ticks = [one for one in ODDS if low <= one <= high]
    axes.set_yticks(ticks, [f"{one:g}" for one in ticks])
    axes.minorticks_off()
    axes.set_ylim(max(low, LEAST_SHARE), min(high, 1 - LEAST_SHARE))


def _asides(chart: Chart) -> list[float]:
    """How far each curve stands aside, so that their bars can be told apart.

    Curves stand around their places, controls among themselves, half a step further.
    """
    if chart.shaded:
        return [0.0] * len(chart.curves)
    xs = sorted({point.x for one in chart.curves for point in one.points})
    step = min((right - left for left, right in pairwise(xs)), default=1.0)
    step *= min(0.12, 0.5 / max(len(chart.curves), 1))
    kinds = [one.kind for one in chart.curves]
    found = []
    for at, kind in enumerate(kinds):
        aside = kinds[:at].count(kind) - (kinds.count(kind) - 1) / 2
        found.append((aside + 0.5 * (kind == CONTROL)) * step)
    return found


def _draw_curve(
    axes: Axes, curve: Curve, at: int, several: bool, aside: float, shaded: bool
) -> None:
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
    if shaded and len(known) > 1:
        ends = [one.low or 0.0 for one in known], [one.high or 0.0 for one in known]
        shade: dict[str, Any] = {"color": colour, "alpha": 0.16, "linewidth": 0, "zorder": 1.5}
        axes.fill_between([one.x for one in known], *ends, **shade)
        return
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


def draw_heat(figure: Figure, axes: Axes, heat: Heat) -> None:
    """Draw a heat map with its scale: around 0, or from the lower limit to the upper."""
    numbers = [[math.nan if one is None else one for one in row] for row in heat.values]
    known = [abs(one) for row in numbers for one in row if not math.isnan(one)]
    limit = max([1.0, *known])
    axes.grid(visible=False)
    low, high = heat.limits or (-limit, limit)
    look: dict[str, Any] = {
        "cmap": "RdBu_r" if heat.limits is None else "cividis",
        "vmin": low,
        "vmax": high,
        "aspect": "auto",
        "origin": "upper" if heat.from_top else "lower",
    }
    image = axes.imshow(numbers, **look)
    step = math.ceil(len(heat.rows) / 32)
    columns = list(map(plain, heat.columns))
    room = figure.get_figwidth() * 0.75 / max(len(columns), 1)
    is_long = max(map(len, columns), default=0) * LETTER > room
    turned: dict[str, Any] = {"rotation": 45, "ha": "right"} if is_long else {}
    axes.set_xticks(range(len(columns)), columns, **turned)
    axes.set_yticks(range(0, len(heat.rows), step), list(map(plain, heat.rows[::step])))
    axes.set_xlabel(heat.x_label)
    axes.set_ylabel(heat.y_label)
    _write_cells(axes, heat, low + DARK * (high - low))
    figure.colorbar(image, ax=axes, label=heat.value_label)


def _write_cells(axes: Axes, heat: Heat, lightest: float) -> None:
    """The texts of the cells, in white on what is dark: below `lightest`."""
    for row, texts in enumerate(heat.told):
        for column, text in enumerate(texts):
            value = heat.values[row][column]
            ink = "white" if value is not None and value < lightest else "black"
            look: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 6, "color": ink}
            axes.text(column, row, plain(text), **look)
