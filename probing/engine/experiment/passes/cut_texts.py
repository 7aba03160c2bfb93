"""What is told of the texts of a pass that a model does not read whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from probing.datasets import TextDataset
from probing.engine.experiment.passes.record import PassRecord
from probing.engine.experiment.passes.span_flags import told_of_spans
from probing.plan import PlannedPass

LAST_TOKEN_POOLS = ("token", "last")


def told_of_cut_texts(
    one: PlannedPass, data: TextDataset, record: PassRecord, pools: Iterable[str]
) -> Iterator[str]:
    """A line for spans that were lost or cut, and one for texts; `pools` are those that read."""
    yield from told_of_spans(data, record)
    if not record.n_truncated:
        return
    n_texts = len(record.truncated)
    found = f"{record.n_truncated} of {n_texts} texts are truncated to {record.max_length} tokens"
    reads_last = data.spans is None and any(pool in LAST_TOKEN_POOLS for pool in pools)
    if one.model.spec.truncation != "right":
        yield found
    elif data.generate:
        yield f'{found}; the model continues these from where they are cut: set truncation = "left"'
    elif reads_last:
        yield f"{found}; a last-token pooler does not see the end of these texts"
    else:
        yield found
