"""Read hidden states as transformers returns them, for models whose blocks were not found."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

from probing.engine.models.activations.axes import Axes
from probing.engine.models.activations.hooks import hidden_states
from probing.errors import ModelError

NOTE = "its blocks were not found, so resid is read from hidden_states"


@torch.no_grad()
def whole_states(
    body: nn.Module, ids: torch.Tensor, name: str, cause: Exception
) -> tuple[tuple[torch.Tensor, ...], tuple[Axes, ...], bool]:
    """The hidden states of one small pass, `[batch, seq, width]`, their axes in the model, and
    whether the last is after a norm.

    Raises `ModelError` where there is not one for each token; `cause` is why the blocks were
    not found.
    """
    given: list[torch.Tensor] = []
    with _norms_outside_blocks(body, given):
        try:
            asked = {"output_hidden_states": True, "return_dict": True}
            output = body(input_ids=ids, attention_mask=torch.ones_like(ids), **asked)
            states = hidden_states(output)
        except Exception as error:  # whatever the model's code raises
            what = f"cannot be run on text alone ({_first_line(error)})"
            raise ModelError(what, where=name, hint="use a language model") from error
    is_normed = any(torch.equal(one, states[-1]) for one in given)
    try:
        axes = [Axes.of(state, *ids.shape) for state in states]
    except ModelError:
        axes = []
    if not axes:
        what = f"does not return one hidden state per token ({_first_line(cause)})"
        raise ModelError(what, where=name, hint="use another model") from cause
    pairs = zip(axes, states, strict=True)
    shaped = tuple(one.batch_first(state, *ids.shape).cpu() for one, state in pairs)
    return shaped, tuple(axes), is_normed


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
