"""Cholesky factors by blocks."""

from __future__ import annotations

import pytest
import torch

from probing.engine.solvers.rows.cholesky import cholesky, solve_with


def positive(d: int, seed: int = 0) -> torch.Tensor:
    X = torch.randn(d + 5, d, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    return X.T @ X / d


@pytest.mark.parametrize("d", [1, 96, 287, 288, 300, 384, 500])
def test_factors_and_solutions_are_those_of_lapack(d: int) -> None:
    matrices = torch.stack([positive(d), positive(d, 1)])
    right = torch.randn(2, d, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    expected = torch.linalg.cholesky(matrices)
    above = torch.ones(d, d, dtype=torch.bool).triu(1)
    factors, failed = cholesky(matrices.masked_fill(above, 7.0))  # which is not read
    assert failed.tolist() == [False, False]
    torch.testing.assert_close(factors.tril(), expected, rtol=1e-9, atol=1e-11)
    found = matrices @ solve_with(factors, right)
    torch.testing.assert_close(found, right, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("d", [50, 400])
@pytest.mark.parametrize("at", [0, 45, -1])
def test_a_matrix_that_is_not_positive_fails_alone(d: int, at: int) -> None:
    matrices = torch.stack([positive(d), positive(d, 1)])
    matrices[0, at, at] = -1
    factors, failed = cholesky(matrices.clone())
    assert failed.tolist() == [True, False]
    torch.testing.assert_close(factors[1].tril(), torch.linalg.cholesky(matrices[1]))
