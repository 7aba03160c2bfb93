"""Classifiers whose scores follow from a few arrays of their training rows, as they are saved."""

from probing.engine.classifiers.heads.closed_forms.kinds import closed_form, closed_head
from probing.engine.classifiers.heads.closed_forms.trained_rows import TrainedRows

__all__ = ["TrainedRows", "closed_form", "closed_head"]
