"""What related classifiers share: the loops over layers and folds, grids and posteriors."""
