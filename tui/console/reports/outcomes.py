"""Print what an intervention found, as the tables, curves and heatmaps of its kind."""

from __future__ import annotations

from probing.interventions.erased_rows import Erased
from probing.interventions.explained_rows import Explained
from probing.interventions.outcome import Outcome
from probing.interventions.steered_rows import Steered
from tui.console.reports.erasing_report import print_erased
from tui.console.reports.explaining_report import print_explained
from tui.console.reports.patching_report import print_patched
from tui.console.reports.steering_report import print_steered


def print_outcome(found: Outcome) -> None:
    """Print an outcome."""
    match found:
        case Steered():
            print_steered(found)
        case Erased():
            print_erased(found)
        case Explained():
            print_explained(found)
        case _:
            print_patched(found)
