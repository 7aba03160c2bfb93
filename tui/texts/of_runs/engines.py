"""Where a run computes, in words."""

from __future__ import annotations

from probing.spec import Spec
from probing.spec.engines import HERE, RAY, SLURM
from probing.spec.slurm_options import slurm_options


def where_text(spec: Spec) -> list[str]:
    """Where a run computes, unless that is here: `as 8 jobs of Slurm (partition=gpu,gpus=8)`."""
    engine = spec.engine
    if engine.kind == SLURM:
        options = slurm_options(engine.where)
        n_jobs = options.n_elements(is_spread=spec.is_spread)
        jobs = "as a job" if n_jobs == 1 else f"as {n_jobs} jobs"
        return [f"{jobs} of Slurm" + (f" ({engine.where})" if engine.where else "")]
    if engine.kind == RAY:
        return ["by Ray" + ("" if engine.where == HERE else f" at {engine.where}")]
    return []
