"""Record the inputs and outputs of every module of every block in one small pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

# A sum is a sum in every dimension: a few of thousands tell.
_DIMENSIONS = 64


@dataclass(frozen=True)
class Given:
    """What a module gave, `[seq, dimensions]` in float64, and when."""

    path: str
    module: nn.Module
    time: int
    value: torch.Tensor


@dataclass
class Step:
    """One run of one block.

    `taken` and `output` are the residual stream before and after it, `seen` every activation of
    its width with the time at which it was seen, `given` what the modules that run once gave;
    `runs` counts how often each of its modules ran, and `eps` is the rounding of the numbers
    that the model computes in.
    """

    width: int
    eps: float
    taken: torch.Tensor
    output: torch.Tensor
    seen: list[tuple[int, torch.Tensor]] = field(default_factory=list)
    given: list[Given] = field(default_factory=list)
    runs: Counter[nn.Module] = field(default_factory=Counter)

    def note(self, value: Any) -> torch.Tensor | None:
        """Put down an activation as seen now; None for what is not of the block's width."""
        tensor = value[0] if isinstance(value, (tuple, list)) and value else value
        if not isinstance(tensor, torch.Tensor) or tensor.shape[-1] != self.width:
            return None
        kept = _sample(tensor)
        if kept.shape != self.taken.shape:
            return None
        self.seen.append((len(self.seen), kept))
        return kept


@torch.no_grad()
def record(body: nn.Module, blocks: Sequence[nn.Module], ids: torch.Tensor) -> list[Step]:
    """The steps of one pass over `ids`, `[1, seq]`, in the order in which the blocks run."""
    steps: list[Step] = []
    handles: list[Any] = []
    for block in dict.fromkeys(blocks):
        handles.append(block.register_forward_pre_hook(_opens(steps), with_kwargs=True))
        for path, module in block.named_modules():
            if path:
                handles.append(module.register_forward_pre_hook(_takes(steps), with_kwargs=True))
                handles.append(module.register_forward_hook(_gives(steps, path)))
        handles.append(block.register_forward_hook(_closes(steps)))
    try:
        body(input_ids=ids, attention_mask=torch.ones_like(ids))
    finally:
        for handle in handles:
            handle.remove()
    return steps


def _sample(tensor: torch.Tensor) -> torch.Tensor:
    flat = tensor.reshape(-1, tensor.shape[-1])
    picked = torch.linspace(0, flat.shape[-1] - 1, min(_DIMENSIONS, flat.shape[-1])).long()
    return flat[:, picked.to(flat.device)].cpu().double()


def _argument(args: tuple[Any, ...], named: dict[str, Any]) -> Any:
    return args[0] if args else named.get("hidden_states")


def _opens(steps: list[Step]) -> Any:
    def hook(block: nn.Module, args: tuple[Any, ...], named: dict[str, Any]) -> None:
        tensor = _argument(args, named)
        kept = _sample(tensor)
        step = Step(tensor.shape[-1], torch.finfo(tensor.dtype).eps, kept, kept)
        step.note(tensor)
        steps.append(step)

    return hook


def _takes(steps: list[Step]) -> Any:
    def hook(module: nn.Module, args: tuple[Any, ...], named: dict[str, Any]) -> None:
        steps[-1].note(_argument(args, named))

    return hook


def _gives(steps: list[Step], path: str) -> Any:
    def hook(module: nn.Module, args: tuple[Any, ...], output: Any) -> None:
        step = steps[-1]
        step.runs[module] += 1
        value = step.note(output)
        if value is not None:
            step.given.append(Given(path, module, len(step.seen) - 1, value))

    return hook


def _closes(steps: list[Step]) -> Any:
    def hook(block: nn.Module, args: tuple[Any, ...], output: Any) -> None:
        step = steps[-1]
        step.output = step.note(output)  # type: ignore[assignment]
        # one that runs twice cannot be told apart by its hook
        step.given = [given for given in step.given if step.runs[given.module] == 1]

    return hook
