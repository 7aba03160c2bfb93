"""Poolers: turn the hidden states of a text into one feature vector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from probing.engine.pooling.reduction import reduced
from probing.engine.pooling.text_tokens import TextTokens
from probing.engine.pooling.token_pooling import TokenPool
from probing.errors import CellError, SpecError
from probing.layer_choice import cells_of
from probing.spec import PoolerSpec


class Pooler:
    """Turns a Hugging Face output into features: tokens first, then layers.

    `spec` says which; `token_pool` is the first stage, `reduce_layers` the second.
    """

    def __init__(self, spec: PoolerSpec) -> None:
        self.spec = spec
        self.token_pool = TokenPool.of(spec)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.spec!r})"

    def __call__(self, output: Any) -> torch.Tensor:
        """The features of a Hugging Face output with `hidden_states` and `attention_mask`.

        float32 `[batch, features]`; `[batch, n_samples, features]` where a method is `concat`;
        with `layer = "each"` a leading axis of layers. Without `special_tokens_mask` no token
        counts as special. Raises `SpecError` for a layer that is not there or a site other than
        `resid`, which an output does not hold, and `CellError` for a text without tokens or layers
        that differ in width.
        """
        if self.spec.tokens or self.spec.quantile_method == "each":
            key = "tokens" if self.spec.tokens else "quantile_method"
            what = f"{key} = {getattr(self.spec, key)!r} is for runs and probing.extract"
            raise SpecError(what, where=key, hint="name one position, and all tokens")
        if self.spec.site != "resid":
            what = f"site = {self.spec.site!r} is not part of a Hugging Face output"
            raise SpecError(what, where="site", hint="use probing.extract to read it")
        states, mask = output["hidden_states"], output["attention_mask"]
        specials = output.get("special_tokens_mask")
        cells = cells_of(self.spec, len(states) - 1)
        _check_widths({layer: states[layer].shape[-1] for layers in cells for layer in layers})
        pooled = torch.stack([
            self.reduce_layers(
                [self.reduce_tokens(states[layer], mask, specials) for layer in layers]
            )
            for layers in cells
        ])  # fmt: skip
        if pooled.shape[2] == 1:
            pooled = pooled[:, :, 0]
        return pooled if self.spec.layer == "each" else pooled[0]

    def reduce_tokens(
        self, hidden: torch.Tensor, mask: torch.Tensor, specials: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Pool the tokens of one layer, `[batch, seq, width]`, to `[batch, n_samples, features]`.

        `mask` and `specials` are `[batch, seq]`; padding may be on either side.
        """
        if not mask.bool().any(1).all():
            row = int((~mask.bool().any(1)).nonzero()[0])
            raise CellError(f"text {row} of the batch has no tokens", where="attention_mask")
        none = torch.zeros_like(mask) if specials is None else specials
        return self.token_pool(hidden, self.token_pool.select(TextTokens.padded(mask, none)))

    def reduce_layers(self, layers: Sequence[torch.Tensor]) -> torch.Tensor:
        """Reduce the pooled layers of one cell, each `[batch, n_samples, features]`."""
        return reduced(torch.stack(list(layers)), self.spec.layer_method or "extend")


class PoolToken(Pooler):
    """The token at a quantile of the text, of one or several layers.

    `quantile` is 0 for a text's first token, 1 or -1 for its last, or a list; `layer` is an
    index, a list, -1 (the second to last), "all" (all but the first and the last) or "each";
    a list without a method is `extend`. Raises `SpecError` for a value out of range.
    """

    def __init__(
        self,
        layer: Any = -1,
        quantile: Any = -1,
        layer_method: str | None = None,
        quantile_method: str | None = None,
        *,
        specials: str = "keep",
        skip_first: int = 0,
        site: Any = "resid",
        tokens: Any = None,
        position: Any = None,
    ) -> None:
        super().__init__(
            PoolerSpec(
                pool="token",
                quantile=quantile,
                layer=layer,
                layer_method=layer_method,
                quantile_method=quantile_method,
                site=site,
                specials=specials,
                skip_first=skip_first,
                tokens=tokens,
                position=position,
            )
        )


class _PoolNamed(Pooler):
    pool: str

    def __init__(
        self,
        layer: Any = -1,
        layer_method: str | None = None,
        *,
        specials: str = "keep",
        skip_first: int = 0,
        site: Any = "resid",
        tokens: Any = None,
    ) -> None:
        super().__init__(
            PoolerSpec(
                pool=self.pool,
                layer=layer,
                layer_method=layer_method,
                site=site,
                specials=specials,
                skip_first=skip_first,
                tokens=tokens,
            )
        )


class PoolMean(_PoolNamed):
    """The mean over a text's tokens."""

    pool = "mean"


class PoolMax(_PoolNamed):
    """The largest value of each feature over a text's tokens."""

    pool = "max"


class PoolMin(_PoolNamed):
    """The smallest value of each feature over a text's tokens."""

    pool = "min"


class PoolFirst(_PoolNamed):
    """A text's first token, such as BERT's [CLS]."""

    pool = "first"


class PoolLast(_PoolNamed):
    """A text's last token."""

    pool = "last"


def _check_widths(widths: Mapping[int, int]) -> None:
    """Raises `CellError` for layers that do not make one tensor."""
    first = next(iter(widths))
    other = next((layer for layer in widths if widths[layer] != widths[first]), None)
    if other is not None:
        what = f"layer {other} has {widths[other]} dimensions and layer {first} has {widths[first]}"
        raise CellError(what, where="layer", hint="pool layers of one width")
