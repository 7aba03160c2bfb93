"""The SentEval layout: `tr|va|te`, label and sentence, separated by tabs, without a header.

Conneau et al. 2018, "What you can cram into a single vector"; the layout of its probing files.
"""

from __future__ import annotations

from probing.datasets.formats.decoding import lines
from probing.datasets.formats.source import Source
from probing.datasets.formats.table import Table
from probing.errors import DatasetError

_PARTS = ("tr", "va", "te")


def is_senteval(line: str) -> bool:
    """Whether a line is `tr|va|te`, tab, label, tab, sentence."""
    fields = line.rstrip("\r\n").split("\t", 2)
    return len(fields) == 3 and fields[0] in _PARTS


def read(source: Source) -> Table:
    """The table of a SentEval file: split, label and text."""
    path = source.path
    full = [(number, line) for number, line in enumerate(lines(source.text()), 1) if line]
    for number, line in full:
        if not is_senteval(line):
            hint = "use tr, va or te, then the label, then the sentence, separated by tabs"
            raise DatasetError("not a SentEval line", where=f"{path}, line {number}", hint=hint)
    split, label, text = zip(*(line.split("\t", 2) for _, line in full), strict=True)
    columns = {"split": split, "label": label, "text": text}
    return Table(str(path), columns, [number for number, _ in full], typed=False)
