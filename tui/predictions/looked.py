"""The series that is looked at: the rows of its layers, and of the controls beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from probing.metric_names import METRICS, default_metric
from tui.plot.comparisons.transfers import named_transfers
from tui.plot.series import PARTS
from tui.texts.names import shown_name

if TYPE_CHECKING:
    import polars as pl

Row = Mapping[str, Any]
REFERENCE = "shuffled_labels"
USUAL_SITE = "resid"


@dataclass(frozen=True, eq=False)
class Looked:
    """A series of the results: a row for each layer, in order, and all rows of its controls."""

    key: tuple[str, ...]
    rows: tuple[Row, ...]
    controls: tuple[Row, ...] = ()

    @property
    def run(self) -> str:
        """The run, as tables name it."""
        return str(self.rows[0]["run"])

    @property
    def task(self) -> str:
        """The task."""
        return str(self.rows[0]["task"])

    @property
    def names(self) -> list[str]:
        """Its parts, as they are shown, but for the control and the usual site."""
        return [shown_name(part) for part in self.key[1:-1] if part not in ("", USUAL_SITE)]

    def layer(self, at: int) -> str:
        """The layer at a place, in words; empty where the pooler reads several."""
        layer = self.rows[at]["layer"]
        return "" if layer is None else f"layer {layer}"

    def place(self, layer: int | None) -> int:
        """The place of a layer; of none, that of the highest score, as Results mark it."""
        if layer is not None:
            layers = [row["layer"] for row in self.rows]
            return layers.index(layer) if layer in layers else 0
        metric = METRICS[default_metric(self.task)]
        sign = 1 if metric.higher_is_better else -1
        values = [row.get(metric.name) for row in self.rows]
        told = [-1e300 if value is None else sign * value for value in values]
        return told.index(max(told))

    def beside(self, at: int) -> Row | None:
        """The row of the shuffled labels at the same layer."""
        layer = self.rows[at]["layer"]
        same = (row for row in self.controls if row["control"] == REFERENCE)
        return next((row for row in same if row["layer"] in (layer, None)), None)


def looked_of(frame: pl.DataFrame, key: tuple[str, ...]) -> Looked | None:
    """The series of that key in a frame of results; None where it has no finished cell."""
    import polars as pl

    named = named_transfers(frame.with_columns(read=pl.col("dataset")))

    def rows(control: str) -> Sequence[Row]:
        values = dict(zip(PARTS, (*key[:-1], control), strict=True))
        is_own = [pl.col(part).fill_null("") == value for part, value in values.items()]
        found = named.filter(*is_own, pl.col("n_folds").is_not_null()).sort("layer")
        return found.with_columns(dataset=pl.col("read")).drop("read").to_dicts()

    own = rows(key[-1])
    return Looked(key, tuple(own), tuple(rows(REFERENCE))) if own else None
