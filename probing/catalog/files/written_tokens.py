"""Into how many tokens a model cuts a word, as its tokenizer's file tells without torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from probing.catalog.files.foreign_files import is_regular, read_json
from probing.catalog.files.tokenizer_files import tokenizer_place
from probing.catalog.types import ModelFacts
from probing.errors import ModelError
from probing.spec import ModelSpec


def written_tokens(
    spec: ModelSpec, facts: ModelFacts, base: Path, texts: Sequence[str]
) -> list[tuple[str, ...]] | None:
    """The tokens of each text without special ones; None where no file here tells for sure."""
    place = tokenizer_place(spec, facts, base)
    if place is None or place.folder is None:
        return None
    tokenizer = _loaded(place.folder)
    if tokenizer is None:
        return None
    return [tuple(tokenizer.encode(text, add_special_tokens=False).tokens) for text in texts]


def _loaded(folder: Path) -> Any:
    """The tokenizer of `tokenizer.json`, if its settings do not change how it cuts a text."""
    from tokenizers import Tokenizer  # 30 ms, only who names words to a model pays

    file, settings = folder / "tokenizer.json", folder / "tokenizer_config.json"
    if not is_regular(file):
        return None
    try:
        known = read_json(settings, str(folder)) if settings.exists() else {}
        if not isinstance(known, dict) or known.get("add_prefix_space"):
            return None
        return Tokenizer.from_file(str(file))
    except ModelError:
        return None
    except Exception:  # whatever a damaged file makes the library raise; it is told as it loads
        return None
