"""Where every point of a line overshoots, the search stays where it began."""

from __future__ import annotations

import pytest
import torch

from probing.engine.solvers.penalised.line_search import Line, search
from probing.engine.solvers.penalised.losses import Bernoulli


@pytest.mark.parametrize("size", [1.0, 1e9])
def test_a_point_is_no_worse_than_where_the_line_begins(size: float) -> None:
    draw = torch.manual_seed(0)
    n, l2 = 50, 1e-3
    Z = torch.randn(n, dtype=torch.float64, generator=draw)
    targets = (Z > 0.3).to(torch.float64)[None]
    weights = torch.full((1, n), 1 / n, dtype=torch.float64)
    loss = Bernoulli()

    def objective(w: float) -> float:
        logits = (w * Z).view(1, 1, n)
        return float((loss.value(logits, targets) * weights).sum()) + l2 / 2 * w**2

    nothing = torch.zeros(1, 1, n, dtype=torch.float64)
    residual = loss.residual(loss.response(nothing, targets), targets)
    slope = (residual[0, 0] * Z * weights[0]).sum() * size
    sign = -float(slope.sign())
    point = search(
        Line(
            loss=loss,
            logits=nothing,
            movement=(sign * size * Z).view(1, 1, n),
            targets=targets,
            weights=weights,
            linear=torch.zeros(1, dtype=torch.float64),
            quadratic=torch.tensor([l2 * size**2], dtype=torch.float64),
            slope=sign * slope[None],
        )
    )
    t = float(point.t)
    assert objective(sign * t * size) <= objective(0)
    assert t > 0 or size > 1
    torch.testing.assert_close(point.logits, (sign * t * size * Z).view(1, 1, n))
