"""Design matrices, and the products of their rows that the solvers share."""
