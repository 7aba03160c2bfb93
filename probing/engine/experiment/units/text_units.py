"""Some texts of a pass as a unit: cut, computed by a worker, and taken into the run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from probing.datasets.reading import Reading
from probing.engine.experiment.passes.record import facts_of
from probing.engine.experiment.units.unit_files import Found
from probing.engine.extraction import Extraction, PartRead, extract_part
from probing.engine.extraction.layer_widths import apart
from probing.engine.extraction.sinks import Shape
from probing.engine.extraction.text_layout import Layout
from probing.engine.models import Continuations, DistinctTexts, LMModel
from probing.errors import CellError
from probing.plan.costs.dealt_work import texts_of_unit
from probing.spec import PoolerSpec

Batches = list[list[int]]
Impossible = list[dict[str, Any]]
Arrays = dict[str, NDArray[Any]]


def cut(n_run: int, row_bytes: int, fewest: int = 0) -> list[range]:
    """The parts of so many texts with so many bytes of features each."""
    size = texts_of_unit(n_run, row_bytes, fewest)
    return [range(start, min(start + size, n_run)) for start in range(0, n_run, size)]


def texts_of(read: Reading, continuations: Continuations | None) -> DistinctTexts:
    """The texts that a pass runs which reads those of `read`."""
    return DistinctTexts(read.texts, read.spans, read.chats, read.generate, continuations)


def batches_within(batches: Batches | None, texts: DistinctTexts, part: range) -> Batches | None:
    """The batches of a part; None where some of them hold other texts too, or texts are missing."""
    if not batches:
        return None
    places = [texts.text_at[batch] for batch in batches]
    own = [
        batch
        for batch, at in zip(batches, places, strict=True)
        if at.min() in part and at.max() in part
    ]
    there = sorted(int(texts.text_at[row]) for batch in own for row in batch)
    return own if there == [*part] else None


@dataclass
class _Kept:
    """A sink that keeps the vectors of a part in memory, in the order in which they come."""

    rows: list[NDArray[np.int64]] = field(default_factory=list)
    parts: dict[PoolerSpec, list[NDArray[np.float32]]] = field(default_factory=dict)
    counts: dict[PoolerSpec, list[NDArray[np.int64]]] = field(default_factory=dict)

    def begin(self, n_texts: int, n_run: int, shapes: Mapping[PoolerSpec, Shape]) -> None:
        """Nothing is laid out."""

    def put(
        self,
        rows: NDArray[np.int64],
        parts: Mapping[PoolerSpec, torch.Tensor],
        counts: Mapping[PoolerSpec, torch.Tensor],
    ) -> None:
        """Keep a batch."""
        self.rows.append(rows)
        for spec, part in parts.items():
            self.parts.setdefault(spec, []).append(part.numpy().copy())
            if spec.reads_tokens:
                self.counts.setdefault(spec, []).append(counts[spec].numpy().copy())

    def spread(self, source: NDArray[np.int64]) -> None:
        """Repeated texts are the staging's matter."""


@dataclass(frozen=True)
class _OfCell:
    """The features of a cell, `[n, n_samples, d]` or of tokens `[n_tokens, 1, d]`, by batch."""

    parts: Sequence[NDArray[np.float32]]
    cell: int

    @property
    def dtype(self) -> np.dtype[Any]:
        """float32."""
        return self.parts[0].dtype

    @property
    def shape(self) -> tuple[int, ...]:
        """That of all batches."""
        return sum(part.shape[1] for part in self.parts), *self.parts[0].shape[2:]

    @property
    def nbytes(self) -> int:
        """Of all batches."""
        return sum(part[self.cell].nbytes for part in self.parts)

    def pieces(self) -> Iterator[NDArray[np.float32]]:
        """A batch each."""
        return (part[self.cell] for part in self.parts)


def feature_name(pooler_at: int, cell: int) -> str:
    """What the features of a cell are called in a unit, by the place of their pooler there."""
    return f"{pooler_at}.{cell}"


def computed(
    model: LMModel,
    texts: DistinctTexts,
    poolers: Sequence[PoolerSpec],
    part: range,
    batches: Batches | None,
    token_budget: int | None,
) -> Found:
    """What a unit finds.

    `rows` `[n]` are the rows that have features of their own, `counts.K` `[n]` the tokens of each
    under the pooler K of the facts, if it reads tokens, `fallback.K`, `lost` and `cut` `[n]` what
    is true of them; `lengths` and `truncated` are of the texts of the part. Features are
    `[n, n_samples, d]` for each cell of a pooler, those of tokens `[n_tokens, 1, d]`.
    """
    sink = _Kept()
    options = {"batches": batches, "token_budget": token_budget}
    read = extract_part(model, texts, poolers, part, sink, **options)  # type: ignore[arg-type]
    rows = np.concatenate(sink.rows)
    arrays: Arrays = {
        "rows": rows,
        "lengths": read.lengths,
        "truncated": read.truncated,
        "lost": read.lost[rows],
        "cut": read.cut[rows],
        "batch_rows": np.array([row for batch in read.batches for row in batch], np.int64),
        "batch_sizes": np.array([len(batch) for batch in read.batches], np.int64),
    }
    features = {}
    for at, (spec, parts) in enumerate(sink.parts.items()):
        arrays[f"fallback.{at}"] = read.fallbacks[spec][rows]
        if spec in sink.counts:
            arrays[f"counts.{at}"] = np.concatenate(sink.counts[spec])
        for cell in range(len(parts[0])):
            features[feature_name(at, cell)] = _OfCell(parts, cell)
    return Found(arrays, _facts(read, sink, model, texts.generate), features)


def _facts(read: PartRead, sink: _Kept, model: LMModel, generate: int) -> dict[str, Any]:
    return {
        "poolers": [asdict(spec) for spec in sink.parts],
        "n_cells": [len(parts[0]) for parts in sink.parts.values()],
        "row_bytes": [_row_bytes(parts, sink.rows) for parts in sink.parts.values()],
        "n_tokens": read.n_tokens,
        "layout": asdict(read.layout),
        "final_norm_layer": read.final_norm_layer,
        "model": {
            **facts_of(model, generate),
            "devices": list(model.devices),
            "note": model.hidden.note,
        },
    }


def _row_bytes(parts: Sequence[NDArray[np.float32]], rows: Sequence[NDArray[np.int64]]) -> int:
    """What a text takes in a cell, on average where it is tokens."""
    n_bytes = sum(int(part[0].nbytes) for part in parts)
    return -(-n_bytes // max(1, sum(len(some) for some in rows)))


def possible(model: LMModel, poolers: Sequence[PoolerSpec]) -> tuple[list[PoolerSpec], Impossible]:
    """Those of `poolers` that can be read, and why the others reduce layers of unlike widths."""
    found, impossible = list[PoolerSpec](), Impossible()
    for pooler in poolers:
        try:
            apart(model, [pooler])
        except CellError as error:
            why = {"what": error.what, "where": error.where, "hint": error.hint}
            impossible.append({"pooler": asdict(pooler), **why})
        else:
            found.append(pooler)
    return found, impossible


class Collected:
    """Takes units as they come, and says at the end what the whole pass read."""

    def __init__(self, texts: DistinctTexts, parts: Sequence[range]) -> None:
        self.texts, self.parts = texts, parts
        self.facts: Mapping[str, Any] = {}
        n_rows, n_run = len(texts), len(texts.rows)
        self._lengths, self._truncated = np.zeros(n_run, np.int64), np.zeros(n_run, np.bool_)
        self._lost, self._cut = np.zeros((2, n_rows), np.bool_)
        self._fallbacks: dict[PoolerSpec, NDArray[np.bool_]] = {}
        self._batches: list[Batches] = [[] for _ in parts]
        self.n_tokens = self.n_texts = 0

    def take(self, at: int, arrays: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
        """Take what the unit `at` tells beside its features."""
        part, rows = self.parts[at], arrays["rows"]
        self.facts = self.facts or facts
        self._lengths[part.start : part.stop] = arrays["lengths"]
        self._truncated[part.start : part.stop] = arrays["truncated"]
        self._lost[rows], self._cut[rows] = arrays["lost"], arrays["cut"]
        for k, entry in enumerate(facts["poolers"]):
            none = np.zeros(len(self.texts), np.bool_)
            self._fallbacks.setdefault(PoolerSpec(**entry), none)[rows] = arrays[f"fallback.{k}"]
        ends = np.cumsum(arrays["batch_sizes"])[:-1]
        self._batches[at] = [lot.tolist() for lot in np.split(arrays["batch_rows"], ends)]
        self.n_tokens += int(facts["n_tokens"])
        self.n_texts += int(self.texts.copies[part.start : part.stop].sum())

    def whole(self, elapsed_s: float) -> Extraction:
        """What one pass over all the texts would have returned."""
        source, at = self.texts.source, self.texts.text_at
        return Extraction(
            features={},
            lengths=self._lengths[at],
            truncated=self._truncated[at],
            lost=self._lost,
            cut=self._cut,
            fallbacks={spec: int(one[source].sum()) for spec, one in self._fallbacks.items()},
            n_tokens=self.n_tokens,
            batches=[batch for own in self._batches for batch in own],
            elapsed_s=elapsed_s,
            final_norm_layer=self.facts["final_norm_layer"],
            layout=Layout(**self.facts["layout"]),
        )
