"""Read and edit activations in a forward pass with hooks on blocks, attention and MLPs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import nn

from probing.engine.models.activations.axes import Axes

OnRead = Callable[[str, int, torch.Tensor], torch.Tensor | None]


class _DeepestReached(Exception):  # noqa: N818 - a signal, not an error
    """Ends a forward pass whose deeper blocks nobody asked for."""


class BlockReader:
    """A context in which forward passes report what flows through the blocks of `body`.

    `on_read(site, step, activation)` is called with `[batch, seq, width]`: for `resid` at step 0
    before the first block, at step k after the k-th block that runs and at step `n_steps + 1`
    with the last hidden state; for a site of `writers` while the k-th block runs, at step k.
    A tensor that it returns takes the activation's place in the pass; where it `edits` so, other
    readers see what it returns, whichever context was entered first.
    Passes of a model with a head around `body` are read as those of `run`.
    Blocks that run more than once in a pass (shared weights) count each time.
    Nothing after the step `deepest` is run. `forwards` stand in for those of blocks. `axes` are
    those of each site and step; a pass over one text finds out those that are not there.
    `factors` multiply what modules of `writers` give, as their blocks do, after what the modules
    of `besides`, which run before them, gave was added.
    Without blocks `resid` is what transformers returns as `hidden_states`, and nothing ends early.
    """

    def __init__(
        self,
        body: nn.Module,
        blocks: Sequence[nn.Module],
        on_read: OnRead,
        *,
        writers: Mapping[str, Sequence[nn.Module]] | None = None,
        deepest: int | None = None,
        forwards: Mapping[nn.Module, Callable[..., Any]] | None = None,
        axes: dict[tuple[str, int], Axes] | None = None,
        factors: Mapping[nn.Module, float] | None = None,
        besides: Mapping[nn.Module, nn.Module] | None = None,
        edits: bool = False,
    ) -> None:
        # what is edited is seen by whoever reads, transformers' own hooks among them
        self._order = {"prepend": edits}
        self.factors, self.besides = factors or {}, besides or {}
        self._beside: dict[nn.Module, torch.Tensor] = {}
        self.forwards, self.axes = forwards or {}, {} if axes is None else axes
        self.body, self.blocks, self.on_read = body, blocks, on_read
        self.writers, self.deepest = writers or {}, deepest
        self._handles: list[Any] = []
        self._step, self._shape = 0, torch.Size((0, 0))

    def __enter__(self) -> BlockReader:
        if self.blocks:
            self._handles += [
                self.body.register_forward_pre_hook(
                    self._before_body, with_kwargs=True, **self._order
                ),
                self.body.register_forward_hook(self._after_body, **self._order),
            ]
        for block, forward in self.forwards.items():
            block.forward = forward
        for block in dict.fromkeys(self.blocks):
            self._handles += [
                block.register_forward_pre_hook(
                    self._before_block, with_kwargs=True, **self._order
                ),
                block.register_forward_hook(self._after_block, **self._order),
            ]
        for site, modules in self.writers.items():
            for module in dict.fromkeys(modules):
                self._handles.append(
                    module.register_forward_hook(self._hook_of(site), **self._order)
                )
        for module in self.besides.values():
            self._handles.append(module.register_forward_hook(self._keep_beside))
        return self

    def __exit__(self, *_: object) -> None:
        for handle in self._handles:
            handle.remove()
        self._handles.clear()
        for block in self.forwards:
            del block.forward  # that of its class is behind it

    def run(self, ids: torch.Tensor, mask: torch.Tensor, **options: Any) -> Any:
        """One forward pass; its output, or None where it ended at the deepest step."""
        self._step, self._shape = 0, ids.shape
        if not self.blocks:
            return self._run_whole(ids, mask, **options)
        try:
            return self.body(input_ids=ids, attention_mask=mask, **options)
        except _DeepestReached:
            return None

    def _run_whole(self, ids: torch.Tensor, mask: torch.Tensor, **options: Any) -> Any:
        wanted = {"output_hidden_states": True, "return_dict": True, **options}
        output = self.body(input_ids=ids, attention_mask=mask, **wanted)
        for step, state in enumerate(hidden_states(output)):
            self._emit("resid", step, state)
        return output

    def _before_body(self, body: nn.Module, args: tuple[Any, ...], named: dict[str, Any]) -> None:
        ids = args[0] if args else named.get("input_ids")
        self._step, self._shape = 0, (named["inputs_embeds"] if ids is None else ids).shape[:2]

    def _after_body(self, body: nn.Module, args: tuple[Any, ...], output: Any) -> Any:
        edited = self._emit("resid", self._step + 1, output["last_hidden_state"])
        if edited is None:
            return None
        states = output.get("hidden_states")
        if states and states[-1] is output["last_hidden_state"]:
            output["hidden_states"] = (*states[:-1], edited)
        output["last_hidden_state"] = edited
        return output

    def _before_block(self, block: nn.Module, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        self._step += 1
        if self._step > 1:
            return None
        edited = self._emit("resid", 0, args[0] if args else named["hidden_states"])
        self._stop_if_deepest(0)
        if edited is None:
            return None
        return ((edited, *args[1:]), named) if args else (args, {**named, "hidden_states": edited})

    def _after_block(self, block: nn.Module, args: tuple[Any, ...], output: Any) -> Any:
        edited = self._emit("resid", self._step, first_tensor(output))
        self._stop_if_deepest(self._step)
        return None if edited is None else with_first(output, edited)

    def _hook_of(self, site: str) -> Callable[[nn.Module, tuple[Any, ...], Any], Any]:
        def hook(module: nn.Module, args: tuple[Any, ...], output: Any) -> Any:
            given = added = first_tensor(output)
            if module in self.besides:
                beside = self._beside.pop(self.besides[module])
                added = added + beside.reshape(added.shape)
            factor = self.factors.get(module)
            if factor is not None:
                added = added * factor
            edited = self._emit(site, self._step, added)
            if edited is None:
                return None
            if added is not given:  # the module gives only a part of what is added
                edited = given + (edited - added) / (factor or 1.0)
            return with_first(output, edited)

        return hook

    def _keep_beside(self, module: nn.Module, args: tuple[Any, ...], output: Any) -> None:
        self._beside[module] = first_tensor(output)

    def _stop_if_deepest(self, step: int) -> None:
        if self.deepest is not None and step >= self.deepest:
            raise _DeepestReached

    def _emit(self, site: str, step: int, activation: torch.Tensor) -> torch.Tensor | None:
        """Report an activation; what stands in its place, shaped as it, None where it stays."""
        n_texts, length = self._shape
        axes = self.axes.get((site, step)) or Axes.of(activation, n_texts, length)
        if n_texts == 1 < length:  # else the two axes may look the same
            self.axes[site, step] = axes
        read = axes.batch_first(activation, n_texts, length)
        edited = self.on_read(site, step, read)
        return None if edited is None else axes.put_back(activation, edited)


def first_tensor(output: Any) -> torch.Tensor:
    """The activation in what a module returned: itself, or the first of a tuple."""
    tensor = output[0] if isinstance(output, (tuple, list)) else output
    assert isinstance(tensor, torch.Tensor)
    return tensor


def with_first(output: Any, tensor: torch.Tensor) -> Any:
    """What a module returned, with another activation in it."""
    if isinstance(output, (tuple, list)):
        return type(output)([tensor, *output[1:]])
    return tensor


def hidden_states(output: Any) -> tuple[torch.Tensor, ...]:
    """The hidden states of a Hugging Face output: of the encoder, where it has two stacks."""
    own = getattr(output, "hidden_states", None)
    found = getattr(output, "encoder_hidden_states", ()) if own is None else own
    return tuple(found or ())
