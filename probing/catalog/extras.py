"""Check the optional libraries that `device_map`, `quantize` and GGUF files need."""

from __future__ import annotations

from importlib.util import find_spec

from probing.catalog.types import ModelFacts
from probing.errors import ModelError, SpecError
from probing.spec import ModelSpec

EXTRA = 'pip install "probe-tui[big]"'
GGUF_EXTRA = 'pip install "probe-tui[gguf]"'


def check_extras(spec: ModelSpec) -> None:
    """Raises `SpecError` where `device_map` or `quantize` asks for a library that is not there."""
    needs = {
        "accelerate": "device_map" if spec.device_map else "quantize" if spec.quantize else None,
        "bitsandbytes": "quantize" if spec.quantize else None,
    }
    for library, key in needs.items():
        if key and find_spec(library) is None:
            what = f"{key} = {getattr(spec, key)!r} for {spec.model} needs {library}"
            raise SpecError(what, where="models", hint=EXTRA)


def check_gguf(facts: ModelFacts) -> None:
    """Raises `ModelError` where the library that reads GGUF files is missing."""
    if facts.gguf and find_spec("gguf") is None:
        raise ModelError("is a GGUF file, which needs gguf", where=facts.name, hint=GGUF_EXTRA)
