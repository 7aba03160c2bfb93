"""Controls that need no features: the majority class."""

from probing.engine.controls.majority import majority_fits

__all__ = ["majority_fits"]
