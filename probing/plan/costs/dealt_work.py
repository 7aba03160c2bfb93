"""How the work of a run is dealt to workers, and what they make of its time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from probing.hardware import n_cores
from probing.plan.costs.cost import DealtWork, PassCost
from probing.plan.types import PlannedPass, PlannedTexts, PlannedTransfer
from probing.ray_reach import n_workers_here, needs_ray
from probing.spec import CONTROLS, Spec
from probing.spec.engines import LOCAL

FEWEST = 256  # texts of a unit: enough for batches of texts of like length
FEWEST_CONTINUED = 64  # which takes longer than to read them
MOST = 2**13
PARTS = 64  # so that workers end together; more texts make larger files, not more of them
MOST_BYTES = 2**30
ENGINE_S = 15.0  # until workers have started and loaded their libraries
_GAIN = 0.95  # of the time of one process: what takes longer is no gain


@dataclass(frozen=True)
class Alone:
    """The seconds of a run that has no workers: in all, of its passes, and of their fits."""

    total_s: float
    pass_s: float
    fits_s: float


def texts_of_unit(n_texts: int, text_bytes: int, fewest: int = 0) -> int:
    """How many texts a unit has, of so many with so many bytes of features each.

    Where there are enough it has `fewest` at least, or as many as are worth it.

    How many workers there are has no say, so that a resumed run cuts as it did before.
    """
    size = min(max(fewest or FEWEST, -(-n_texts // PARTS)), MOST)
    return max(1, min(size, MOST_BYTES // max(1, text_bytes)))


def dealt_work(
    spec: Spec,
    passes: Sequence[PlannedPass],
    costs: Sequence[PassCost],
    texts: Sequence[PlannedTexts],
    transfers: Sequence[PlannedTransfer],
    alone: Alone,
    device: str,
) -> DealtWork | None:
    """How the work is dealt; None where the process of the run does it all.

    Of the controls that need no activations, `texts`, those that take long are dealt.
    """
    if not needs_ray(spec):
        return None
    parts = sum(_n_parts(one, cost) for one, cost in zip(passes, costs, strict=True))
    joined = [one.joined for one in transfers]
    late = [each for one in transfers for each in one.texts] + [*texts]
    fits = sum(CONTROLS[each.control].late for each in late)
    fits += sum(
        len({(block.pooler_at, block.layers_at) for block in one.blocks})
        for one in (*passes, *joined)
    )
    is_here = spec.engine.kind == LOCAL
    n_workers = n_workers_here(spec) if is_here else _n_asked(spec)
    if not n_workers:
        return DealtWork(parts, fits, 0, None, "")
    is_shared = is_here and device == "cpu"
    pass_s = alone.pass_s / (1 if is_shared else max(1, min(n_workers, parts)))
    at_once = min(n_workers, fits, n_cores() if is_shared else n_workers)
    fits_s = alone.fits_s / max(1, at_once)
    rest_s = max(0.0, alone.total_s - alone.pass_s - alone.fits_s)
    took = {
        "starting the workers": ENGINE_S,
        "the passes": pass_s,
        "the fits": fits_s,
        "what the process of the run does alone": rest_s,
    }
    total = sum(took.values())
    limit = max(took, key=lambda part: took[part])
    return DealtWork(parts, fits, n_workers, total, limit, total < _GAIN * alone.total_s)


def _n_parts(one: PlannedPass, cost: PassCost) -> int:
    """The parts of the texts of a pass; none where the cache holds all."""
    if cost.is_cached:
        return 0
    bytes_each = 4 * one.model.facts.d_model * (cost.n_pooled - cost.n_cached)
    return -(-cost.n_texts // texts_of_unit(cost.n_texts, bytes_each))


def _n_asked(spec: Spec) -> int:
    """The workers that a spec asks for; 0 where the nodes of a cluster will say."""
    return min(spec.workers, spec.max_parallel or spec.workers)
