"""What a model takes: on disk, in memory, and in the cache of activations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from probing import catalog
from probing.catalog import ModelFacts
from probing.hardware import Processor, expected_device
from tui.texts.sizes import size

DTYPES = ("float32", "bfloat16")
QUANTIZED = ("8bit", "4bit")
N_TEXTS = 1000
FLOAT_BYTES = 4  # pooled features are kept in float32


@dataclass(frozen=True)
class Needs:
    """Bytes on disk, of the weights as they are loaded, and of what a pooler keeps of texts."""

    on_disk: int | None
    weights: tuple[tuple[str, int], ...]
    pooled: int
    device: Processor


def needs_of(facts: ModelFacts) -> Needs:
    """What the files and the configuration of a model say; reads the sizes of its files."""
    weights = [(dtype, catalog.weight_bytes(facts, dtype, None)) for dtype in DTYPES]
    weights += [(kind, catalog.weight_bytes(facts, "float16", kind)) for kind in QUANTIZED]
    pooled = (
        N_TEXTS
        * FLOAT_BYTES
        * sum(facts.width("resid", layer) for layer in range(facts.n_layers + 1))
    )
    return Needs(_on_disk(facts), tuple(weights), pooled, expected_device("auto"))


def _on_disk(facts: ModelFacts) -> int | None:
    if facts.folder is None:
        return None
    try:
        paths = [path for path in facts.folder.rglob("*") if path.is_file()]
        return sum(path.stat().st_size for path in paths)
    except OSError:
        return None


def needs_lines(needs: Needs) -> Iterator[tuple[str, str]]:
    """The name and the value of each need, with a word on whether it fits what is free."""
    if needs.on_disk is not None:
        yield "on disk", size(needs.on_disk)
    free = needs.device.free
    for kind, n_bytes in needs.weights:
        fits = "" if free is None or n_bytes < free else "  more than is free"
        yield f"as {kind}", f"{size(n_bytes)}{fits}"
    if free is not None:
        name = "memory" if needs.device.name == "cpu" else needs.device.title
        yield "free", f"{size(free)} of {name}"
    yield "cache", f"{size(needs.pooled)} for a pooler on {N_TEXTS:,} texts, every layer of resid"
