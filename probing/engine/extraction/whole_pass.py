"""One forward pass over a dataset that serves every site, layer and pooler."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from probing.datasets.marks.chats import Chats
from probing.engine.extraction.batch_budget import FIXED_BUDGET, GrowingBudget
from probing.engine.extraction.batches import cost, grouped, halved, in_windows, laid_out
from probing.engine.extraction.forward import Forward
from probing.engine.extraction.layer_widths import apart
from probing.engine.extraction.out_of_memory import is_out_of_memory
from probing.engine.extraction.pool_on_device import Pooled, PooledReads
from probing.engine.extraction.result import Extraction, PartRead, PassProgress, PassStopped
from probing.engine.extraction.sinks import InMemory, Sink
from probing.engine.extraction.text_layout import Kind
from probing.engine.extraction.to_host import FeatureStore
from probing.engine.extraction.tokenize_ahead import WINDOW, Ahead, Window
from probing.engine.models import Continuations, DistinctTexts, LMModel, Tokens
from probing.spec import PoolerSpec
from probing.token_stage import choices_of

Batches = list[list[int]]


def extract(
    model: LMModel,
    texts: Sequence[str],
    poolers: Sequence[PoolerSpec],
    *,
    spans: NDArray[np.int64] | None = None,
    chats: Chats | None = None,
    generate: int = 0,
    continuations: Continuations | None = None,
    batches: Batches | None = None,
    token_budget: int | None = None,
    on_progress: Callable[[PassProgress], None] | None = None,
    on_batches: Callable[[Batches], None] | None = None,
    stop: Callable[[], bool] | None = None,
    sink: Sink | None = None,
) -> Extraction:
    """The features of `texts` for every one of `poolers`, from one forward pass.

    Hooks pool on the device, batch by batch; nothing deeper than the deepest layer asked for is
    run, and repeated texts are run once. Texts are packed without padding in models in which each
    then has the features that it has alone. With `spans`, `[n_texts, n_spans, 2]` in characters,
    the features are those of the tokens which share a character with each span, spans side by side;
    a span without a character is the last token that begins before it. With `chats`, texts are
    conversations by the tokenizer's own template. With `continuations`, one for each different text
    and of up to `generate` tokens, these follow the tokens of the texts. A window of texts is
    tokenised while the one before it is run. Within it, batches (of text indices) are sorted by
    length under `token_budget` tokens, which halves when memory runs out; by default it is 1,024 on
    a CPU, and on a GPU grows until throughput stops rising. `batches` of an earlier pass are used
    as they are. `on_batches` receives the batches of a window, between those before it and those of
    `batches` after it, when it begins and when they change. A `sink` takes the features batch by
    batch, so that memory follows the batch; without one they are returned. A pooler with a cell for
    each of several layers that differ in width gives each of them under a pooler of its own.

    Raises `SpecError` for a layer or site that the model lacks, `DatasetError` for a text
    without tokens, `ModelError` for spans and a tokenizer without offsets, `CellError` for layers
    of different widths that a pooler reduces or where memory does not hold a single text,
    `PassStopped` when `stop` returns true.
    """
    kept = InMemory()
    rows = DistinctTexts(texts, spans, chats, generate, continuations)
    work = _Pass(model, rows, poolers, sink or kept, on_progress, on_batches, stop)
    return work.run(batches, token_budget, kept.features)


def extract_part(
    model: LMModel,
    texts: DistinctTexts,
    poolers: Sequence[PoolerSpec],
    part: range,
    sink: Sink,
    *,
    batches: Batches | None = None,
    token_budget: int | None = None,
    stop: Callable[[], bool] | None = None,
) -> PartRead:
    """What `extract` makes of the texts in the places `part` of those that are run.

    `batches` are those of an earlier pass over just these. The `sink` is not told to spread.
    """
    work = _Pass(model, texts, poolers, sink, None, None, stop, part)
    return work.run_part(batches, token_budget)


class _Pass:
    """The state of one pass."""

    def __init__(
        self,
        model: LMModel,
        texts: DistinctTexts,
        poolers: Sequence[PoolerSpec],
        sink: Sink,
        on_progress: Callable[[PassProgress], None] | None,
        on_batches: Callable[[Batches], None] | None,
        stop: Callable[[], bool] | None,
        part: range | None = None,
    ) -> None:
        self.part = range(len(texts.rows)) if part is None else part
        self.started = time.perf_counter()
        self.model, self.texts = model, texts
        self.on_progress, self.on_batches, self.stop = on_progress, on_batches, stop
        self.choices = choices_of(poolers)
        self.reads = PooledReads(model, apart(model, poolers))
        self.reader = model.reader(self.reads.read, self.reads.sites, self.reads.deepest)
        self.forward = Forward(model, self.reader, self.reads)
        self.store = FeatureStore(texts.source, list(self.reads.cells), sink)
        self.rows = texts.rows
        self.growth: GrowingBudget | None = None
        self.lengths = np.zeros(len(texts), dtype=np.int64)
        self.truncated, self.lost, self.cut = np.zeros((3, len(texts)), dtype=np.bool_)
        self.done: Batches = []
        self.recorded: dict[int, Batches] = {}
        self.budget: int | None = None
        self.tokens_done = self.texts_done = 0

    def run(
        self,
        batches: Batches | None,
        budget: int | None,
        features: Mapping[PoolerSpec, torch.Tensor],
    ) -> Extraction:
        size, self.recorded = in_windows(batches, self.rows, self.texts.text_at, WINDOW)
        self._run_windows(size, budget)
        self.store.finish()
        return Extraction(
            features=features,
            lengths=self.lengths[self.texts.first],
            truncated=self.truncated[self.texts.first],
            lost=self.lost,
            cut=self.cut,
            fallbacks={spec: int(left.sum()) for spec, left in self.store.fallbacks.items()},
            n_tokens=self.tokens_done,
            batches=self.done,
            elapsed_s=time.perf_counter() - self.started,
            layout=self.forward.layout,
            final_norm_layer=self.model.n_layers if self.model.final_norm else None,
        )

    def run_part(self, batches: Batches | None, budget: int | None) -> PartRead:
        """Run the part as one window."""
        self.recorded = {}
        if batches is not None:
            first = self.part.start
            places = [(self.texts.text_at[batch] - first).tolist() for batch in batches]
            self.recorded = {first: places}
        self._run_windows(len(self.part), budget)
        self.store.settle()
        rows = self.rows[self.part.start : self.part.stop]
        return PartRead(
            lengths=self.lengths[rows],
            truncated=self.truncated[rows],
            n_tokens=self.tokens_done,
            batches=self.done,
            layout=self.forward.layout,
            final_norm_layer=self.model.n_layers if self.model.final_norm else None,
            lost=self.lost,
            cut=self.cut,
            fallbacks=self.store.fallbacks,
        )

    def _run_windows(self, size: int, budget: int | None) -> None:
        self.budget = budget
        with Ahead(self.model, self.texts, size, self.choices, self.part) as self.ahead:
            self._check_stop()
            for window in self.ahead.windows(self._wait):
                self._run_window(window, self.recorded.pop(window.start, None))

    def _run_window(self, window: Window, batches: Batches | None) -> None:
        """Run the texts of a window, in batches of places in it."""
        tokens, sizes = window.tokens, window.tokens.lengths.tolist()
        self.lengths[window.rows], self.truncated[window.rows] = sizes, tokens.truncated
        if tokens.units is not None:
            rows = tokens.units.rows.numpy()
            self.lost[rows], self.cut[rows] = tokens.units.lost, tokens.units.cut
        self._report()
        self.forward.choose(tokens)
        kind = self.forward.layout.kind
        left = self._grouped(sizes, kind) if batches is None else laid_out(batches, sizes, kind)
        self._tell(window, left)
        with self.reader:
            while left:
                self._check_stop()
                kind = self.forward.layout.kind
                pooled = self._forward(tokens, left[0])
                if self.forward.layout.kind != kind:
                    left = laid_out(left, sizes, self.forward.layout.kind)
                    self._tell(window, left)
                    continue
                if pooled is None:
                    left = self._halved(window, left, sizes)
                    continue
                batch = left.pop(0)
                n_tokens = sum(sizes[place] for place in batch)
                self._keep(window.rows[batch], window.served(batch), pooled, n_tokens)
                if batches is None:
                    left = self._regrouped(window, left, n_tokens, sizes)

    def _grouped(self, sizes: list[int], kind: Kind) -> Batches:
        if self.budget is None:
            token_bytes = 0 if self.texts.spans is None else self.reads.row_bytes
            self.growth = GrowingBudget.on(self.model.device, token_bytes)
            self.budget = self.growth.budget if self.growth else FIXED_BUDGET
        return grouped(range(len(sizes)), sizes, self.budget, kind)

    def _halved(self, window: Window, left: Batches, sizes: list[int]) -> Batches:
        """The batches that are left, where the first did not fit into memory."""
        self.growth, kind = None, self.forward.layout.kind
        left = halved(left, sizes, self.model.name, kind)
        self.budget = cost(left[0], sizes, kind)
        self._tell(window, left)
        return left

    def _keep(
        self, rows: NDArray[np.int64], served: NDArray[np.int64], pooled: Pooled, n_tokens: int
    ) -> None:
        """Keep what the texts `rows` give the rows that they serve."""
        self.store.put(served, pooled, self.reads.fallbacks(), self.reads.counts())
        self.done.append(rows.tolist())
        self.texts_done += int(self.texts.copies[self.texts.text_at[rows]].sum())
        self.tokens_done += n_tokens
        self._report()

    def _regrouped(self, window: Window, left: Batches, n_tokens: int, sizes: list[int]) -> Batches:
        """The batches that are left, in the size that is found to be fastest."""
        if self.growth is None:
            return left
        regrouped = self.growth.regrouped(left, n_tokens, sizes, self.forward.layout.kind)
        self.budget = self.growth.budget
        if regrouped is not left:
            self._tell(window, regrouped)
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

    def _wait(self) -> None:
        self._check_stop()
        self._report()

    def _tell(self, window: Window, left: Batches) -> None:
        if self.on_batches is not None:
            own = [window.rows[batch].tolist() for batch in left]
            later = [
                self.rows[start:][batch].tolist()
                for start, batches in self.recorded.items()
                for batch in batches
            ]
            self.on_batches(self.done + own + later)

    def _report(self) -> None:
        if self.on_progress is not None:
            elapsed = time.perf_counter() - self.started
            counts = (self.texts_done, len(self.texts), self.tokens_done, self._tokens_total())
            self.on_progress(PassProgress(*counts, elapsed))

    def _tokens_total(self) -> int:
        """Of all texts, as far as those that are tokenised tell."""
        n_texts, n_tokens = self.ahead.n_texts, self.ahead.n_tokens
        return n_tokens * len(self.rows) // n_texts if n_texts else 0
