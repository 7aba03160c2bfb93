"""One optimiser for the stacked weights of many networks, where its step is elementwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, optim

# what a step does to one weight depends on its own gradient and the number of steps alone
ELEMENTWISE = (
    optim.SGD,
    optim.Adam,
    optim.AdamW,
    optim.Adamax,
    optim.NAdam,
    optim.RAdam,
    optim.RMSprop,
    optim.Rprop,
    optim.Adadelta,
    optim.Adagrad,
    optim.ASGD,
)
_FUSED = (optim.Adam, optim.AdamW)


def is_elementwise(optimizer: Any) -> bool:
    """Whether one optimiser over stacked weights does what one for each network would do."""
    if type(optimizer) not in ELEMENTWISE or "step" in vars(optimizer):
        return False  # a scheduler puts a step of its own into the object
    if optimizer.state and type(optimizer) is not optim.Adagrad:
        return False  # it has taken steps; Adagrad is born with a state
    hooks = (optimizer._optimizer_step_pre_hooks, optimizer._optimizer_step_post_hooks)
    options = [value for group in optimizer.param_groups for value in _options(group).values()]
    return not any(hooks) and not any(isinstance(value, Tensor) for value in options)


def settings(optimizer: optim.Optimizer, names: Mapping[int, str]) -> tuple[Any, ...]:
    """The options and the names of the weights, group by group; `names` by `id`.

    Raises `KeyError` for a weight without a name.
    """
    return tuple(
        (tuple(names[id(one)] for one in group["params"]), repr(sorted(_options(group).items())))
        for group in optimizer.param_groups
    )


def stacked_optimizer(
    like: optim.Optimizer, names: Mapping[int, str], state: Mapping[str, Tensor]
) -> optim.Optimizer:
    """An optimiser as `like`, for the stacked weights of the same names."""
    groups = [
        _options(group) | {"params": [state[names[id(one)]] for one in group["params"]]}
        for group in like.param_groups
    ]
    cls: Any = type(like)
    if cls in _FUSED and not any(group["foreach"] for group in groups):
        for group in groups:
            group["fused"] = True  # the same step in one pass over memory
    made: optim.Optimizer = cls(groups)
    return made


def narrow(
    state: Mapping[str, Tensor], optimizer: optim.Optimizer, stay: list[int]
) -> dict[str, Tensor]:
    """Keep only some networks, in the stacked state and in what the optimiser remembers."""
    narrowed: dict[str, Tensor] = {}
    new_of: dict[int, Tensor] = {}
    for name, one in state.items():
        narrowed[name] = one.detach()[stay].requires_grad_(one.requires_grad)
        new_of[id(one)] = narrowed[name]
    for group in optimizer.param_groups:
        for at, old in enumerate(group["params"]):
            new = group["params"][at] = new_of[id(old)]
            remembered = optimizer.state.pop(old, None)
            if remembered is not None:
                optimizer.state[new] = {
                    key: value[stay] if _is_stacked(value, old) else value
                    for key, value in remembered.items()
                }
    return narrowed


def _is_stacked(value: Any, weights: Tensor) -> bool:
    return isinstance(value, Tensor) and value.shape == weights.shape


def _options(group: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in group.items() if name != "params"}
