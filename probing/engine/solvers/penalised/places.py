"""What problems are like at given weights, whatever the strength of their penalty."""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch
from torch import Tensor

from probing.engine.solvers.penalised.linear_models import Problems
from probing.engine.solvers.penalised.loss_changes import Slopes
from probing.engine.solvers.rows.design import Design

PAST = 6  # steps that are remembered


@dataclass(frozen=True)
class Place:
    """Where b problems stand: the products with all rows, which another strength takes over.

    `logits` are `[b, k, n]`, `slope` `[b, k, r + 1]` is that of the mean loss, `form`
    `[b, k, r + 1]` the penalty form applied to the weights, `bend` `[b, k, 1]` the mean second
    derivative by each logit, and `size` `[b]` what the mean loss is of the order of. `past`
    `[b, m, 3, k, r + 1]` are the last steps that led there, what each changed of that slope, and
    the form applied to it.
    """

    logits: Tensor
    slope: Tensor
    form: Tensor
    bend: Tensor
    size: Tensor
    past: Tensor

    @classmethod
    def of(cls, design: Design, loss: Slopes, problems: Problems, W: Tensor) -> Place:
        """The place of weights `W` `[b, k, r + 1]`, from new products."""
        logits = design.logits(W)
        response = loss.response(logits, problems.targets)
        weighted = loss.weighted(response, problems.targets, problems.weights)
        slope = design.pull(weighted)
        form = torch.zeros_like(W)
        form[..., :-1] = design.penalty.times(W[..., :-1], problems.subset)
        return cls(
            logits=logits,
            slope=slope,
            form=form,
            bend=mean_bend(loss, problems, response, weighted, slope),
            size=loss.size(weighted, problems.weights),
            past=W.new_zeros(len(W), PAST, 3, *W.shape[1:]),
        )

    @classmethod
    def of_change(cls, W: Tensor, logits: Tensor, bend: Tensor, past: Tensor) -> Place:
        """Where problems about a point stand before a step `W` of zeros: at nothing."""
        zero, size = torch.zeros_like(W), W.new_zeros(len(W))
        return cls(torch.zeros_like(logits), zero, zero.clone(), bend, size, past)

    def rows(self, rows: Tensor) -> Place:
        """The place of some of the problems."""
        return Place(*(getattr(self, field.name)[rows] for field in fields(self)))

    def put(self, rows: Tensor, other: Place) -> None:
        """Take over where some of the problems now stand."""
        for field in fields(self):
            getattr(self, field.name)[rows] = getattr(other, field.name)


def mean_bend(
    loss: Slopes, problems: Problems, response: Tensor, weighted: Tensor, slope: Tensor
) -> Tensor:
    """The weighted mean of the second derivative by each logit, `[b, k, 1]`.

    `weighted` `[b, k, n]` are the residuals times the weights of rows, `slope` their pull.
    """
    given = response, weighted, slope[..., -1], problems.targets, problems.weights
    return loss.mean_bend(*given).unsqueeze(2)
