"""What the transfers of a plan cost: fits to the rows of several datasets, and their scoring."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

from probing.hardware import Processor
from probing.plan.costs.cost import GIB
from probing.plan.costs.device_memory import device_bytes
from probing.plan.costs.fit_sizes import n_fits
from probing.plan.costs.fit_times import block_s, text_s
from probing.plan.costs.rates import Rates
from probing.plan.pooled_layers import Pooled
from probing.plan.types import PlannedCells, PlannedTransfer
from probing.spec import Spec

Kind = TypeVar("Kind", bound=PlannedCells)


@dataclass(frozen=True)
class TransferCost:
    """Fits, the texts that they score (a text as often as it is scored), memory and time."""

    n_fits: int
    n_scores: int
    memory_gib: float
    fits_s: float


def transfer_cost(
    spec: Spec, one: PlannedTransfer, device: Processor, rates: Rates
) -> TransferCost:
    """The cost of a transfer: each fit is made once for all datasets that it is tested on."""
    plain = replace(spec, description_length=False, learning_curve=(), conditional_on="none")
    blocks = [_once(block, one) for block in one.joined.blocks]
    texts = [_once(text, one) for text in one.texts]
    n = sum(n_fits(plain, block) for block in (*blocks, *texts))
    n_texts = sum(to.facts.n_rows for to in one.targets)
    bytes_held = device_bytes(plain, one.joined, Pooled((), ()), 0, device) if blocks else 0
    return TransferCost(
        n_fits=n,
        n_scores=n * n_texts,
        memory_gib=bytes_held / GIB,
        fits_s=sum(block_s(plain, one.joined, block, rates) for block in blocks)
        + sum(text_s(plain, text, rates) for text in texts),
    )


def _once(block: Kind, one: PlannedTransfer) -> Kind:
    """A block with the cells of one of the datasets that its fits are tested on."""
    first = one.targets[0].name
    return replace(block, cells=tuple(cell for cell in block.cells if cell.dataset == first))
