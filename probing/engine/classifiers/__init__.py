"""Classifiers: the two bases for users, the ones that ship, and how they are loaded.

Names are looked up when they are first used: a worker process of a classifier that needs no
torch does not load it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from probing.engine.classifiers.bases.multi_step import MultiStepOpt
    from probing.engine.classifiers.bases.single_step import SingleStepOpt
    from probing.engine.classifiers.lookup import load
    from probing.engine.classifiers.protocol import (
        Classifier,
        gives_inner_scores,
        needs_validation,
    )
    from probing.engine.classifiers.users.block_fits import Looped

_HOMES = {
    "Classifier": "protocol",
    "Looped": "users.block_fits",
    "MultiStepOpt": "bases.multi_step",
    "SingleStepOpt": "bases.single_step",
    "gives_inner_scores": "protocol",
    "load": "lookup",
    "needs_validation": "protocol",
}

__all__ = [
    "Classifier",
    "Looped",
    "MultiStepOpt",
    "SingleStepOpt",
    "gives_inner_scores",
    "load",
    "needs_validation",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
