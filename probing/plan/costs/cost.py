"""What a plan will cost: texts, tokens, arithmetic, memory, disk and time."""

from __future__ import annotations

from dataclasses import dataclass

GIB = 2**30


@dataclass(frozen=True)
class PassCost:
    """What one model on one dataset costs.

    `n_cached` of the `n_pooled` pooled layers that the cells need are in the activation cache.
    For the others the model's first `depth` blocks read the `n_tokens` tokens (counted, or
    guessed from the number of characters) of the texts: `forward_flops` operations. It needs
    `memory_gib` on the device and writes `disk_gib` of features. Where another pass of the plan
    reads the same texts, `shares` is its dataset: of what that computes nothing is computed again.
    `n_rows` are the rows that are parts of the texts, 0 where each text is one. Before the pass
    the model continues texts, by at most `n_generated` tokens, which are among the `n_tokens`:
    `generate_flops` operations in `generate_s`; 0 where that is not asked for, or cached.
    """

    model: str
    dataset: str
    n_texts: int
    n_tokens: int
    counted: bool
    n_pooled: int
    n_cached: int
    depth: int
    forward_flops: float
    memory_gib: float
    disk_gib: float
    pass_s: float
    fits_s: float
    shares: str = ""
    n_rows: int = 0
    n_generated: int = 0
    generate_flops: float = 0.0
    generate_s: float = 0.0

    @property
    def is_cached(self) -> bool:
        """Whether the cache holds everything, so that no model is loaded."""
        return self.n_cached == self.n_pooled


@dataclass(frozen=True)
class DealtWork:
    """The units that workers do: parts of texts, and groups of blocks to fit.

    `n_workers` is 0 where the nodes of a cluster will say it, and then there is no `total_s` of the
    run. `limit` is what takes most of that time; where it `gains` nothing, one process is as fast.
    """

    n_text_units: int
    n_fit_units: int
    n_workers: int
    total_s: float | None
    limit: str
    gains: bool = True


@dataclass(frozen=True)
class Cost:
    """What a plan costs: counts, operations, GiB, and seconds from this machine's past rates.

    Passes of one model over the same texts count as one, with its texts, tokens and layers;
    `forward_flops`, `disk_gib` and the times leave out what the activation cache holds:
    `n_forward` of the `n_passes` remain to be made. Memory is what the largest pass needs on
    `device`, which has `device_free_gib` free (None: not known).
    `disk_gib` of features go to the cache, `download_gib` come from the hub. `measured` is
    whether such work has been timed here before; otherwise the times are guesses.
    `n_transfer_fits` of the fits are made to test on other datasets: for `n_transfers` pairs of
    what is trained on and what is tested on they score `n_transfer_scores` texts. At most
    `n_generated` tokens are generated. The times are those of one process; `dealt` says how workers
    share the work, where there are to be some.
    """

    n_cells: int
    n_passes: int
    n_forward: int
    n_texts: int
    n_tokens: int
    n_fits: int
    n_pooled: int
    n_cached: int
    forward_flops: float
    memory_gib: float
    device: str
    device_free_gib: float | None
    disk_gib: float
    disk_free_gib: float
    cache_limit_gib: float
    download_gib: float
    pass_s: float
    fits_s: float
    start_s: float
    counted: bool
    measured: bool
    passes: tuple[PassCost, ...]
    n_transfers: int = 0
    n_transfer_fits: int = 0
    n_transfer_scores: int = 0
    n_generated: int = 0
    generate_s: float = 0.0
    dealt: DealtWork | None = None

    @property
    def total_s(self) -> float:
        """All seconds together."""
        return self.generate_s + self.pass_s + self.fits_s + self.start_s
