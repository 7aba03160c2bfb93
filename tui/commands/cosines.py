"""`probe-tui probes cosines`: how alike the directions of saved probes are."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from probing.errors import SpecError
from probing.logs import logs_folder
from probing.probes import find_probes
from probing.probes.cosines import Cosines, cosines_of
from tui.commands.row_output import kind_of, print_rows, write_rows
from tui.console import output
from tui.plot.axis import short
from tui.texts.sanitiser import clean

if TYPE_CHECKING:
    from tui.console.text_table import TextTable


def cosines(given: Namespace) -> int:
    """Print the matrix, or write a row for each pair of directions."""
    kind, logs = kind_of(given), logs_folder(given.logs)
    paths = list(dict.fromkeys(path for name in given.names for path in find_probes(logs, name)))
    found = cosines_of(paths)
    if len(found.labels) < 2:
        hint = "name several, or all of a run by its name"
        raise SpecError("one direction has nothing to be compared with", hint=hint)
    if given.output is not None:
        write_rows(_rows(found), kind, Path(given.output).expanduser())
    elif kind == "table":
        output.write_table(_table(found))
    else:
        print_rows(_rows(found), kind)
    return 0


def _rows(found: Cosines) -> pl.DataFrame:
    """A row for each pair, each once."""
    names = list(zip(found.labels, found.classes, found.layers, strict=True))
    rows = [
        (*names[one], *names[other], float(found.matrix[one, other]))
        for one in range(len(names))
        for other in range(one + 1, len(names))
    ]
    sides = [f"{key}_{side}" for side in "ab" for key in ("probe", "class", "layer")]
    return pl.DataFrame(rows, schema=[*sides, "cosine"], orient="row")


def _table(found: Cosines) -> TextTable:
    numbers = [str(at + 1) for at in range(len(found.labels))]
    table = output.plain_table("", "probe", "layer", *numbers, right=("", "layer", *numbers))
    named = zip(found.labels, found.classes, found.layers, strict=True)
    for at, (label, class_name, layer) in enumerate(named):
        name = f"{label}: {class_name}" if class_name else label
        cells = [short(one) for one in found.matrix[at]]
        table.add_row(numbers[at], clean(name), "" if layer is None else str(layer), *cells)
    table.title = "cosines between the directions of probes"
    table.caption = f"random directions: within ±{short(found.chance)} in 95 of 100 cases"
    return table
