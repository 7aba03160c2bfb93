"""`python -m benchmarks.architectures [--write docs/models.md]`: the sweep, as a table."""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

import torch
import transformers

from benchmarks.architectures.sweep import families, tried
from benchmarks.architectures.table import replaced, table


def main(arguments: Sequence[str] | None = None) -> int:
    """Try the families; the table goes to stdout, or between the marks of a page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.architectures")
    parser.add_argument("families", nargs="*", metavar="FAMILY", help="all that read text, if none")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="the page that holds the table")
    options = parser.parse_args(arguments)
    warnings.filterwarnings("ignore")
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    torch.set_num_threads(1)
    outcomes = []
    for family in options.families or families():
        outcomes.append(tried(family))
        print(family, outcomes[-1].verdict, file=sys.stderr, flush=True)
    made = table(outcomes)
    if options.write is None:
        print(made)
        return 0
    options.write.write_text(replaced(options.write.read_text(), made))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
