"""Whether a tokenizer has a chat template, by its files."""

from __future__ import annotations

from pathlib import Path

from probing.catalog.files.foreign_files import is_regular, read_json
from probing.catalog.files.tokenizer_files import tokenizer_place
from probing.catalog.types import ModelFacts
from probing.errors import ModelError
from probing.spec import ModelSpec

_FILES = ("chat_template.jinja", "chat_template.json", "additional_chat_templates/*.jinja")


def check_chat_template(spec: ModelSpec, facts: ModelFacts, base: Path) -> None:
    """Raises `ModelError` where the tokenizer of `spec` is here and has no chat template."""
    place = tokenizer_place(spec, facts, base)
    if place is None or place.folder is None:
        return
    config = place.folder / "tokenizer_config.json"
    said = read_json(config, place.name) if is_regular(config) else {}
    has_own = isinstance(said, dict) and bool(said.get("chat_template"))
    if has_own or any(is_regular(path) for one in _FILES for path in place.folder.glob(one)):
        return
    hint = (
        'template = "chat" needs one: name a model that was trained on chats, or its tokenizer '
        'with { model = "...", tokenizer = "..." }'
    )
    raise ModelError("its tokenizer has no chat template", where=place.name, hint=hint)
