"""The classifiers that ship; each fits all layers, labellings and folds of a block."""
