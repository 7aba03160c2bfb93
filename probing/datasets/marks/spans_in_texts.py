"""The spans of rows in the texts that the model reads, which a template may have moved."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from probing.datasets import templates
from probing.datasets.columns import Columns
from probing.datasets.formats.table import Table
from probing.datasets.marks.positions import positions
from probing.spec import DatasetSpec


def spans_in(
    texts: Sequence[str], spec: DatasetSpec, table: Table, columns: Columns
) -> NDArray[np.int64] | None:
    """The characters that each row marks in its one of `texts`, `[n_texts, n_spans, 2]`.

    None where rows are whole texts. Raises `DatasetError` that names the row whose spans lie
    outside its text, and for a template that does not hold the text once.
    """
    template = templates.of(spec, table)
    if spec.position is not None:
        at = positions(spec.position, texts, template, table, columns.text)
        return np.stack([at, at], axis=1)[:, None]
    if table.spans is None:
        return None
    starts = np.zeros(len(table), dtype=np.int64)
    if template is not None:
        starts += templates.text_starts(template, table, columns.text)
    spans = np.asarray(table.spans, dtype=np.int64).reshape(len(table), -1, 2)
    _check(spans, table, columns.text)
    return spans + starts[:, None, None]


def _check(spans: NDArray[np.int64], table: Table, text: str) -> None:
    lengths = np.fromiter(map(len, table.columns[text]), np.int64, len(table))
    wrong = (spans[..., 0] < 0) | (spans[..., 1] < spans[..., 0])
    wrong |= spans[..., 1] > lengths[:, None]
    if not wrong.any():
        return
    row, at = np.argwhere(wrong)[0].tolist()
    start, end = spans[row, at].tolist()
    what = f"its span from {start} to {end} is not in its text, of {lengths[row]} characters"
    n_more = int(wrong.any(1).sum()) - 1
    more = f" (and those of {n_more:,} more rows)" if n_more else ""
    raise table.error(row, what + more, "spans count characters from 0, the end is behind the last")
