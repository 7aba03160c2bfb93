"""Curves along another axis than the layers: texts, sizes, training steps, epochs."""
