"""Get the pooled features of a pass: from the cache, and one forward pass for the rest."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch

from probing.datasets import TextDataset
from probing.engine.experiment.passes.cache import Features, PassShelf
from probing.engine.experiment.passes.own_rows import own_rows
from probing.engine.experiment.passes.pass_log import PassLog
from probing.engine.experiment.passes.record import PassRecord, facts_of
from probing.engine.experiment.run_writer import Store
from probing.engine.experiment.units.dealing import FLOAT_BYTES, AskedTexts, Dealing
from probing.engine.experiment.units.entry_units import ReadParts
from probing.engine.experiment.units.joined_parts import stage
from probing.engine.experiment.units.orders import Order
from probing.engine.experiment.units.text_units import texts_of
from probing.engine.extraction import (
    Extraction,
    StagedRows,
    StagedTokens,
    Staging,
    check_widths,
    extract,
)
from probing.engine.models import Continuations, LMModel
from probing.engine.threads import computing_in
from probing.engine.token_rows import TokenRows
from probing.errors import CellError
from probing.layer_choice import baseline_cell, cells_of, lone_cell
from probing.plan import PlannedBlock, PlannedPass
from probing.spec import PoolerSpec
from probing.token_stage import as_read

Batches = list[list[int]]
Read = tuple["PassFeatures", PassRecord]
"""The features of a pass, and what reading its texts came to."""


class PassFeatures:
    """Makes the features that `blocks` of a pass need available, block by block.

    `poolers` are those of the spec; `load` gives the model, and is called only where something
    is missing on the `shelf`. `record_` is there after `open`. A block that is conditional on a
    layer needs that too, as its pooler reads it from the residual stream. A dataset that shares
    its texts with others, `alike`, has its rows of their features; `before` are those of one of
    them, which were made by this model. `continuations` are what the texts are continued by. Where
    there is `dealing`, workers read the texts.
    """

    def __init__(
        self,
        one: PlannedPass,
        blocks: Sequence[PlannedBlock],
        poolers: Sequence[PoolerSpec],
        data: TextDataset,
        shelf: PassShelf,
        store: Store,
        load: Callable[[], LMModel],
        device: str,
        baseline_layer: int | None = None,
        before: PassFeatures | None = None,
        alike: Sequence[str] = (),
        continuations: Continuations | None = None,
        dealing: Dealing | None = None,
    ) -> None:
        self.one, self.dealing = one, dealing
        self.baseline_layer = baseline_layer
        self.names = one.model.name, one.dataset.name
        self.alike = alike
        self.n_layers, self.read = one.model.facts.n_layers, data.read
        self.poolers = [as_read(pooler, data.generate) for pooler in poolers]
        self.continuations = continuations
        self.rows = data.shared.own if data.shared else None
        self.shelf, self.store, self.load = shelf, store, load
        self.log = PassLog(store, self.names, len(self.read.texts))
        self.device = torch.device(device).type
        self.cells = list(dict.fromkeys(cell for block in blocks for cell in self._needed(block)))
        self._held: dict[PoolerSpec, StagedRows | StagedTokens] = before._held if before else {}
        # by cell, known once a pass is made
        self._impossible: dict[PoolerSpec, CellError] = before._impossible if before else {}
        self.record_: PassRecord | None = before.record_ if before else None
        self._nodes: dict[PoolerSpec, str] = {}
        # what is lost may be computed again beside fits, which have fewer threads each
        self._n_threads = torch.get_num_threads()

    def open(self) -> PassRecord:
        """Compute what is not in the cache, and log what was done; returns the pass's record."""
        began = time.monotonic()
        self.record_ = self.record_ or self.shelf.read_record()
        if self.record_ is None:
            return self._compute(self.cells).of_rows(self.rows)
        missing = self._missing()
        whole = self._compute(missing) if missing else self._found(self.record_, began)
        return whole.of_rows(self.rows)

    def ahead(self, dealing: Dealing) -> Order | None:
        """Give out the texts before their turn comes; None where nothing is to be read."""
        missing = self.cells if self.shelf.read_record() is None else self._missing()
        return dealing.texts_ahead(self._asked(missing)) if missing else None

    def _missing(self) -> list[PoolerSpec]:
        return [one for one in self.cells if one not in self._held and not self.shelf.holds(one)]

    def impossible(self, block: PlannedBlock) -> str:
        """Why there are no features of a block, though of others; empty where there are."""
        found = (self._impossible.get(cell) for cell in self._cells(block))
        return next((str(error) for error in found if error is not None), "")

    def of(self, block: PlannedBlock) -> torch.Tensor:
        """The features of a block, `[n_layers, n_texts, n_samples, d]` in float32."""
        if self.reads_tokens(block):
            tokens = self.tokens(block)
            # what stands for them takes no memory; probes of tokens read these themselves
            return torch.zeros(1).expand(len(tokens), len(tokens[0]), 1, tokens[0].width)
        features = [self._own(self._features(cell)) for cell in self._cells(block)]
        # a lone layer stays what it is, pages of a file
        return torch.from_numpy(features[0][None] if len(features) == 1 else np.stack(features))

    def node_of(self, block: PlannedBlock) -> str:
        """The node that has stored the features of a block; "" where none is known."""
        return self._nodes.get(self._cells(block)[0], "")

    def without_tokens(self, block: PlannedBlock) -> list[int]:
        """For each layer of a block how many texts lack the tokens that its pooler names."""
        pooler = self.poolers[block.pooler_at]
        if not pooler.tokens and not pooler.positions:
            return [0] * len(block.layers_at)
        return [self.shelf.fallbacks.get(cell, 0) for cell in self._cells(block)]

    def tokens(self, block: PlannedBlock) -> tuple[TokenRows, ...]:
        """The tokens of each layer of a block; none where its pooler makes vectors of texts."""
        if not self.reads_tokens(block):
            return ()
        return tuple(self._own_tokens(cell) for cell in self._cells(block))

    def _own_tokens(self, cell: PoolerSpec) -> TokenRows:
        every = self._tokens(cell)
        return every if self.rows is None else every.of(self.rows)

    def _tokens(self, cell: PoolerSpec) -> TokenRows:
        if cell not in self._held:
            found = self.shelf.read_tokens(cell)
            if found is not None:
                return found
            self._compute_lost()
        held = self._held[cell]
        assert isinstance(held, StagedTokens)
        return TokenRows(held.region, held.starts, held.lengths)

    def reads_tokens(self, block: PlannedBlock) -> bool:
        """Whether the texts of a block stay all of their tokens."""
        return self.poolers[block.pooler_at].reads_tokens

    def baseline_tokens(self, block: PlannedBlock) -> TokenRows:
        """The tokens that those of a block are conditional on."""
        (cell,) = self._baselines(block)
        return self._own_tokens(cell)

    def baseline(self, block: PlannedBlock) -> torch.Tensor:
        """The features that a block is conditional on, `[n_texts, n_samples, d]` in float32."""
        (cell,) = self._baselines(block)
        return torch.from_numpy(self._own(self._features(cell)))

    def _own(self, features: Features) -> Features:
        """The rows of this dataset."""
        if self.rows is None:
            return features
        return own_rows(features, self.rows, self.store.run.path)

    def _needed(self, block: PlannedBlock) -> list[PoolerSpec]:
        return [*self._cells(block), *self._baselines(block)]

    def _baselines(self, block: PlannedBlock) -> list[PoolerSpec]:
        if self.baseline_layer is None:
            return []
        pooler = self.poolers[block.pooler_at]
        return [baseline_cell(pooler, self.baseline_layer, self.n_layers, self.names[0])]

    def _cells(self, block: PlannedBlock) -> list[PoolerSpec]:
        pooler = self.poolers[block.pooler_at]
        layers = cells_of(pooler, self.n_layers, self.names[0])
        return [lone_cell(pooler, layers[at]) for at in block.layers_at]

    def _features(self, cell: PoolerSpec) -> Features:
        if cell not in self._held:
            found = self.shelf.read(cell)
            if found is not None:
                return found
            self._compute_lost()
        held = self._held[cell]
        assert isinstance(held, StagedRows)
        return held.whole()

    def _compute_lost(self) -> None:
        """Damaged or just evicted: see to all that is lost, so that one more pass is enough."""
        lost = [each for each in self.cells if self._is_lost(each)]
        self._compute(lost, hold=True)

    def _is_lost(self, cell: PoolerSpec) -> bool:
        is_there = cell in self._held or cell in self._impossible
        return not is_there and self.shelf.read(cell) is None

    def _found(self, record: PassRecord, began: float) -> PassRecord:
        """Log a pass that need not be made, as a pass of no tokens."""
        if record.device == self.device and self.store.batches(*self.names) is None:
            # should the cache lose something before a resumed run, it runs the same batches
            self.store.keep_batches(*self.names, record.batches)
        self.log.found(record, len(self.cells), time.monotonic() - began)
        return record

    @property
    def record(self) -> PassRecord:
        """What `open` returned."""
        assert self.record_ is not None
        return self.record_.of_rows(self.rows)

    @property
    def is_shared(self) -> bool:
        """Whether the cache holds all that can be had, so that workers find it there."""
        return all(self.shelf.holds(each) or each in self._impossible for each in self.cells)

    def _compute(self, cells: Sequence[PoolerSpec], hold: bool = False) -> PassRecord:
        """Make one forward pass for `cells`; what is not stored, or to `hold`, stays staged."""
        if self.dealing is not None and not hold:
            return self._dealt(self.dealing, cells)
        model = self.load()
        cells = self._possible(model, cells)
        if not cells:
            if self.record_ is None:
                raise next(iter(self._impossible.values()))
            return self._found(self.record_, time.monotonic())
        staging = self.shelf.staging(self.store.run.path)
        read = self._read(model, cells, staging)
        record = self.record_ = self.record_ or PassRecord.of(
            read, facts_of(model, self.read.generate)
        )
        self.shelf.write_record(record)
        self._keep(staging, read.fallbacks, model.n_layers, hold)
        self._end(read, record, len(cells))
        return record

    def _dealt(self, dealing: Dealing, cells: Sequence[PoolerSpec]) -> PassRecord:
        """Have workers make the pass for `cells`."""
        self.log.start(self.one.model.facts.n_params or 0)
        read = dealing.texts(self._asked(cells), self.log.progress)
        for each in read.impossible:
            error = CellError(each["what"], where=each["where"], hint=each["hint"])
            self._impossible[PoolerSpec(**each["pooler"])] = error
        if read.whole is None:
            raise next(iter(self._impossible.values()))
        told = read.facts["model"]
        self.log.note(told["note"])
        self.log.read(read.whole)
        self.store.keep_batches(*self.names, read.whole.batches)
        record = self.record_ = self.record_ or PassRecord.of(read.whole, told)
        self.shelf.write_record(record)
        self._keep_parts(dealing, read, cells)
        dealing.settle()
        self._end(read.whole, record, len(cells))
        return record

    def _end(self, read: Extraction, record: PassRecord, n_computed: int) -> None:
        self.log.end(read, record, len(self.cells) - n_computed, n_computed)

    def _asked(self, cells: Sequence[PoolerSpec]) -> AskedTexts:
        """What is asked of workers for `cells`."""
        row_bytes = FLOAT_BYTES * self.one.model.facts.d_model * len(cells)
        texts = texts_of(self.read, self.continuations)
        return AskedTexts(self.one, texts, self._joined(cells), row_bytes, self._batches())

    def _keep_parts(self, dealing: Dealing, read: ReadParts, asked: Sequence[PoolerSpec]) -> None:
        """Have workers store what was read; what the cache does not take, stays staged here."""
        cells = {read.lone(place, self.n_layers): place for place in read.cells}
        left = {cell: cells[cell] for cell in asked if cell in cells}
        if self.shelf.is_open:
            nodes = dealing.entries(self.one, read, self.shelf.kept)
            self._nodes = {cell: nodes.get(place, "") for cell, place in cells.items()}
            self.shelf.look_again()
            left = {cell: at for cell, at in left.items() if not self.shelf.holds(cell)}
        if left:
            parts, staging = read.parts(self.store.run), self.shelf.staging(self.store.run.path)
            stage(staging, {cell: parts.of(*place) for cell, place in left.items()})
            fallbacks = {cell: read.fallbacks(place) for cell, place in left.items()}
            self._keep(staging, fallbacks, self.n_layers, hold=False)

    def _read(self, model: LMModel, cells: Sequence[PoolerSpec], staging: Staging) -> Extraction:
        """Read the texts into `staging`, and tell of what a reader should know."""
        self.log.start(model.n_params, model.devices)
        self.log.note(model.hidden.note)
        with computing_in(self._n_threads):
            read = extract(
                model,
                self.read.texts,
                self._joined(cells),
                spans=self.read.spans,
                chats=self.read.chats,
                generate=self.read.generate,
                continuations=self.continuations,
                batches=self._batches(),
                on_progress=self.log.progress,
                on_batches=lambda batches: self.store.keep_batches(*self.names, batches),
                sink=staging,
            )
        self.log.read(read)
        return read

    def _keep(
        self, staging: Staging, fallbacks: Mapping[PoolerSpec, int], n_layers: int, hold: bool
    ) -> None:
        """Store what was read; what is not stored, or to `hold`, stays staged."""
        # from the end of the file on, so that it shrinks as the cache grows
        for pooler, at in reversed(staging.cells):
            cell = lone_cell(pooler, cells_of(pooler, n_layers)[at])
            rows = staging.rows((pooler, at))
            if not self.shelf.write(cell, rows, fallbacks=fallbacks[pooler]) or hold:
                self._held[cell] = rows
            else:
                staging.drop((pooler, at))

    def _possible(self, model: LMModel, cells: Sequence[PoolerSpec]) -> list[PoolerSpec]:
        """`cells` without those that reduce layers of different widths, which fail alone."""
        possible = []
        for cell in cells:
            layers = cells_of(cell, model.n_layers, model.name)[0]
            try:
                check_widths(model, cell.site, layers)
            except CellError as error:
                self._impossible[cell] = error
            else:
                possible.append(cell)
        return possible

    def _joined(self, cells: Sequence[PoolerSpec]) -> list[PoolerSpec]:
        """Poolers that give `cells`: those of the spec where all of theirs are among them."""
        left, joined = dict.fromkeys(cells), list[PoolerSpec]()
        for pooler in self.poolers:
            own = [lone_cell(pooler, each) for each in cells_of(pooler, self.n_layers)]
            if all(cell in left for cell in own):
                joined.append(pooler)
                for cell in own:
                    del left[cell]
        return [*joined, *left]

    def _batches(self) -> Batches | None:
        """Those of an earlier attempt, or of the pass that the cache knows of, on such a device.

        Other batches would change the last bits of what is computed.
        """
        model, own = self.names
        known = (self.store.batches(model, name) for name in (own, *self.alike))
        stored = next((one for one in known if one is not None), None)
        if stored is None and self.record_ is not None and self.record_.device == self.device:
            return self.record_.batches
        return stored
