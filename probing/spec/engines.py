"""The key `engine`: who computes the units of a run's work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from probing.errors import SpecError, nearest
from probing.spec.slurm_options import slurm_options
from probing.spec.values import text

LOCAL, RAY, SLURM = "local", "ray", "slurm"
HERE = "auto"  # Ray on this machine, or the cluster that this process belongs to
_KINDS = (LOCAL, RAY, SLURM)


@dataclass(frozen=True)
class Engine:
    """Who computes: `local`, the process of the run; `ray`, workers of Ray at the address `where`;
    `slurm`, jobs with the options `where`, such as `partition=gpu,gpus=8,time=4:00:00`.
    """

    kind: str = LOCAL
    where: str = ""

    @property
    def plain(self) -> str | dict[str, str]:
        """As a spec writes it."""
        return {self.kind: self.where} if self.where else self.kind


IN_PLACE = Engine()


def engine(value: object) -> Engine:
    """`engine` as it is meant: a name, or a table of one; raises `SpecError` for others."""
    if isinstance(value, Engine):
        return value
    if isinstance(value, Mapping) and len(value) == 1:
        (kind, where), *_ = value.items()
        if kind != SLURM:
            text("engine", where)
    else:
        kind, where = value, ""
    if kind not in _KINDS:
        hint = nearest(str(kind), _KINDS) if isinstance(kind, str) else _HINT
        raise SpecError(f"engine = {value!r} is not a known engine", where="engine", hint=hint)
    if kind == LOCAL and where:
        raise SpecError('engine = "local" has no options', where="engine", hint=_HINT)
    if kind == SLURM:
        where = _job(where)
    return Engine(str(kind), str(where) or (HERE if kind == RAY else ""))


def _job(options: object) -> str:
    """The options of a job, which may be none: then those are the cluster's own."""
    try:
        return str(slurm_options(options))
    except SpecError as error:
        raise SpecError(error.what, where=f"engine: {error.where}", hint=error.hint) from None


_HINT = 'use "local", "ray", { ray = "ADDRESS" } or { slurm = "partition=gpu,gpus=8" }'
