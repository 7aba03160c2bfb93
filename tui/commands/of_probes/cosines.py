"""`probe-tui probes cosines`: how alike the directions of saved probes are."""

from __future__ import annotations

from argparse import Namespace

from probing.errors import SpecError
from probing.logs import logs_folder
from probing.probes import find_probes
from probing.probes.cosines import comparable, cosine_rows
from probing.probes.named_directions import named_directions
from tui.commands.of_results.row_output import kind_of, show_rows
from tui.console.reports.cosine_matrix import print_cosines


def cosines(given: Namespace) -> int:
    """Print the matrix, or write a row for each pair of directions."""
    kind, logs = kind_of(given), logs_folder(given.logs)
    paths = list(dict.fromkeys(path for name in given.names for path in find_probes(logs, name)))
    named = named_directions(paths)
    if len(named) < 2:
        hint = "name several, or all of a run by its name"
        raise SpecError("one direction has nothing to be compared with", hint=hint)
    show_rows(given, kind, lambda: cosine_rows(named), lambda: print_cosines(*comparable(named)))
    return 0
