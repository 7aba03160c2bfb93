"""One forward pass over a dataset that serves every site, layer and pooler."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
import torch

from probing.extraction.batches import check_cover, default_budget, grouped, halved
from probing.extraction.memory import is_out_of_memory
from probing.extraction.reads import Pooled, PooledReads
from probing.extraction.result import Extraction, PassProgress, PassStopped
from probing.extraction.store import FeatureStore
from probing.models import BlockReader, LMModel, Tokens
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
) -> Extraction:
    """The features of `texts` for every one of `poolers`, from one forward pass.

    Hooks pool on the device, batch by batch; nothing deeper than the deepest layer asked for is
    run, and repeated texts are run once. Batches (of text indices) are sorted by length under
    `token_budget` padded tokens, which halves when memory runs out; `batches` of an earlier
    pass are used as they are. `on_batches` is told the batches before the first is run, and
    again when they change.

    Raises `SpecError` for a layer or site that the model lacks, `DatasetError` for a text
    without tokens, `CellError` for activations that are not finite, `RunError` where memory
    does not hold a single text, `PassStopped` when `stop` returns true.
    """
    work = _Pass(model, texts, poolers, on_progress, on_batches, stop)
    return work.run(batches, token_budget)


class _Pass:
    """The state of one pass."""

    def __init__(
        self,
        model: LMModel,
        texts: Sequence[str],
        poolers: Sequence[PoolerSpec],
        on_progress: Callable[[PassProgress], None] | None,
        on_batches: Callable[[Batches], None] | None,
        stop: Callable[[], bool] | None,
    ) -> None:
        self.started = time.perf_counter()
        self.model, self.texts = model, texts
        self.on_progress, self.on_batches, self.stop = on_progress, on_batches, stop
        self.reads = PooledReads(model, poolers)
        self.reader = model.reader(self.reads.read, self.reads.sites, self.reads.deepest)
        self.store = FeatureStore(len(texts), self.reads.cells, model.name)
        first: dict[str, int] = {}
        self.source = [first.setdefault(text, at) for at, text in enumerate(texts)]
        self.rows = list(first.values())
        self.copies = np.bincount(self.source, minlength=len(texts))
        self.tokens_total = self.tokens_done = self.texts_done = 0

    def run(self, batches: Batches | None, budget: int | None) -> Extraction:
        tokens = self._tokenise()
        # by text index; repeated texts share the row of the first
        token_row = {row: at for at, row in enumerate(self.rows)}
        order = [token_row[row] for row in self.source]
        lengths = tokens.lengths[order].tolist()
        if batches is None:
            batches = grouped(self.rows, lengths, budget or default_budget(self.model.device))
        check_cover(batches, self.rows)
        done = self._run_batches(batches, tokens, token_row, lengths)
        self.store.spread(torch.tensor(self.source))
        return Extraction(
            features=self.store.features,
            lengths=np.array(lengths, dtype=np.int64),
            truncated=tokens.truncated[order].numpy(),
            fallbacks={spec: int(left.sum()) for spec, left in self.store.fallbacks.items()},
            n_tokens=self.tokens_done,
            batches=done,
            elapsed_s=time.perf_counter() - self.started,
            final_norm_layer=self.model.n_layers if self.model.final_norm else None,
        )

    def _tokenise(self) -> Tokens:
        parts = []
        for start in range(0, len(self.rows), _CHUNK):
            self._check_stop()
            rows = self.rows[start : start + _CHUNK]
            parts.append(self.model.tokenise([self.texts[row] for row in rows], rows))
            self.tokens_total += int(parts[-1].lengths.sum())
            self._report()
        return Tokens.joined(parts)

    def _run_batches(
        self, batches: Batches, tokens: Tokens, token_row: dict[int, int], lengths: list[int]
    ) -> Batches:
        done: Batches = []
        left = [list(batch) for batch in batches]
        self._tell(left)
        with self.reader:
            while left:
                self._check_stop()
                pooled = self._forward(tokens, [token_row[row] for row in left[0]])
                if pooled is None:
                    left = halved(left, lengths, self.model.name)
                    self._tell(done + left)
                    continue
                self.store.put(left[0], pooled, self.reads.fallbacks())
                done.append(left.pop(0))
                self.texts_done += int(self.copies[done[-1]].sum())
                self.tokens_done += sum(lengths[row] for row in done[-1])
                self._report()
            self.store.settle()
        return done

    def _forward(self, tokens: Tokens, rows: list[int]) -> Pooled | None:
        """The pooled vectors of one batch; None where memory ran out."""
        try:
            return _pooled(self.model, self.reader, self.reads, tokens, rows)
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


@torch.inference_mode()
def _pooled(
    model: LMModel, reader: BlockReader, reads: PooledReads, tokens: Tokens, rows: list[int]
) -> Pooled:
    batch = model.pad(tokens, rows)
    reads.begin(batch)
    reader.run(batch.ids, batch.mask)
    return reads.finish()
