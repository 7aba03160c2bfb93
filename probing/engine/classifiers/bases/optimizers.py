"""Optimisers of networks by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from typing import Any

from torch import nn, optim

from probing.errors import SpecError

OPTIMIZERS = ("AdamW", "Adam", "SGD", "LBFGS", "Shampoo")
GRAFTS = {"none": 0, "SGD": 1, "AdaGrad": 2, "RMSProp": 3}  # as the library counts them
_SHAMPOO = "pytorch_optimizer"


def check_optimizer(name: str, where: str) -> None:
    """Raise `SpecError` for an optimiser that is not known, or whose library is missing."""
    if name not in OPTIMIZERS:
        what = f"optimizer = {name!r} must be one of {', '.join(OPTIMIZERS)}"
        raise SpecError(what, where=where)
    if name == "Shampoo" and find_spec(_SHAMPOO) is None:
        hint = "install the extra: pip install 'probe-tui[optimizers]'"
        raise SpecError("optimizer = 'Shampoo' needs pytorch-optimizer", where=where, hint=hint)


def made_optimizer(
    name: str,
    parameters: Iterable[nn.Parameter],
    rate: float,
    weight_decay: float = 0.0,
    options: Mapping[str, Any] | None = None,
) -> optim.Optimizer:
    """The optimiser of that name; `options` are those of its own.

    `SGD` has Nesterov momentum .9. `LBFGS` takes no weight decay and searches along its one
    step an epoch (strong Wolfe). `Shampoo` (Gupta, Koren and Singer 2018; grafting and delayed
    preconditioning as in Anil et al. 2020) is pytorch-optimizer's `ScalableShampoo`.
    """
    options = dict(options or {})
    if name == "SGD":
        momentum: dict[str, Any] = {"momentum": 0.9, "nesterov": True} | options
        return optim.SGD(parameters, lr=rate, weight_decay=weight_decay, **momentum)
    if name == "LBFGS":
        search: dict[str, Any] = {"max_iter": 1, "line_search_fn": "strong_wolfe"} | options
        return optim.LBFGS(parameters, lr=rate, **search)
    if name == "Shampoo":
        return _shampoo(parameters, rate, weight_decay, options)
    cls = optim.AdamW if name == "AdamW" else optim.Adam
    return cls(parameters, lr=rate, weight_decay=weight_decay, **options)


def _shampoo(
    parameters: Iterable[nn.Parameter], rate: float, weight_decay: float, options: dict[str, Any]
) -> optim.Optimizer:
    from pytorch_optimizer import ScalableShampoo

    graft = options.pop("graft", "RMSProp")
    after, every = options.pop("precondition_after", 25), options.pop("precondition_every", 10)
    made: optim.Optimizer = ScalableShampoo(
        list(parameters),
        lr=rate,
        weight_decay=weight_decay,
        decoupled_weight_decay=True,
        moving_average_for_momentum=True,
        nesterov=False,
        shape_interpretation=False,  # else a small matrix counts as a vector, and is left as it is
        start_preconditioning_step=after,
        preconditioning_compute_steps=every,
        graft_type=GRAFTS[graft],
        **options,
    )
    return made
