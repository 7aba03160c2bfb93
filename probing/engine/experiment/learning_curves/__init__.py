"""Learning curves: the scores of a cell by the number of its training texts."""
