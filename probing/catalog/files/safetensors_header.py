"""Read the header of a safetensors file and check that the file is complete."""

from __future__ import annotations

import math
import struct
from pathlib import Path
from typing import Any

from probing.catalog.files.foreign_files import MIB, parsed, read_head
from probing.errors import ModelError

_LARGEST = 100 * MIB  # as the format itself limits it
_MOST_TENSORS = 1_000_000
_MOST_DIMENSIONS = 16
_PER_BYTE = 8  # numbers of one bit
WHOLE_HINT = "download the whole file again"


def tensor_sizes(path: Path, name: str) -> dict[str, int]:
    """The numbers in each tensor of a file of the model `name`.

    Raises `ModelError` where the file is not safetensors, or ends before its last tensor does.
    """
    prefix = read_head(path, name, 8)
    size = struct.unpack("<Q", prefix)[0] if len(prefix) == 8 else 0
    there = path.stat().st_size
    if not 2 <= size <= min(_LARGEST, there - 8):
        what = "is truncated" if 2 <= size <= _LARGEST else "is not a safetensors file"
        raise ModelError(f"{path.name} {what} ({there:,} bytes)", where=name, hint=WHOLE_HINT)
    header = parsed(read_head(path, name, 8 + size)[8:], f"the header of {path.name}", name)
    if not isinstance(header, dict) or len(header) > _MOST_TENSORS:
        raise _odd(path, name)
    tensors = {key: value for key, value in header.items() if key != "__metadata__"}
    sizes = {key: _size(value, path, name) for key, value in tensors.items()}
    last = max((value["data_offsets"][1] for value in tensors.values()), default=0)
    if 8 + size + last > there:
        what = f"{path.name} is truncated: {there:,} of {8 + size + last:,} bytes"
        raise ModelError(what, where=name, hint=WHOLE_HINT)
    return sizes


def _size(tensor: Any, path: Path, name: str) -> int:
    """The numbers in a tensor, which its bytes must be able to hold."""
    shape, ends = _counts(tensor, "shape"), _counts(tensor, "data_offsets")
    if shape is None or ends is None or len(ends) != 2 or len(shape) > _MOST_DIMENSIONS:
        raise _odd(path, name)
    if math.prod(shape) > _PER_BYTE * (ends[1] - ends[0]):
        raise _odd(path, name)
    return math.prod(shape)


def _counts(tensor: Any, key: str) -> list[int] | None:
    """The list of whole numbers under `key`, None where there is none that a file can mean."""
    values = tensor.get(key) if isinstance(tensor, dict) else None
    if not isinstance(values, list):
        return None
    are_whole = (isinstance(one, int) and not isinstance(one, bool) for one in values)
    return values if all(are_whole) and all(0 <= one < 2**63 for one in values) else None


def _odd(path: Path, name: str) -> ModelError:
    what = f"the header of {path.name} does not list tensors"
    return ModelError(what, where=name, hint=WHOLE_HINT)
