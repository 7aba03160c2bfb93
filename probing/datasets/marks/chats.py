"""Texts as conversations: which characters of each are whose turn."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from probing.datasets import templates
from probing.datasets.formats.table import Table, Turn
from probing.datasets.templates import BETWEEN
from probing.spec import CHAT, DatasetSpec

COLUMNS = ("messages", "conversation", "conversations", "dialog", "dialogue", "chat", "turns")
_KEYS = (("role", "content"), ("from", "value"))
_ROLES = {"human": "user", "gpt": "assistant", "bot": "assistant", "model": "assistant"}
Turns = tuple[Turn, ...]


@dataclass(frozen=True)
class Chats:
    """The turns of every text, which a model's own template makes a conversation.

    A turn is its role and the characters from one to behind another. `generation_prompt` is
    whether what opens the assistant's turn follows the last one.
    """

    turns: tuple[Turns, ...]
    generation_prompt: bool = False

    def of(self, rows: Sequence[int]) -> Chats:
        """Those of some rows."""
        return replace(self, turns=tuple(self.turns[row] for row in rows))

    def encoded(self) -> bytes:
        """What tells them from others, for digests."""
        return json.dumps([self.generation_prompt, self.turns]).encode()


def chats_of(spec: DatasetSpec, table: Table, text: str) -> Chats | None:
    """The turns of every row of `table`, by the parts of the template; None for plain texts."""
    if spec.template != CHAT:
        return None
    prompt = bool(spec.generation_prompt)
    if table.turns is not None:
        return Chats(tuple(table.turns), prompt)
    parts = templates.chat_parts(spec)
    rendered = [(role, templates.render(part, table, text)) for role, part in parts]
    return Chats(
        tuple(_turns([(r, v[at]) for r, v in rendered]) for at in range(len(table))), prompt
    )


def is_messages(table: Table, spec: DatasetSpec) -> bool:
    """Whether rows are lists of messages."""
    return spec.template == CHAT and _column(table, spec) is not None


def with_messages(table: Table, spec: DatasetSpec) -> Table:
    """The table with the messages of each row as its text, and the turns that they are.

    Raises `DatasetError` that names the row whose messages are none.
    """
    name = _column(table, spec)
    assert name is not None
    turns, texts = [], []
    for at, messages in enumerate(table.columns[name]):
        read = _messages(table, at, messages)
        if spec.system and read[0][0] != "system":
            read = [("system", spec.system), *read]
        turns.append(_turns(read))
        texts.append(BETWEEN.join(content for _, content in read))
    others = {key: values for key, values in table.columns.items() if key != name}
    return replace(table, columns={**others, spec.text or templates.TEXT: texts}, turns=turns)


def messages_column(table: Table) -> str | None:
    """The column of messages by its usual names."""
    return next((name for name in table.columns if name.lower() in COLUMNS), None)


def _column(table: Table, spec: DatasetSpec) -> str | None:
    name = spec.text or messages_column(table)
    if name is None or name not in table.columns:
        return None
    first = next((one for one in table.columns[name] if one is not None), None)
    return name if isinstance(first, list) else None


def _messages(table: Table, at: int, messages: Any) -> list[tuple[str, str]]:
    hint = 'write messages as [{"role": "user", "content": "…"}, …]'
    if not isinstance(messages, list) or not messages:
        raise table.error(at, "its messages are no list", hint)
    read = []
    for number, one in enumerate(messages, 1):
        found = [pair for pair in _KEYS if isinstance(one, Mapping) and pair[0] in one]
        role, content = (one.get(key) for key in found[0]) if found else (None, None)
        if not isinstance(role, str) or not isinstance(content, str):
            raise table.error(at, f"message {number} has no role and content of text", hint)
        read.append((_ROLES.get(role.lower(), role.lower()), content))
    return read


def _turns(messages: Sequence[tuple[str, str]]) -> Turns:
    turns, at = [], 0
    for role, content in messages:
        turns.append((role, at, at + len(content)))
        at += len(content) + len(BETWEEN)
    return tuple(turns)
