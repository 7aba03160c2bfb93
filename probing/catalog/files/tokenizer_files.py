"""Check that a tokenizer's files are present and complete before anything is loaded."""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from probing.catalog.config_keys import text_value
from probing.catalog.files.foreign_files import MIB, check_regular, is_regular, read_json
from probing.catalog.places import base_place, locate
from probing.catalog.types import Location, ModelFacts
from probing.errors import ModelError
from probing.spec import ModelSpec

NAME_ONE = 'name one: { model = "...", tokenizer = "..." }'
_VOCABULARIES = ("vocab*", "*.tokenizer", "merges.txt", "*.bpe", "*.codes", "dict.txt")
_SENTENCEPIECE = ("*.model", "*.spm")
_TIKTOKEN = ("*.tiktoken", "tekken.json")
_OF_BYTES = ("ByT5Tokenizer", "CanineTokenizer", "PerceiverTokenizer")
_FAMILIES_OF_BYTES = ("byt5", "canine", "perceiver", "blt")


def check_tokenizer(spec: ModelSpec, facts: ModelFacts, base: Path) -> None:
    """Raises `ModelError` where the tokenizer of `spec` is missing, damaged or needs a library.

    What is still to be fetched from the hub is not checked.
    """
    place = tokenizer_place(spec, facts, base)
    if place is not None and place.folder is not None:
        check_regular(place.folder, place.name)
        _check_folder(place.folder, place, facts)


def tokenizer_place(spec: ModelSpec, facts: ModelFacts, base: Path) -> Location | None:
    """Where the files of the tokenizer of `spec` lie; None where they are not here as such."""
    if spec.tokenizer is not None:
        place = locate(ModelSpec(spec.tokenizer), base)
    elif facts.source == "hub":
        return None
    else:
        place = locate(spec, base)
        under = base_place(place, base)
        if under is not None and not _has_any(place.folder or Path(), ("tokenizer*",)):
            place = under
    return None if place.folder is None or place.gguf is not None else place


def _check_folder(folder: Path, place: Location, facts: ModelFacts) -> None:
    file = folder / "tokenizer.json"
    if file.exists():
        stat = file.stat()
        _check_json(file, place.name, (stat.st_size, stat.st_mtime_ns))
    elif _has_any(folder, _VOCABULARIES):
        return
    elif _has_any(folder, _SENTENCEPIECE):
        _check_library("sentencepiece", place)
    elif _has_any(folder, _TIKTOKEN):
        _check_library("tiktoken", place)
    elif not _reads_bytes(folder, place, facts):
        raise ModelError("has no tokenizer", where=place.name, hint=NAME_ONE)


@lru_cache(maxsize=64)
def _check_json(file: Path, name: str, _stamp: tuple[int, int]) -> None:
    content = read_json(file, name, 128 * MIB)
    if not isinstance(content, dict) or not isinstance(content.get("model"), dict):
        what = "tokenizer.json does not describe a tokenizer"
        raise ModelError(what, where=name, hint="download the whole file again")


def _check_library(library: str, place: Location) -> None:
    if find_spec(library) is None:
        hint = f"pip install {library}"
        raise ModelError(f"its tokenizer needs {library}", where=place.name, hint=hint)


def _reads_bytes(folder: Path, place: Location, facts: ModelFacts) -> bool:
    """Whether the tokenizer has no files since it reads bytes, or is code of the model."""
    if facts.model_type in _FAMILIES_OF_BYTES:
        return True
    file = folder / "tokenizer_config.json"
    config = read_json(file, place.name) if file.exists() else {}
    if not isinstance(config, dict):
        return False
    return "auto_map" in config or text_value(config, "tokenizer_class") in _OF_BYTES


def _has_any(folder: Path, patterns: tuple[str, ...]) -> bool:
    return any(is_regular(path) for pattern in patterns for path in folder.glob(pattern))
