"""Compile a model's blocks with torch, on request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from probing.errors import ModelError


def compiled(block: nn.Module, model: str) -> Callable[..., Any]:
    """The forward of a block, compiled when it is first called, for texts of any length.

    What it raises where that fails is a `ModelError`.
    """
    run = torch.compile(block.forward, dynamic=True)

    def forward(*args: Any, **named: Any) -> Any:
        try:
            return run(*args, **named)
        except torch._dynamo.exc.TorchDynamoException as error:
            cause = getattr(error, "inner_exception", error)
            lines = str(cause).strip().splitlines() or [type(cause).__name__]
            what = f"its blocks cannot be compiled ({lines[0]})"
            raise ModelError(what, where=model, hint="set compile = false") from error

    return forward
