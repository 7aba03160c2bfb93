"""Batched solvers: pure mathematics on tensors, many problems on one design matrix at once."""
