"""Linear models with an L1 penalty, many at once, and the choice of their strength."""
