"""The table of what models continued texts by, of what a run kept of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from probing.datasets import KeptDatasets
from probing.engine.experiment.passes.generated_texts import kept, places_of
from probing.engine.experiment.run_writer import Store
from probing.engine.experiment.scoring.cell_labels import sayable
from probing.logs.details.generated_texts import generated_schema
from probing.plan import Plan, PlannedPass

if TYPE_CHECKING:
    import polars as pl


def generated_tables(store: Store, plan: Plan, read: KeptDatasets) -> Iterator[pl.DataFrame]:
    """A frame for each pass of a trained model over texts that it continued, a row for each text.

    What could not be generated is left out.
    """
    for one in plan.passes:
        if one.dataset.spec.generate and one.model.random_seed is None:
            yield _frame(store, plan, one, read)


def _frame(store: Store, plan: Plan, one: PlannedPass, read: KeptDatasets) -> pl.DataFrame:
    import polars as pl

    spec, path = plan.spec, Path(one.dataset.facts.path)
    data = read.of(one.dataset.spec, path, spec.seed, spec.n_class_folds)
    found = kept(store, one.model.name, data.read.sha256)
    rows = [
        [
            sayable(one.dataset.name),
            sayable(one.model.name),
            row,
            text,
            found[at].texts[0],
            len(found[at].ids[0]),
            found[at].ended[0],
            list(found[at].ids[0]),
        ]
        for row, (text, at) in enumerate(zip(data.texts, places_of(data), strict=True))
        if at in found
    ]
    return pl.DataFrame(rows, schema=generated_schema(), orient="row")
