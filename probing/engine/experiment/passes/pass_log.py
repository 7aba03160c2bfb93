"""What the log of a run says of a pass: that it begins, what a reader should know, and its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from probing.engine.experiment.passes.progress import LoggedProgress
from probing.engine.experiment.passes.record import PassRecord
from probing.engine.experiment.passes.token_flags import told_of_fallbacks
from probing.engine.experiment.run_writer import Store
from probing.engine.extraction import Extraction
from probing.events import PassDone, PassStarted, Warned


@dataclass(frozen=True)
class PassLog:
    """Logs the pass of a model over the `n_texts` of a dataset, by their `names`."""

    store: Store
    names: tuple[str, str]
    n_texts: int

    @property
    def progress(self) -> LoggedProgress:
        """Takes how far the pass is."""
        return LoggedProgress(self.store, self.names)

    def start(self, n_params: int, devices: Sequence[str] = ()) -> None:
        """It begins."""
        self.store.emit([PassStarted(*self.names, self.n_texts, n_params, tuple(devices))])

    def note(self, note: str) -> None:
        """What is to be known of the model, if anything is."""
        if note:
            self.store.emit([Warned(self.names[0], note)])

    def read(self, read: Extraction) -> None:
        """What a reader should know of how the texts were read."""
        where, messages = " on ".join(self.names), list[str]()
        if read.layout.kind == "single":
            messages.append(f"texts are run one at a time, which is slow: {read.layout.reason}")
        messages += told_of_fallbacks(read.fallbacks, self.n_texts)
        self.store.emit([Warned(where, message) for message in messages])

    def end(self, read: Extraction, record: PassRecord, n_cached: int, n_computed: int) -> None:
        """It is over: `n_computed` cells were made, and `n_cached` were there."""
        done = PassDone(
            *self.names,
            self.n_texts,
            read.n_tokens,
            record.n_truncated,
            len(read.batches),
            read.elapsed_s,
            n_cached=n_cached,
            n_computed=n_computed,
            unpacked=read.layout.reason,
        )
        self.store.emit([done])

    def found(self, record: PassRecord, n_cells: int, elapsed_s: float) -> None:
        """It need not be made, as a pass of no tokens."""
        cut = record.n_truncated
        done = PassDone(
            *self.names, self.n_texts, 0, cut, 0, elapsed_s, cached=True, n_cached=n_cells
        )
        self.store.emit([PassStarted(*self.names, self.n_texts, record.n_params), done])
