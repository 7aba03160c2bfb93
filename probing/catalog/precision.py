"""The numeric type that a model computes in, by its torch name."""

from __future__ import annotations

from probing.catalog.types import ModelFacts

_BYTES = {"float64": 8, "float32": 4, "float16": 2, "bfloat16": 2}
_OTHER_NAMES = {"double": "float64", "float": "float32", "half": "float16"}


def compute_dtype(wanted: str, device: str, facts: ModelFacts) -> str:
    """The type to compute in: `auto` is the checkpoint's own on a GPU, float32 on a CPU.

    `device` is a torch device, or its kind. A checkpoint may name a type that cannot be computed
    in; loading it says so.
    """
    if wanted == "auto":
        wanted = "float32" if device.partition(":")[0] == "cpu" else facts.dtype
    return _OTHER_NAMES.get(wanted, wanted)


def dtype_bytes(name: str) -> int:
    """Bytes of a number of that type."""
    return _BYTES.get(name, 4)
