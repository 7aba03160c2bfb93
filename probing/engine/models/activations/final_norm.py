"""Find out whether the last hidden state is after a final norm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from probing.engine.models.activations.axes import Axes

_FACTOR = 8.0
# of a vector's length: what is linear changes sevenfold, a norm next to nothing
_CHANGED = 0.5


@torch.no_grad()
def ends_in_norm(
    body: nn.Module,
    blocks: Sequence[nn.Module],
    n_steps: int,
    ids: torch.Tensor,
    last: torch.Tensor,
) -> bool:
    """Whether `last`, the last hidden state of `ids`, stays where the last block gives a multiple.

    Behind a norm it does, whatever the norm's name, and whatever follows it (a projection, say).
    `n_steps` is the number of times that blocks run.
    """
    runs = 0

    def multiply(block: nn.Module, args: Any, output: Any) -> Any:
        nonlocal runs
        runs += 1
        if runs < n_steps:
            return None
        if isinstance(output, (tuple, list)):
            return type(output)([output[0] * _FACTOR, *output[1:]])
        return output * _FACTOR

    handles = [block.register_forward_hook(multiply) for block in dict.fromkeys(blocks)]
    try:
        output = body(input_ids=ids, attention_mask=torch.ones_like(ids), output_hidden_states=True)
    finally:
        for handle in handles:
            handle.remove()
    again = output.hidden_states[-1]
    change = Axes.of(again, *ids.shape).batch_first(again, *ids.shape).to(last) - last
    return bool(change.float().norm() < _CHANGED * last.float().norm())
