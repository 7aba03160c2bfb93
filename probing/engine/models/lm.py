"""`LMModel`: a Hugging Face transformer without its head; texts in, hidden states out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import nn

from probing import catalog
from probing.catalog import ModelFacts
from probing.engine.models.activations.blocks import find_hidden, numbered, probe_ids
from probing.engine.models.activations.hooks import BlockReader, OnRead, hidden_states
from probing.engine.models.activations.module_order import record
from probing.engine.models.activations.residual_writers import (
    Writer,
    blocks_without,
    has_attention,
    writers_of,
)
from probing.engine.models.asked_of_tokens import NOTHING, Asked
from probing.engine.models.compiling import compiled
from probing.engine.models.loading import check_device, load_body, load_tokenizer, pick_dtype
from probing.engine.models.packing import first_position
from probing.engine.models.placement import devices_of, input_device, n_params
from probing.engine.models.text_body import headless, inner_body
from probing.engine.models.text_length import check_generate, longest_text
from probing.engine.models.token_ids import check_ids, n_token_ids
from probing.engine.models.tokenizing import tokenise
from probing.engine.models.tokens import TokenBatch, Tokens
from probing.errors import ModelError, SpecError
from probing.spec import ModelSpec, read_entry

_MOST_IDS = 2**31  # no vocabulary is larger


class LMModel:
    """Any Hugging Face encoder, decoder or encoder-decoder (its encoder), without its head.

    `model_name` is a hub id (with `@revision`), a folder, `package:NAME`, or a table such as
    `{"model": ..., "tokenizer": ...}` with any keys of a model of a spec; `device_map = "auto"`
    spreads it beyond `device`, `quantize` ("8bit", "4bit") packs its weights, and `compile` has
    torch compile its blocks for passes that read `resid` alone. Attributes: `name`, `device`
    (where token ids go), `whole` (the model that was loaded, `body` or with its head around it),
    `devices` (where the weights lie), `dtype`, `n_layers` (the last layer's
    index), `d_model`, `n_params` (of what is run), `max_length` in tokens (None: no limit),
    `final_norm` (whether the last hidden state is after a final norm).

    Raises `ModelError` for a model that cannot be loaded, `DeviceError` for a missing device.
    """

    def __init__(
        self,
        model_name: str | Mapping[str, Any],
        device: str = "cpu",
        *,
        dtype: str = "auto",
        max_length: int | None = None,
        truncation: str = "right",
        trust_remote_code: bool = False,
        blocks: str | None = None,
        attn: str | None = None,
        mlp: str | None = None,
        device_map: str | None = None,
        quantize: str | None = None,
        compile: bool = False,
    ) -> None:
        chosen = {
            "max_length": max_length,
            "truncation": truncation,
            "trust_remote_code": trust_remote_code,
            "blocks": blocks,
            "attn": attn,
            "mlp": mlp,
            "device_map": device_map,
            "quantize": quantize,
            "compile": compile,
        }
        named = {"model": model_name} if isinstance(model_name, str) else model_name
        spec = read_entry({**chosen, **named}, ModelSpec, "model", "model_name")
        self._load(spec, device, dtype, Path())

    @classmethod
    def from_spec(
        cls,
        spec: ModelSpec,
        device: str = "cpu",
        dtype: str = "auto",
        base: Path | str = ".",
        random_seed: int | None = None,
        *,
        with_head: bool = False,
    ) -> LMModel:
        """The model of a spec, its folders looked up from `base`.

        With a `random_seed` its weights are drawn from it, as transformers draws them before
        training. `with_head` it predicts the next token, and raises `ModelError` where the model
        is none that does.
        """
        model = cls.__new__(cls)
        model._load(spec, device, dtype, Path(base), random_seed, with_head)
        return model

    @classmethod
    def of(cls, model: Any, tokenizer: Any) -> LMModel:
        """A Hugging Face model that is loaded already, with its tokenizer.

        Its head, if it has one, is not run; nothing of it is changed. Raises `ModelError` for what
        is no transformer, or is in training mode.
        """
        name = str(getattr(model, "name_or_path", "") or type(model).__name__)
        if getattr(model, "training", False):
            raise ModelError("is in training mode", where=name, hint="call model.eval() first")
        made = cls.__new__(cls)
        made.spec = ModelSpec(name)
        made.name = catalog.label(made.spec)
        made.whole, made.body = model, inner_body(headless(model))
        facts = catalog.facts_of(made.body.config.to_dict(), name)
        made.device, made.dtype = input_device(made.body), made.body.dtype
        made.tokenizer = tokenizer
        made._settle(facts)
        return made

    def _load(
        self,
        spec: ModelSpec,
        device: str,
        dtype: str,
        base: Path,
        seed: int | None = None,
        with_head: bool = False,
    ) -> None:
        self.spec, self.name = spec, catalog.label(spec)
        self.device = check_device(device)
        facts = catalog.facts(spec, base)
        if with_head:
            catalog.check_causal(facts, "its head")
        self.dtype = pick_dtype(dtype, self.device, facts)
        self.tokenizer = load_tokenizer(spec, facts, base)
        self.whole, self.body = load_body(
            spec, facts, base, self.dtype, self.device, seed, with_head=with_head
        )
        self.device = input_device(self.body)
        self._settle(facts)

    def _settle(self, facts: ModelFacts) -> None:
        """What is known of the body and the tokenizer, once both are there."""
        self.devices = devices_of(self.body)
        self.hidden = find_hidden(self.body, facts.n_layers, self.spec.blocks, self.name)
        self.n_layers, self.final_norm = self.hidden.n_layers, self.hidden.final_norm
        self.d_model = facts.d_model
        # found out as the model is used: how texts of some length are laid out where it is read
        self.layouts: dict[Any, Any] = {}
        self.n_params = n_params(self.body)
        self._facts, self.max_length = facts, longest_text(self.tokenizer, self.spec, facts)

    def __call__(self, texts: Sequence[str]) -> Any:
        """The Hugging Face output for `texts`, without gradient.

        `hidden_states` is a tuple of `[batch, seq, d_model]`, one for each layer;
        `attention_mask` and `special_tokens_mask`, `[batch, seq]`, are added. Padding is on
        the right.
        """
        tokens = self.tokenise(texts)
        batch = self.pad(tokens, range(len(tokens))).to(self.device)
        with torch.no_grad():
            output = self.body(
                input_ids=batch.ids,
                attention_mask=batch.mask,
                output_hidden_states=True,
                return_dict=True,
            )
        output["hidden_states"] = self._by_token(hidden_states(output), batch.ids)
        output["attention_mask"], output["special_tokens_mask"] = batch.mask, batch.specials
        return output

    def _by_token(
        self, states: Sequence[torch.Tensor], ids: torch.Tensor
    ) -> tuple[torch.Tensor, ...]:
        """One vector for each token, of several streams too."""
        axes = [self.hidden.axes["resid", step] for step in self.hidden.steps]
        return tuple(
            one.batch_first(state, *ids.shape) if state.ndim == 4 else state
            for one, state in zip(axes, states, strict=True)
        )

    def tokenise(
        self,
        texts: Sequence[str],
        rows: Sequence[int] | None = None,
        asked: Asked = NOTHING,
    ) -> Tokens:
        """Token ids of `texts`, cut to `max_length`; errors number the texts by `rows`.

        `asked` says what is looked for in them. Raises `ModelError` for an id that the model has
        no embedding for, or a tokenizer that cannot find that.
        """
        longest = self.longest(asked.generate) if asked.generate else self.max_length
        tokens = tokenise(self.tokenizer, texts, longest, rows, asked)
        check_ids(tokens, self.body, self.name, rows)
        return tokens

    @property
    def has_head(self) -> bool:
        """Whether it can continue texts."""
        return self.whole is not self.body and hasattr(self.whole, "generate")

    def longest(self, generate: int = 0) -> int | None:
        """The tokens to which texts are cut that are to be continued by `generate` tokens."""
        return longest_text(self.tokenizer, self.spec, self._facts, generate)

    def check_generate(self, generate: int) -> None:
        """Raises `SpecError` where what is generated leaves no room for a text."""
        check_generate(self.tokenizer, self.spec, self._facts, generate)

    @cached_property
    def special_ids(self) -> tuple[int, ...]:
        """The ids that the tokenizer or the model treats as special."""
        keys = ("pad_token_id", "bos_token_id", "eos_token_id", "sep_token_id", "mask_token_id")
        named = [getattr(self.body.config, key, None) for key in keys]
        known = {one for one in named if isinstance(one, int) and 0 <= one < _MOST_IDS}
        return tuple(sorted(known | {int(one) for one in self.tokenizer.all_special_ids}))

    def pad(self, tokens: Tokens, rows: Sequence[int]) -> TokenBatch:
        """The given rows of `tokens` as one batch, a text a row, on the CPU."""
        pad_id = self.tokenizer.pad_token_id
        # masked, so any id will do; a pad token beyond the embeddings would not
        if pad_id is None or pad_id >= n_token_ids(self.body):
            pad_id = 0
        return tokens.padded(rows, pad_id)

    def pack(self, tokens: Tokens, rows: Sequence[int]) -> TokenBatch:
        """The given rows of `tokens` as one batch, all texts end to end in a row, on the CPU.

        `packed_attention` keeps them apart, in models that can be packed.
        """
        return tokens.packed(rows, first_position(self.body))

    def reader(
        self, on_read: OnRead, sites: Sequence[str], deepest: int | None, *, edits: bool = False
    ) -> BlockReader:
        """A context whose passes report `sites` by step and end after the step `deepest`.

        Where it `edits`, what `on_read` returns takes an activation's place, for other readers too.

        Raises `SpecError` for a site that the model lacks.
        """
        self._find_axes(sites)
        writers = {site: self.writers(site) for site in sites if site != "resid"}
        found = self._found_writers(writers)
        # what is compiled hides the modules inside a block
        forwards = {} if writers else self._compiled
        return BlockReader(
            self.body,
            self.hidden.blocks,
            on_read,
            writers=writers,
            deepest=deepest,
            forwards=forwards,
            axes=self.hidden.axes,
            factors={one.module: one.factor for one in found if one.factor != 1.0},
            besides={one.module: one.beside for one in found if one.beside is not None},
            edits=edits,
        )

    def width(self, site: str, layer: int) -> int:
        """The size of an activation of `layer` at `site`; layers may differ in it."""
        self._find_axes([site])
        return self.hidden.axes[site, self.step(site, layer)].width

    @torch.no_grad()
    def _find_axes(self, sites: Sequence[str]) -> None:
        """Read one small text at the sites whose axes are not known yet."""
        known = {site for site, _ in self.hidden.axes}
        writers = {site: self.writers(site) for site in sites if site not in known}
        if not writers:
            return
        ids = probe_ids(self.body)
        with BlockReader(
            self.body,
            self.hidden.blocks,
            lambda *_: None,
            writers=writers,
            axes=self.hidden.axes,
        ) as reader:
            reader.run(ids, torch.ones_like(ids))

    def step(self, site: str, layer: int) -> int:
        """The step at which `reader` reports `layer` of `site`."""
        return self.hidden.steps[layer] if site == "resid" else layer

    def writers(self, site: str) -> tuple[nn.Module, ...]:
        """The modules, one for each block, that write what `attn` or `mlp` adds.

        Raises `SpecError` where the model has no attention, or its blocks hide what they add.
        """
        if not self.hidden.blocks:
            what = f"cannot read {site} of {self.name}: its blocks were not found"
            raise SpecError(what, where="poolers", hint='use site = "resid"')
        named = self.spec.attn if site == "attn" else self.spec.mlp
        if named:
            return self._named_writers(site, named)
        if not any(has_attention(block) for block in self.hidden.blocks):
            what = f"cannot read {site!r} of {self.name}: it has no attention"
            raise SpecError(what, where="poolers", hint='use site = "resid"')
        found = tuple(step[site].module for step in self._writers if site in step)
        if len(found) < len(self._writers) or len(found) != self.n_layers:
            where = blocks_without(site, self._writers, self.hidden.template)
            what = f"cannot find the {site} modules of {self.name} in {where}"
            hint = f'name them: {{ model = "...", {site} = "h.{{}}.{site}" }}'
            raise SpecError(what, where="poolers", hint=hint)
        return found

    def _found_writers(self, sites: Iterable[str]) -> list[Writer]:
        """The writers that were found by arithmetic, not named by the user."""
        own = [site for site in sites if not getattr(self.spec, site)]
        return [step[site] for site in own for step in self._writers]

    def _named_writers(self, site: str, template: str) -> tuple[nn.Module, ...]:
        found, n_blocks = numbered(self.body, template, self.name, site), len(self.hidden.blocks)
        if len(found) != n_blocks:
            what = f"{site} = {template!r} matches {len(found)} modules of {self.name}"
            raise SpecError(what, where=site, hint=f"match one in each of its {n_blocks} blocks")
        return found

    @cached_property
    def _compiled(self) -> dict[nn.Module, Callable[..., Any]]:
        if not self.spec.compile:
            return {}
        return {block: compiled(block, self.name) for block in dict.fromkeys(self.hidden.blocks)}

    @cached_property
    def _writers(self) -> list[dict[str, Writer]]:
        steps = record(self.body, self.hidden.blocks, probe_ids(self.body))
        return [writers_of(step) for step in steps]
