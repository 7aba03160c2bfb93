"""Batched solvers: pure mathematics on tensors, many problems over one design matrix at once."""
