"""Models that travel inside installed Python packages, found without importing them."""

from __future__ import annotations

import importlib.metadata
import importlib.util
from collections.abc import Iterator
from pathlib import Path

from probing.catalog.weights import has_weights
from probing.errors import ModelError, nearest

PREFIX = "package:"


def package_folder(name: str) -> Path:
    """The model folder inside the package that `package:NAME` names.

    Raises `ModelError` where the package is missing or carries no model.
    """
    package = name.removeprefix(PREFIX)
    try:
        spec = importlib.util.find_spec(package) if package.isidentifier() else None
    except (ImportError, ValueError):
        spec = None
    if spec is None or not spec.submodule_search_locations:
        known = [found for found, _ in carriers()]
        hint = nearest(name, known) if known else f"pip install {package.replace('_', '-')}"
        raise ModelError(f"no package {package!r} is installed", where=name, hint=hint)
    for root in spec.submodule_search_locations:
        for config in sorted(Path(root).rglob("config.json"), key=lambda path: len(path.parts)):
            if has_weights(config.parent):
                return config.parent
    what = f"the package {package!r} carries no model"
    raise ModelError(what, where=name, hint="it holds no folder with config.json and weights")


def carriers() -> Iterator[tuple[str, Path]]:
    """Every installed package that carries a model: `package:NAME` and the model's folder."""
    seen: set[str] = set()
    for distribution in importlib.metadata.distributions():
        # the raw text: parsing every file list would take a second
        record = distribution.read_text("RECORD") or ""
        if "model.safetensors," not in record or "config.json," not in record:
            continue
        for line in record.splitlines():
            path = Path(line.split(",", 1)[0])
            folder = Path(str(distribution.locate_file(path.parent)))
            if path.name != "model.safetensors" or not (folder / "config.json").is_file():
                continue
            if path.parts[0] not in seen:
                seen.add(path.parts[0])
                yield f"{PREFIX}{path.parts[0]}", folder
