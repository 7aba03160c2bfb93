"""`probe-tui plot`: a figure of results, in the terminal or in a file for a paper."""

from __future__ import annotations

import sys
import textwrap
from argparse import Namespace
from pathlib import Path

from probing.errors import SpecError, nearest
from probing.metric_names import METRICS
from probing.reports.figures import check_drawing
from tui.commands.of_results.asked_rows import learned_rows, result_rows
from tui.console import output
from tui.plot.along.x_axes import TEXTS
from tui.plot.metric_choice import chosen_metric, metrics_in
from tui.plot.paper import checked, write
from tui.plot.pictures.asked_picture import Asked, asked_picture
from tui.plot.pictures.picture import Picture
from tui.plot.pictures.picture_text import HEIGHT, drawn
from tui.texts.sanitiser import clean

WIDEST = 140


def plot(given: Namespace) -> int:
    """Draw the figure in the terminal, or write it to a file; its caption stands below it."""
    path = None if given.output is None else checked(given.output)
    if path is not None and path.suffix.lower() != ".txt":
        check_drawing("a figure")
    frame, kept = result_rows(given)
    if kept.is_empty():
        print("no rows: no finished cell fulfils this", file=sys.stderr)
        return 1
    asked = Asked(
        kind=given.kind,
        metric=_metric(given.metric, metrics_in(kept)),
        x=given.x,
        by=(given.rows, given.columns),
        layer=given.layer,
        interval=given.interval,
        scale=given.scale,
        fit=given.fit,
    )
    learned = learned_rows(given, asked.metric) if given.x == TEXTS else None
    picture, notes = asked_picture(frame, kept, asked, learned)
    for note in notes:
        print(clean(note), file=sys.stderr)
    if path is None:
        _print(picture)
    else:
        _write(picture, path, given.width)
    return 0


def _metric(wanted: str, known: list[str]) -> str:
    """The metric that is asked for, else the first of the rows."""
    if wanted and wanted not in known:
        hint = nearest(wanted, known or METRICS)
        raise SpecError(f"no metric {wanted!r} in these rows", where="--metric", hint=hint)
    metric = chosen_metric(wanted, known)
    if not metric:
        raise SpecError("these rows have no metric", hint="widen --where")
    return metric


def _print(picture: Picture) -> None:
    width = min(output.width(), WIDEST)
    height = HEIGHT if picture.kind == "curves" else None
    colour, ascii = output.has_colour(), output.is_ascii()
    print(drawn(picture, width, height, colour=colour, ascii=ascii))
    print()
    _print_caption(picture, width)


def _write(picture: Picture, path: Path, width: str) -> None:
    """Write the file; the caption is for the paper's own text."""
    write(picture, path, width)
    print(f"wrote {clean(path)}", file=sys.stderr)
    _print_caption(picture, output.width())


def _print_caption(picture: Picture, width: int) -> None:
    output.write_text("\n".join(textwrap.wrap(clean(picture.caption()), width)))
