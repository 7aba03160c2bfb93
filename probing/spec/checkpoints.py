"""Checkpoints of a training run: a series of models in one entry, and the step in a name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import product

from probing.errors import SpecError
from probing.spec.entries import ModelSpec

MOST = 1000  # models that one entry may stand for
_BRACES = re.compile(r"\{([^{}]*)\}")
_RANGE = re.compile(r"(\d+)\.\.(\d+)(?:\.\.(\d+))?")
_WORDS = "global[-_]?step|steps?|checkpoint|ckpt|iteration|iter"
_STEP = re.compile(rf"(?:^|[^a-z])(?:{_WORDS})[-_=]?(\d+)(k?)(?![\d.]*[a-z])", re.IGNORECASE)
ANY_STEP = "*"


def every_model(entries: Iterable[ModelSpec]) -> tuple[ModelSpec, ...]:
    """The entries, each name with braces as the names that it stands for."""
    return tuple(
        replace(entry, model=name) if name != entry.model else entry
        for entry in entries
        for name in names_of(entry.model)
    )


def names_of(name: str) -> tuple[str, ...]:
    """What a name stands for: `a{1,2}` for `a1` and `a2`, `a{0..20..10}` for `a0`, `a10`, `a20`.

    Braces without a comma or a range are part of the name, as in a shell. Raises `SpecError` for
    a range that has no end, or more than 1,000 names.
    """
    pieces, at, n = list[list[str]](), 0, 1
    for found in _BRACES.finditer(name):
        choices = list(_choices(found[1], name))
        if not choices:
            continue
        pieces += [[name[at : found.start()]], choices]
        at, n = found.end(), n * len(choices)
        if n > MOST:
            what = f"{name!r} stands for more than {MOST:,} models"
            raise SpecError(what, where="models", hint="name fewer")
    return tuple("".join(parts) for parts in product(*pieces, [name[at:]]))


def _choices(inside: str, name: str) -> Iterator[str]:
    span = _RANGE.fullmatch(inside)
    if span is None:
        yield from inside.split(",") if "," in inside else ()
        return
    first, last, step = int(span[1]), int(span[2]), int(span[3] or 1)
    if step < 1 or last < first or (last - first) // step >= MOST:
        hint = "write {FIRST..LAST..STEP}, rising, of at most 1,000 steps"
        raise SpecError(f"{name!r} has a range without an end", where="models", hint=hint)
    width = len(span[1]) if span[1].startswith("0") else 0
    yield from (f"{number:0{width}d}" for number in range(first, last + 1, step))


def step_of(model: str) -> int | None:
    """The training step that the revision or the last part of a model's name tells, or None.

    `step1000`, `step-1000`, `global_step1000`, `checkpoint-1000`, `ckpt-1000`, `iter_0001000`,
    `stage1-step150k`; the last such word counts.
    """
    found = list(_STEP.finditer(_told_in(model)))
    return int(found[-1][1]) * (1000 if found[-1][2] else 1) if found else None


def trajectory_of(model: str) -> str:
    """The name of a model with `*` in the place of its training step: that of its series."""
    found = list(_STEP.finditer(_told_in(model)))
    if not found:
        return model
    start = len(model) - len(_told_in(model))
    return model[: start + found[-1].start(1)] + ANY_STEP + model[start + found[-1].end(2) :]


def _told_in(model: str) -> str:
    """The part of a name in which a step may stand."""
    _, at, revision = model.rpartition("@")
    return revision if at else model.rpartition("/")[2]
