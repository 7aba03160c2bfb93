"""Keys of the activation cache: everything that a pass and its pooled features depend on."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from probing import catalog
from probing.activations import Key, model_identity, pass_parts
from probing.plan.types import NamedModel, PlannedPass
from probing.spec import ModelSpec, PoolerSpec
from probing.token_stage import TokenStage


class PassKeys:
    """The keys of one model on the texts of one dataset; cells are poolers with one cell.

    `generation` is that of what the model continues the texts by.
    """

    def __init__(self, reading: dict[str, Any], generation: Key) -> None:
        self._reading = reading
        self.generation = generation

    @classmethod
    def of(
        cls, one: PlannedPass, texts: str, device: str, dtype: str, base: Path
    ) -> PassKeys | None:
        """The keys of a planned pass over the texts of the digest `texts`.

        None where the model or its tokenizer is still to be downloaded.
        """
        return cls.of_model(one.model, texts, device, dtype, base)

    @classmethod
    def of_model(
        cls, one: NamedModel, texts: str, device: str, dtype: str, base: Path
    ) -> PassKeys | None:
        """The keys of a model that reads the texts of the digest `texts`."""
        spec, facts = one.spec, one.facts
        model, tokenizer = model_identity(facts), None
        if spec.tokenizer is not None:
            tokenizer = model_identity(catalog.locate(ModelSpec(spec.tokenizer), base))
        if model is None or (tokenizer is None) != (spec.tokenizer is None):
            return None
        numbers = f"torch.{catalog.compute_dtype(dtype, device, facts)}"
        parts = pass_parts(spec, model, tokenizer, numbers, texts)
        # with random weights it reads what the trained model has generated
        generation = Key.of(parts, {"generated": True})
        if one.random_seed is not None:
            parts["weights"] = f"random, seed {one.random_seed}"
        return cls(parts, generation)

    def behind(self, continuations: str) -> PassKeys:
        """The keys where the texts are read with the continuations of that digest behind them."""
        return PassKeys({**self._reading, "continuations": continuations}, self.generation)

    @property
    def record(self) -> Key:
        """The key of what the pass tells beside its features."""
        return Key.of(self._reading, {})

    def cell(self, cell: PoolerSpec) -> Key:
        """The key of the pooled features of a cell; poolers that come to the same share it."""
        tokens = dataclasses.asdict(TokenStage.of(cell))
        method = (cell.layer_method or "extend") if cell.reduces_layers else None
        pooled = {"site": cell.site, "tokens": tokens, "layer": cell.layer, "layer_method": method}
        return Key.of(self._reading, pooled)
