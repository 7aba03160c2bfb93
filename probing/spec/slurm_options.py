"""The options of a Slurm job as a spec writes them: `partition=gpu,gpus=8,nodes=2,time=4:00:00`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from probing.errors import SpecError, nearest

WHERE = "slurm"


def _count(value: str) -> bool:
    return re.fullmatch(r"[1-9]\d{0,5}", value) is not None


def _time(value: str) -> bool:
    return limit_s(value) is not None


def _memory(value: str) -> bool:
    return re.fullmatch(r"\d+[KMGT]?B?", value, re.IGNORECASE) is not None


def _word(value: str) -> bool:
    """What sbatch judges: it must only stay one word of one line."""
    return bool(value) and value.isprintable() and not re.search(r"[\s\"'\\`$]", value)


def _yes(value: str) -> bool:
    return value == "yes"


_COUNT = (_count, "a whole number of at least 1")
_TIME = (_time, "a time such as 30 (minutes), 4:00:00 or 1-12:00:00")
_MEMORY = (_memory, "an amount such as 64G")
_WORD = (_word, "one word without spaces and quotes")
_YES = (_yes, "yes")
Check = tuple[Callable[[str], bool], str]
KNOWN: dict[str, Check] = {
    "partition": _WORD,
    "account": _WORD,
    "qos": _WORD,
    "time": _TIME,
    "nodes": _COUNT,
    "gpus": _COUNT,
    "gpu_type": _WORD,
    "tasks": _COUNT,
    "max_parallel": _COUNT,
    "ray": _YES,
    "cpus": _COUNT,
    "mem": _MEMORY,
    "constraint": _WORD,
    "gres": _WORD,
    "licenses": _WORD,
    "nodelist": _WORD,
    "exclude": _WORD,
    "reservation": _WORD,
}
_LISTS = ("partition", "constraint", "gres", "licenses", "nodelist", "exclude")
_OTHER_NAMES = {"cpus_per_task": "cpus", "memory": "mem", "ntasks": "tasks", "time_limit": "time"}


@dataclass(frozen=True)
class SlurmOptions:
    """What is asked of Slurm; `given` has the options by name, in the order of `KNOWN`."""

    given: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str:
        """The text of an option, empty where it was not given."""
        return dict(self.given).get(name, "")

    def number(self, name: str) -> int:
        """The value of a count, 0 where it was not given."""
        return int(self.get(name) or 0)

    @property
    def by_ray(self) -> bool:
        """Whether Ray deals the work over the nodes of one job, and not an array of jobs."""
        return bool(self.get("ray"))

    def n_elements(self, *, is_spread: bool = False) -> int:
        """The elements of the array of jobs that a run is: as many as `tasks` says, else one on
        each of the `nodes`, else one for each of the `gpus`.

        Where models are spread over GPUs, `is_spread`, those without nodes stay together; so do
        the nodes that Ray joins.
        """
        if self.by_ray:
            return 1
        gpus = 0 if is_spread else self.number("gpus")
        return self.number("tasks") or self.number("nodes") or gpus or 1

    def __str__(self) -> str:
        return ",".join(f"{name}={value}" for name, value in self.given)


def slurm_options(text: object) -> SlurmOptions:
    """Read options from their text; raises `SpecError` that names the wrong one.

    A piece without `=` goes on with the list before it, as in `nodelist=n1,n2`.
    """
    if not isinstance(text, str):
        hint = 'write slurm = "partition=gpu,gpus=8,time=4:00:00"'
        raise SpecError(f"slurm = {text!r} must be a text of options", where=WHERE, hint=hint)
    given: dict[str, str] = {}
    last = ""
    for piece in filter(None, (part.strip() for part in text.split(","))):
        name, equals, value = (part.strip() for part in piece.partition("="))
        if not equals and last in _LISTS:
            given[last] += f",{piece}"
            continue
        last = _known(name, is_pair=bool(equals))
        if last in given:
            raise SpecError(f"{last} comes twice", where=WHERE, hint="leave one out")
        given[last] = value
    _check(given)
    return SlurmOptions(tuple((name, given[name]) for name in KNOWN if name in given))


def limit_s(text: str) -> int | None:
    """The seconds of a time limit as Slurm reads it; None for a text that is none.

    `M`, `M:S`, `H:M:S`, `D-H`, `D-H:M` and `D-H:M:S`: sbatch(1), `--time`.
    """
    found = re.fullmatch(r"(?:(\d{1,4})-)?(\d{1,6})(?::(\d{1,2}))?(?::(\d{1,2}))?", text)
    if found is None:
        return None
    days, *parts = (None if one is None else int(one) for one in found.groups())
    numbers = [one for one in parts if one is not None]
    if days is not None:
        hours, minutes, seconds = (*numbers, 0, 0)[:3]
    else:
        hours, minutes, seconds = {1: (0, *numbers, 0), 2: (0, *numbers), 3: (*numbers,)}[
            len(numbers)
        ]
    total = (((days or 0) * 24 + hours) * 60 + minutes) * 60 + seconds
    return total or None


def _known(name: str, *, is_pair: bool) -> str:
    key = name.removeprefix("--").replace("-", "_").lower()
    key = _OTHER_NAMES.get(key, key)
    if key not in KNOWN:
        raise SpecError(f"unknown option {name!r}", where=WHERE, hint=nearest(key, KNOWN))
    if not is_pair:
        raise SpecError(f"{name!r} has no value", where=WHERE, hint=f"write {key}=…")
    return key


def _check(given: dict[str, str]) -> None:
    for name, value in given.items():
        is_fit, meaning = KNOWN[name]
        if not is_fit(value):
            raise SpecError(f"{name}={value} is not {meaning}", where=WHERE)
    if "gres" in given and "gpus" in given:
        raise SpecError("gpus and gres both ask for GPUs", where=WHERE, hint="leave one out")
    if "tasks" in given and "nodes" in given:
        hint = "leave one out: both are the number of jobs, each on a node"
        raise SpecError("tasks and nodes are both given", where=WHERE, hint=hint)
    for other in ("tasks", "max_parallel"):
        if "ray" in given and other in given:
            what, hint = f"{other} is of an array of jobs, and ray=yes is one job", "leave one out"
            raise SpecError(what, where=WHERE, hint=hint)
    n_jobs, gpus = int(given.get("tasks") or given.get("nodes") or 1), int(given.get("gpus") or 0)
    if gpus % n_jobs:
        hint = f"give a multiple of {n_jobs}"
        raise SpecError(
            f"{gpus} GPUs cannot be shared out evenly to {n_jobs} {_shared_to(given)}",
            where=WHERE,
            hint=hint,
        )
    if "gpu_type" in given and "gpus" not in given:
        hint = "add gpus=1"
        raise SpecError("gpu_type without gpus asks for nothing", where=WHERE, hint=hint)


def _shared_to(given: dict[str, str]) -> str:
    return "nodes" if "ray" in given else "jobs"
