"""Edits of activations: what is put in the place of those that a forward pass computes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import torch

from probing.engine.models import BlockReader, LMModel
from probing.errors import SpecError

Place = tuple[str, int]


class Edit(Protocol):
    """What an activation `[batch, seq, width]` becomes."""

    def __call__(self, activation: torch.Tensor) -> torch.Tensor:
        """The activation after the edit, of the same shape."""
        ...


@dataclass(frozen=True)
class Add:
    """Add `vectors` to every token: `[width]`, or `[batch, width]` with one for each text."""

    vectors: torch.Tensor

    def __call__(self, activation: torch.Tensor) -> torch.Tensor:
        """`activation + vectors`, the same at every position."""
        added = self.vectors if self.vectors.ndim == 1 else self.vectors[:, None]
        return activation + added.to(activation)


@dataclass(frozen=True)
class Affine:
    """Take `(x - centre) @ left @ right` from every token `x`, in float32.

    `left` is `[width, rank]`, `right` `[rank, width]`, `centre` `[width]`: LEACE and the
    projections are of this form, which never makes a matrix as wide as it is high.
    """

    left: torch.Tensor
    right: torch.Tensor
    centre: torch.Tensor

    def __call__(self, activation: torch.Tensor) -> torch.Tensor:
        """The activation less what lies in the subspace."""
        place = activation.device
        x = activation.float() - self.centre.to(place)
        taken = x @ self.left.to(place) @ self.right.to(place)
        return (activation.float() - taken).to(activation.dtype)


@dataclass(frozen=True)
class Replace:
    """Put `values` `[batch, seq, width]` in the place of tokens where `there` `[batch, seq]`.

    With a unit `direction`, `[width]` or `[batch, width]`, only the part of each token along it is
    replaced.
    """

    values: torch.Tensor
    there: torch.Tensor
    direction: torch.Tensor | None = None

    def __call__(self, activation: torch.Tensor) -> torch.Tensor:
        """The activation with other values at some of its tokens."""
        values = self.values.to(activation)
        if self.direction is not None:
            axis = self.direction.to(activation)
            axis = axis if axis.ndim == 1 else axis[:, None]
            along = ((values - activation) * axis).sum(-1, keepdim=True)
            values = activation + along * axis
        return torch.where(self.there.to(activation.device)[..., None], values, activation)


def edited(model: LMModel, edits: Mapping[Place, Edit]) -> BlockReader:
    """A context in which every pass of `model`, with or without its head, has these edits.

    They are keyed by (site, layer), as extraction counts them: an edit of layer k is seen by all
    that follows it, and by whatever reads layer k. Raises `SpecError` for a place that the model
    lacks, or where its blocks were not found.
    """
    if not model.hidden.blocks:
        what = f"cannot edit activations of {model.name}: its blocks were not found"
        raise SpecError(what, where="site", hint='name them: { model = "...", blocks = "h.{}" }')
    for site, layer in edits:
        check_place(model, site, layer)
    by_step = {(site, model.step(site, layer)): edit for (site, layer), edit in edits.items()}

    def edit_at(site: str, step: int, activation: torch.Tensor) -> torch.Tensor | None:
        edit = by_step.get((site, step))
        return None if edit is None else edit(activation)

    return model.reader(edit_at, sorted({site for site, _ in edits}), None, edits=True)


def check_place(model: LMModel, site: str, layer: int) -> None:
    """Raises `SpecError` for a layer that the site lacks."""
    first = 0 if site == "resid" else 1
    if first <= layer <= model.n_layers:
        return
    what = f"layer {layer} is not a layer of {model.name} at {site!r}"
    raise SpecError(what, where="layer", hint=f"use {first} to {model.n_layers}")
