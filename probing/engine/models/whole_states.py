"""The hidden states as transformers returns them, for models whose blocks are not found."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

from probing.errors import ModelError

NOTE = "its blocks were not found, so resid is read from hidden_states"


@torch.no_grad()
def whole_states(
    body: nn.Module, ids: torch.Tensor, name: str, cause: Exception
) -> tuple[tuple[torch.Tensor, ...], bool]:
    """The hidden states of one small pass, and whether the last is after a norm.

    Raises `ModelError` where there is not one for each token; `cause` is why the blocks were
    not found.
    """
    given: list[torch.Tensor] = []
    with _norms_outside_blocks(body, given):
        try:
            asked = {"output_hidden_states": True, "return_dict": True}
            output = body(input_ids=ids, attention_mask=torch.ones_like(ids), **asked)
            states = output.hidden_states
        except Exception as error:  # whatever the model's code raises
            what = f"cannot be run on text alone ({_first_line(error)})"
            raise ModelError(what, where=name, hint="use a language model") from error
    if not states or any(state.shape[:2] != ids.shape for state in states):
        what = f"does not return one hidden state per token ({_first_line(cause)})"
        raise ModelError(what, where=name, hint="use another model") from cause
    is_normed = any(torch.equal(one, states[-1]) for one in given)
    return tuple(state.cpu() for state in states), is_normed


@contextlib.contextmanager
def _norms_outside_blocks(body: nn.Module, given: list[torch.Tensor]) -> Iterator[None]:
    """A context in which `given` takes what norms outside of numbered modules give."""

    def keep(module: nn.Module, args: Any, output: Any) -> None:
        if isinstance(output, torch.Tensor):
            given.append(output)

    handles = [
        module.register_forward_hook(keep)
        for path, module in body.named_modules()
        if "norm" in type(module).__name__.lower() and not re.search(r"\d", path)
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].strip() if lines else type(error).__name__
