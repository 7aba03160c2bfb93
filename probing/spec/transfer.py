"""The key `transfer`: which datasets a probe is trained on, and which it is tested on."""

from __future__ import annotations

from typing import Any

from probing.errors import SpecError
from probing.spec.values import text

PAIRS, LEAVE_ONE_OUT, ALL = "pairs", "leave-one-out", "all"
Pair = tuple[tuple[str, ...], str]
"""Names of the datasets to train on together, and that of the one to test on."""
Transfer = bool | str | tuple[Pair, ...]


def transfer(value: object) -> Transfer:
    """`transfer` as it is meant: true, a known word, or pairs; raises `SpecError` for others."""
    if value == PAIRS:
        return True
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in (LEAVE_ONE_OUT, ALL):
        return value
    if not isinstance(value, (list, tuple)):
        hint = f'use true, "{LEAVE_ONE_OUT}", "{ALL}" or a list of pairs [["a", "b"]]'
        raise SpecError(f"transfer = {value!r} is not valid", where="transfer", hint=hint)
    return tuple(dict.fromkeys(_pair(one) for one in value))


def _pair(one: Any) -> Pair:
    if not isinstance(one, (list, tuple)) or len(one) != 2:
        hint = 'a pair is ["trained on", "tested on"]; the first may be a list'
        raise SpecError(f"{one!r} is not a pair", where="transfer", hint=hint)
    trained = one[0] if isinstance(one[0], (list, tuple)) else [one[0]]
    if not trained:
        raise SpecError(f"{one!r} names nothing to train on", where="transfer")
    for name in (*trained, one[1]):
        text("transfer", name)
    if one[1] in trained:
        hint = "what a probe is trained on is tested by the folds of its own cell"
        raise SpecError(f"{one[1]!r} is both trained on and tested", where="transfer", hint=hint)
    return tuple(dict.fromkeys(trained)), one[1]
