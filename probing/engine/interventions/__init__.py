"""Change what a model computes, and see what follows: steer, erase, patch."""

from probing.engine.interventions.edits import Add, Affine, Edit, Replace, edited
from probing.engine.interventions.steered import steered

__all__ = ["Add", "Affine", "Edit", "Replace", "edited", "steered"]
