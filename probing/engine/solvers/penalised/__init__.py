"""Linear models with an L2 penalty, many at once, and the choice of their strength."""
