"""Which models there are, and what their files say of them, without torch or transformers."""

from probing.catalog.lookup import facts, label, local_models, locate
from probing.catalog.types import Location, ModelFacts

__all__ = ["Location", "ModelFacts", "facts", "label", "local_models", "locate"]
