"""What problems are like at given weights, whatever the strength of their penalty."""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch
from torch import Tensor

from probing.engine.solvers.penalised.linear_models import Problems
from probing.engine.solvers.penalised.loss_changes import Slopes
from probing.engine.solvers.rows.design import Design


@dataclass(frozen=True)
class Place:
    """Where b problems stand: the products with all rows, which another strength takes over.

    `logits` are `[b, k, n]`, `slope` `[b, k, r + 1]` is that of the mean loss, `form`
    `[b, k, r + 1]` the penalty form applied to the weights, `bend` `[b, k, 1]` the mean second
    derivative by each logit, and `size` `[b]` what the mean loss is of the order of.
    """

    logits: Tensor
    slope: Tensor
    form: Tensor
    bend: Tensor
    size: Tensor

    @classmethod
    def of(cls, design: Design, loss: Slopes, problems: Problems, W: Tensor) -> Place:
        """The place of weights `W` `[b, k, r + 1]`, from new products."""
        logits = design.logits(W)
        response = loss.response(logits, problems.targets)
        residual = loss.residual(response, problems.targets) * problems.weights.unsqueeze(1)
        form = torch.zeros_like(W)
        form[..., :-1] = design.penalty.times(W[..., :-1], problems.subset)
        return cls(
            logits=logits,
            slope=design.pull(residual),
            form=form,
            bend=mean_bend(loss, problems, response),
            size=loss.size(residual, problems.weights),
        )

    def rows(self, rows: Tensor) -> Place:
        """The place of some of the problems."""
        return Place(*(getattr(self, field.name)[rows] for field in fields(self)))

    def put(self, rows: Tensor, other: Place) -> None:
        """Take over where some of the problems now stand."""
        for field in fields(self):
            getattr(self, field.name)[rows] = getattr(other, field.name)


def mean_bend(loss: Slopes, problems: Problems, response: Tensor) -> Tensor:
    """The weighted mean of the second derivative by each logit, `[b, k, 1]`."""
    bends = loss.diagonal(response, problems.targets)
    mean: Tensor = torch.linalg.vecdot(bends, problems.weights.unsqueeze(1)).unsqueeze(2)
    return mean
