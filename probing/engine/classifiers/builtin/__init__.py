"""The classifiers that ship, each fitting all layers, labellings and folds of a block."""
