"""Some texts of a pass as a unit: cut, computed by a worker, and read into the staging of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from probing.datasets.reading import Reading
from probing.engine.experiment.passes.record import facts_of
from probing.engine.extraction import Extraction, PartRead, Staging, extract_part
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


def computed(
    model: LMModel,
    texts: DistinctTexts,
    poolers: Sequence[PoolerSpec],
    part: range,
    batches: Batches | None,
    token_budget: int | None,
) -> tuple[Arrays, dict[str, Any]]:
    """The arrays and the facts of a unit.

    `rows` `[n]` are the rows that have features of their own, `part.K` `[n_cells, n, n_samples, d]`
    those of the pooler K of the facts (of tokens `[n_cells, n_tokens, 1, d]`, with `counts.K`
    `[n]`), `fallback.K`, `lost` and `cut` `[n]` what is true of them; `lengths` and `truncated`
    are of the texts of the part.
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
    for at, (spec, parts) in enumerate(sink.parts.items()):
        arrays[f"part.{at}"] = np.concatenate(parts, axis=1)
        arrays[f"fallback.{at}"] = read.fallbacks[spec][rows]
        if spec in sink.counts:
            arrays[f"counts.{at}"] = np.concatenate(sink.counts[spec])
    return arrays, _facts(read, sink, model, texts.generate)


def _facts(read: PartRead, sink: _Kept, model: LMModel, generate: int) -> dict[str, Any]:
    return {
        "poolers": [asdict(spec) for spec in sink.parts],
        "n_tokens": read.n_tokens,
        "layout": asdict(read.layout),
        "final_norm_layer": read.final_norm_layer,
        "model": {
            **facts_of(model, generate),
            "devices": list(model.devices),
            "note": model.hidden.note,
        },
    }


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
    """Puts units into a staging as they come, and says at the end what the whole pass read."""

    def __init__(self, texts: DistinctTexts, staging: Staging, n_units: int) -> None:
        self.texts, self.staging = texts, staging
        self.facts: Mapping[str, Any] = {}
        n_rows, n_run = len(texts), len(texts.rows)
        self._lengths, self._truncated = np.zeros(n_run, np.int64), np.zeros(n_run, np.bool_)
        self._lost, self._cut = np.zeros((2, n_rows), np.bool_)
        self._fallbacks: dict[PoolerSpec, NDArray[np.bool_]] = {}
        self._batches: list[Batches] = [[] for _ in range(n_units)]
        self.n_tokens = self.n_texts = 0
        self._is_begun = False

    def take(
        self, at: int, part: range, arrays: Mapping[str, Any], facts: Mapping[str, Any]
    ) -> None:
        """Take the unit `at`, of the texts in the places `part`."""
        rows = np.array(arrays["rows"])
        poolers = [PoolerSpec(**entry) for entry in facts["poolers"]]
        parts = {spec: torch.from_numpy(arrays[f"part.{k}"]) for k, spec in enumerate(poolers)}
        counts = {
            spec: torch.from_numpy(arrays[f"counts.{k}"])
            for k, spec in enumerate(poolers)
            if spec.reads_tokens
        }
        if not self._is_begun:
            self._begin(parts)
            self.facts = facts
        self.staging.put(rows, parts, counts)
        self._lengths[part.start : part.stop] = arrays["lengths"]
        self._truncated[part.start : part.stop] = arrays["truncated"]
        self._lost[rows], self._cut[rows] = arrays["lost"], arrays["cut"]
        for k, spec in enumerate(poolers):
            marks = self._fallbacks.setdefault(spec, np.zeros(len(self.texts), np.bool_))
            marks[rows] = arrays[f"fallback.{k}"]
        ends = np.cumsum(arrays["batch_sizes"])[:-1]
        self._batches[at] = [lot.tolist() for lot in np.split(arrays["batch_rows"], ends)]
        self.n_tokens += int(facts["n_tokens"])
        self.n_texts += int(self.texts.copies[part.start : part.stop].sum())

    def _begin(self, parts: Mapping[PoolerSpec, torch.Tensor]) -> None:
        shapes = {
            spec: Shape(len(one), one.shape[2], one.shape[3], spec.reads_tokens)
            for spec, one in parts.items()
        }
        n_run = len(np.unique(self.texts.source))
        self.staging.begin(len(self.texts), n_run, shapes)
        self._is_begun = True

    def whole(self, elapsed_s: float) -> Extraction:
        """What one pass over all the texts would have returned."""
        source, at = self.texts.source, self.texts.text_at
        self.staging.spread(source)
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
