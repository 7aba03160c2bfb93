"""Rows that are conversations: turns by a template, and columns of messages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from probing.datasets import TextDataset, load
from probing.errors import DatasetError, SpecError
from probing.spec import DatasetSpec


def read(folder: Path, rows: list[dict[str, Any]], **keys: Any) -> TextDataset:
    path = folder / "a.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)) + "\n\n")
    return load(DatasetSpec(str(path), template="chat", **keys), path)


def turns(data: TextDataset) -> list[list[tuple[str, str]]]:
    assert data.chats is not None
    return [
        [(role, text[start:end]) for role, start, end in own]
        for text, own in zip(data.texts, data.chats.turns, strict=True)
    ]


ROWS = [
    {"question": "Is it {red}?", "answer": "Yes.", "label": 1},
    {"question": "Is it blue?", "answer": "No.", "label": 0},
]


def test_a_text_is_the_users_turn(tmp_path: Path) -> None:
    data = read(tmp_path, ROWS)
    assert turns(data)[0] == [("user", "Is it {red}?")] and data.texts[1] == "Is it blue?"
    data = read(
        tmp_path, ROWS, text="question", system="Be {brief}.", assistant="So: {answer}",
        position="after:{answer}", generation_prompt=True,
    )  # fmt: skip
    assert turns(data)[1] == [
        ("system", "Be {brief}."), ("user", "Is it blue?"), ("assistant", "So: No.")
    ]  # fmt: skip
    assert data.chats is not None and data.chats.generation_prompt
    assert data.spans is not None
    assert data.spans[:, 0, 0].tolist() == [len(text) for text in data.texts]
    assert data.bare == ("Is it {red}?", "Is it blue?")
    plain = read(tmp_path, ROWS, text="question", assistant="So: {answer}")
    assert len({data.sha256, plain.sha256}) == len({data.read.sha256, plain.read.sha256}) == 2


def test_a_column_of_messages_is_read(tmp_path: Path) -> None:
    rows = [
        {
            "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yo"}],
            "label": "a",
        },
        {"messages": [{"from": "human", "value": "Hi"}], "label": "b"},
        {"messages": [{"from": "gpt", "value": "Hi"}], "label": "b"},
    ]
    data = read(tmp_path, rows)
    assert turns(data) == [
        [("user", "Hi"), ("assistant", "Yo")], [("user", "Hi")], [("assistant", "Hi")]
    ]  # fmt: skip
    assert data.groups[1] == data.groups[2] != data.groups[0]
    more = [{"messages": [{"role": "user", "content": one}], "label": "a"} for one in "xyz"]
    led = read(tmp_path, [*rows, *more], system="Be", classes=("a", "b"), limit=4)
    assert len(led) == 4 and all(own[0] == ("system", "Be") for own in turns(led))
    rows[1]["messages"] = [{"role": "user"}]
    with pytest.raises(DatasetError, match="line 2: message 1 has no role and content"):
        read(tmp_path, rows)


def test_parts_of_a_chat_need_a_chat() -> None:
    with pytest.raises(SpecError, match="system is a part of a chat"):
        DatasetSpec("a", system="Be brief.")
    with pytest.raises(SpecError, match="generation_prompt"):
        DatasetSpec("a", template="chat", generation_prompt=1)  # type: ignore[arg-type]
