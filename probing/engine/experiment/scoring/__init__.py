"""From fits to scores: of folds, of cells, of series, and what is kept of them."""
