"""What makes outputs of features: fitted classifiers, made again from what was kept of them."""

from probing.engine.classifiers.heads.of_card import head_of
from probing.engine.classifiers.heads.side_by_side import Head, SideBySide

__all__ = ["Head", "SideBySide", "head_of"]
