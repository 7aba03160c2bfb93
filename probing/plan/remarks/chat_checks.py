"""Conversations that a model cannot read, or that no dataset holds: told before any work."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from probing import catalog
from probing.errors import SpecError
from probing.plan.types import NamedDataset, NamedModel
from probing.spec import CHAT, Spec
from probing.token_choice import needs_chat


def check_chats(
    spec: Spec, data: Sequence[NamedDataset], models: Sequence[NamedModel], base: Path
) -> None:
    """Raise for a chat and a tokenizer without a template, or poolers that need a chat.

    `ModelError` for the tokenizer, as far as its files are here; `SpecError` for the poolers.
    """
    plain = [one for one in data if one.spec.template != CHAT]
    if len(plain) < len(data):
        for model in models:
            catalog.check_chat_template(model.spec, model.facts, base)
    asking = [term for pooler in spec.poolers if (term := needs_chat(pooler.tokens or ()))]
    if plain and asking:
        what = f"tokens = {asking[0]!r} needs a conversation, but {plain[0].name} has plain texts"
        raise SpecError(what, where="poolers", hint='set template = "chat" for the dataset')
