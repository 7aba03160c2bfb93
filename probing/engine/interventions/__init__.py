"""Change what a model computes, and see what follows: steer, erase, patch."""

from probing.engine.interventions.edits import Add, Affine, Edit, Replace, edited

__all__ = ["Add", "Affine", "Edit", "Replace", "edited"]
