"""Which models there are, and what their files say of them, without torch or transformers."""

from probing.catalog.lookup import facts, label, local_models, locate
from probing.catalog.precision import compute_dtype, dtype_bytes
from probing.catalog.types import Location, ModelFacts

__all__ = [
    "Location",
    "ModelFacts",
    "compute_dtype",
    "dtype_bytes",
    "facts",
    "label",
    "local_models",
    "locate",
]
