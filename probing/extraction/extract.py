"""One forward pass over a dataset that serves every site, layer and pooler."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from probing.extraction.batches import check_cover, evened, grouped, halved
from probing.extraction.budget import FIXED_BUDGET, GrowingBudget
from probing.extraction.forward import Forward
from probing.extraction.memory import is_out_of_memory
from probing.extraction.reads import Pooled, PooledReads
from probing.extraction.result import Extraction, PassProgress, PassStopped
from probing.extraction.sinks import InMemory, Sink
from probing.extraction.store import FeatureStore
from probing.models import LMModel, Tokens
from probing.spec import PoolerSpec

Batches = list[list[int]]
_CHUNK = 1000  # texts tokenised between two reports


def extract(
    model: LMModel,
    texts: Sequence[str],
    poolers: Sequence[PoolerSpec],
    *,
    batches: Batches | None = None,
    token_budget: int | None = None,
    on_progress: Callable[[PassProgress], None] | None = None,
    on_batches: Callable[[Batches], None] | None = None,
    stop: Callable[[], bool] | None = None,
    sink: Sink | None = None,
) -> Extraction:
    """The features of `texts` for every one of `poolers`, from one forward pass.

    Hooks pool on the device, batch by batch; nothing deeper than the deepest layer asked for is
    run, and repeated texts are run once. Texts are packed without padding in models in which
    each then has the features that it has alone. Batches (of text indices) are sorted by length
    under `token_budget` tokens, which halves when memory runs out; by default it is 1,024 on a
    CPU, and on a GPU grows until throughput stops rising. `batches` of an earlier pass are used
    as they are. `on_batches` is told the batches before the first is run, and again when they
    change. A `sink` takes the features batch by batch, so that memory follows the batch; without
    one they are returned.

    Raises `SpecError` for a layer or site that the model lacks, `DatasetError` for a text
    without tokens, `CellError` for activations that are not finite, `RunError` where memory
    does not hold a single text, `PassStopped` when `stop` returns true.
    """
    kept = InMemory()
    work = _Pass(model, texts, poolers, sink or kept, on_progress, on_batches, stop)
    return work.run(batches, token_budget, kept.features)


class _Pass:
    """The state of one pass."""

    def __init__(
        self,
        model: LMModel,
        texts: Sequence[str],
        poolers: Sequence[PoolerSpec],
        sink: Sink,
        on_progress: Callable[[PassProgress], None] | None,
        on_batches: Callable[[Batches], None] | None,
        stop: Callable[[], bool] | None,
    ) -> None:
        self.started = time.perf_counter()
        self.model, self.texts = model, texts
        self.on_progress, self.on_batches, self.stop = on_progress, on_batches, stop
        self.reads = PooledReads(model, poolers)
        self.reader = model.reader(self.reads.read, self.reads.sites, self.reads.deepest)
        self.forward = Forward(model, self.reader, self.reads)
        self.source = _first_of_its_kind(texts)
        self.store = FeatureStore(self.source, list(self.reads.cells), sink)
        # repeated texts share the tokens of the one that is run
        self.rows, self.token_row = np.unique(self.source, return_inverse=True)
        self.copies = np.bincount(self.token_row)
        self.growth: GrowingBudget | None = None
        self.tokens_total = self.tokens_done = self.texts_done = 0

    def run(
        self,
        batches: Batches | None,
        budget: int | None,
        features: Mapping[PoolerSpec, torch.Tensor],
    ) -> Extraction:
        tokens = self._tokenise()
        lengths = tokens.lengths.numpy()[self.token_row]
        rows, sizes = self.rows.tolist(), lengths.tolist()
        self.forward.choose(tokens)
        if batches is None:
            self.growth = GrowingBudget.on(self.model.device) if budget is None else None
            budget = budget or (self.growth.budget if self.growth else FIXED_BUDGET)
            batches = grouped(rows, sizes, budget, self.forward.layout.kind)
        check_cover(batches, rows)
        if self.forward.layout.kind == "even":
            batches = evened(batches, sizes)
        done = self._run_batches(batches, tokens, sizes)
        self.store.finish()
        return Extraction(
            features=features,
            lengths=lengths,
            truncated=tokens.truncated.numpy()[self.token_row],
            fallbacks={spec: int(left.sum()) for spec, left in self.store.fallbacks.items()},
            n_tokens=self.tokens_done,
            batches=done,
            elapsed_s=time.perf_counter() - self.started,
            layout=self.forward.layout,
            final_norm_layer=self.model.n_layers if self.model.final_norm else None,
        )

    def _tokenise(self) -> Tokens:
        parts = []
        for start in range(0, len(self.rows), _CHUNK):
            self._check_stop()
            rows = self.rows[start : start + _CHUNK].tolist()
            parts.append(self.model.tokenise([self.texts[row] for row in rows], rows))
            self.tokens_total += int(parts[-1].lengths.sum())
            self._report()
        return Tokens.joined(parts)

    def _run_batches(self, batches: Batches, tokens: Tokens, lengths: list[int]) -> Batches:
        done: Batches = []
        left = [list(batch) for batch in batches]
        self._tell(left)
        with self.reader:
            while left:
                self._check_stop()
                places = self.token_row[left[0]]
                pooled = self._forward(tokens, places.tolist())
                if pooled is None:
                    self.growth = None
                    left = halved(left, lengths, self.model.name, self.forward.layout.kind)
                    self._tell(done + left)
                    continue
                self.store.put(left[0], pooled, self.reads.fallbacks())
                done.append(left.pop(0))
                self.texts_done += int(self.copies[places].sum())
                n_tokens = int(tokens.lengths[places].sum())
                self.tokens_done += n_tokens
                self._report()
                left = self._regrouped(done, left, n_tokens, lengths)
        return done

    def _regrouped(
        self, done: Batches, left: Batches, n_tokens: int, lengths: list[int]
    ) -> Batches:
        """The batches that are left, in the size that is found to be fastest."""
        if self.growth is None:
            return left
        regrouped = self.growth.regrouped(left, n_tokens, lengths, self.forward.layout.kind)
        if regrouped is not left:
            self._tell(done + regrouped)
        return regrouped

    def _forward(self, tokens: Tokens, rows: list[int]) -> Pooled | None:
        """The pooled vectors of one batch; None where memory ran out."""
        try:
            return self.forward(tokens, rows)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
        # only now, when the error no longer holds on to the activations
        self.reads.clear()
        if self.model.device.type == "cuda":
            torch.cuda.empty_cache()
        return None

    def _check_stop(self) -> None:
        if self.stop is not None and self.stop():
            raise PassStopped("the pass was stopped", where=self.model.name)

    def _tell(self, batches: Batches) -> None:
        if self.on_batches is not None:
            self.on_batches([list(batch) for batch in batches])

    def _report(self) -> None:
        if self.on_progress is not None:
            elapsed = time.perf_counter() - self.started
            counts = (self.texts_done, len(self.texts), self.tokens_done, self.tokens_total)
            self.on_progress(PassProgress(*counts, elapsed))


def _first_of_its_kind(texts: Sequence[str]) -> NDArray[np.int64]:
    """For each text the place of the first that is the same, `[n_texts]`."""
    first: dict[str, int] = {}
    places = (first.setdefault(text, at) for at, text in enumerate(texts))
    return np.fromiter(places, dtype=np.int64, count=len(texts))
