"""Cache keys: names of entries, made from everything that their activations depend on."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from probing.spec import ModelSpec

FORMAT = 3  # to be raised when our own reading or pooling gives other numbers


@dataclass(frozen=True)
class Key:
    """The name of an entry, and the readable parts it is made from."""

    name: str
    parts: Mapping[str, Any] = field(compare=False)

    @classmethod
    def of(cls, reading: Mapping[str, Any], pooled: Mapping[str, Any]) -> Key:
        """The entry of `pooled` (site, tokens, layers; empty: the pass itself) in a pass."""
        return cls(f"{_digest(reading)}-{_digest(pooled)}", {**reading, **pooled})


def pass_parts(
    spec: ModelSpec,
    model: Mapping[str, Any],
    tokenizer: Mapping[str, Any] | None,
    dtype: str,
    texts: str,
) -> dict[str, Any]:
    """What all activations of a pass depend on, whatever is pooled.

    `model` and `tokenizer` are identities; the tokenizer's is None where it is the model's own.
    `texts` is their digest.
    Of the libraries only transformers' minor version counts: its model code and tokenizers
    change numbers. Another torch, device or batch changes last bits, as rounding does.
    """
    options = dataclasses.asdict(spec)
    # where the weights lie changes no number, compiling them last bits; how they are packed does
    for key in ("model", "tokenizer", "device_map", "compile", "gpus"):
        del options[key]
    if not spec.quantize:
        del options["quantize"]
    return {
        "format": FORMAT,
        "transformers": ".".join(installed("transformers").split(".")[:2]),
        "model": dict(model),
        "tokenizer": tokenizer,
        "dtype": dtype,
        **options,
        "texts": texts,
    }


@cache  # to read it parses the package's whole description: 5 ms, for each key of a cache
def installed(package: str) -> str:
    """The version of a package, "unknown" where it is not installed as one."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"


def _digest(parts: Mapping[str, Any]) -> str:
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
