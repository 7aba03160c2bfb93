"""Find a transformer's blocks, and which step of them is each hidden state.

The blocks are found by the shape of `named_modules()`, as the steering-vectors library does:
the shortest numbered template, such as "h.{}". What its hooks read is then compared with the
hidden states that transformers returns, so that a layer is what transformers calls it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from probing.engine.models.activations.axes import Axes
from probing.engine.models.activations.final_norm import ends_in_norm
from probing.engine.models.activations.hooks import BlockReader
from probing.engine.models.activations.whole_states import NOTE, whole_states
from probing.engine.models.placement import input_device
from probing.engine.models.token_ids import n_token_ids
from probing.errors import ModelError, SpecError, nearest


@dataclass(frozen=True)
class Hidden:
    """The blocks, and for every layer of `resid` the step at which `BlockReader` reads it.

    `final_norm`: whether the last layer is after a norm that follows the blocks. `axes` are
    those of what is read, by site and step. Without blocks transformers' own hidden states are
    read, and `note` says so.
    """

    template: str
    blocks: tuple[nn.Module, ...]
    steps: tuple[int, ...]
    n_steps: int
    final_norm: bool
    axes: dict[tuple[str, int], Axes]
    note: str = ""

    @property
    def n_layers(self) -> int:
        """The last layer's index."""
        return len(self.steps) - 1


def find_hidden(body: nn.Module, n_layers: int, template: str | None, name: str) -> Hidden:
    """Find the blocks of `body` and check them against the hidden states of one small pass.

    `template` is the user's own, such as "h.{}". Where the blocks that are found by themselves
    do not show the hidden states, transformers' own are taken. Raises `SpecError` where a
    template matches nothing and `ModelError` where its blocks do not show the hidden states.
    """
    if template:
        return _from_blocks(body, template, name)
    try:
        return _from_blocks(body, _block_template(body, n_layers, name), name)
    except Exception as error:  # whatever other models do at blocks that are none
        return _from_transformers(body, name, error)


def _from_transformers(body: nn.Module, name: str, cause: Exception) -> Hidden:
    states, found, normed = whole_states(body, probe_ids(body), name, cause)
    _check_finite(states, name)
    steps = tuple(range(len(states)))
    axes = {("resid", step): one for step, one in enumerate(found)}
    return Hidden("", (), steps, steps[-1], normed, axes, NOTE)


def _from_blocks(body: nn.Module, found: str, name: str) -> Hidden:
    blocks = numbered(body, found, name, "blocks")
    states, read, axes = _probe(body, blocks)
    _check_finite(states, name)
    n_steps = max(read) - 1
    steps = tuple(_step_of(state, layer, read) for layer, state in enumerate(states))
    if None in steps:
        what = f"cannot read the hidden state of layer {steps.index(None)} from the blocks {found}"
        hint = 'name the blocks: { model = "...", blocks = "h.{}" }'
        raise ModelError(what, where=name, hint=hint)
    is_normed = not torch.equal(read[n_steps], states[-1]) and ends_in_norm(
        body, blocks, n_steps, probe_ids(body), states[-1]
    )
    return Hidden(found, blocks, tuple(step or 0 for step in steps), n_steps, is_normed, axes)


def numbered(body: nn.Module, template: str, name: str, key: str) -> tuple[nn.Module, ...]:
    """The modules that `template` names with 0, 1, 2, ...; raises `SpecError` if there are none."""
    modules = dict(body.named_modules())
    found: list[nn.Module] = []
    while (path := template.replace("{}", str(len(found)))) in modules and "{}" in template:
        found.append(modules[path])
    if not found:
        hint = nearest(template, _templates(body))
        raise SpecError(f"{key} = {template!r} matches no module of {name}", where=key, hint=hint)
    return tuple(found)


def _templates(body: nn.Module) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for path, module in body.named_modules():
        match = re.fullmatch(r"(.*?)\b\d+", path)
        # only the first number is open: deeper ones belong to parts of a block
        if match and not re.search(r"\d+\.", match[1]) and not isinstance(module, nn.Embedding):
            counts[f"{match[1]}{{}}"] += 1
    return dict(counts)


def _block_template(body: nn.Module, n_layers: int, name: str) -> str:
    templates = _templates(body)
    if not templates:
        hint = "use a Hugging Face transformer"
        raise ModelError("not a transformer: it has no numbered blocks", where=name, hint=hint)
    return min(
        templates, key=lambda path: (templates[path] != n_layers, path.count("."), len(path))
    )


@torch.no_grad()
def _probe(
    body: nn.Module, blocks: tuple[nn.Module, ...]
) -> tuple[tuple[torch.Tensor, ...], dict[int, torch.Tensor], dict[tuple[str, int], Axes]]:
    """The hidden states of one small pass, what was read at every step, and its axes."""
    read: dict[int, torch.Tensor] = {}

    def keep(site: str, step: int, activation: torch.Tensor) -> None:
        read[step] = activation.to("cpu", copy=True)

    ids = probe_ids(body)
    with BlockReader(body, blocks, keep) as reader:
        output = reader.run(ids, torch.ones_like(ids), output_hidden_states=True)
    states = tuple(
        Axes.of(state, *ids.shape).batch_first(state, *ids.shape).cpu()
        for state in output.hidden_states
    )
    return states, read, reader.axes


def _check_finite(states: Sequence[torch.Tensor], name: str) -> None:
    """Raises `ModelError` for values that are not finite: they equal nothing that is read."""
    broken = next((at for at, state in enumerate(states) if not state.isfinite().all()), None)
    if broken is None:
        return
    dtype = str(states[broken].dtype).removeprefix("torch.")
    hints = {
        "float16": 'set dtype = "bfloat16" or "float32"',
        "bfloat16": 'set dtype = "float32"',
    }
    raise ModelError(
        f"layer {broken} contains NaN or infinity in {dtype}",
        where=name,
        hint=hints.get(dtype, "the weights are damaged; download the checkpoint again"),
    )


def probe_ids(body: Any) -> torch.Tensor:
    """A few token ids, `[1, seq]`, for a pass that only looks at how the model is wired."""
    n_ids = min(8, n_token_ids(body))
    return torch.arange(n_ids, device=input_device(body))[None]


def _step_of(state: torch.Tensor, layer: int, read: dict[int, torch.Tensor]) -> int | None:
    same = [step for step, activation in read.items() if torch.equal(activation, state)]
    return min(same, key=lambda step: abs(step - layer), default=None)
