"""Choose among candidates inside the training folds: layers, poolers and classifiers."""
