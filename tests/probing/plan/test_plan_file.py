"""`plan.json` is read as it was written, or not at all."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import pytest

from probing.logs.folders.plain_files import draft_of
from probing.plan import checked_pieces, from_json

PLAN = {"format": 1, "cells": [{"id": "a"}], "batches": {"m": {"d": [[0, 2], [1]]}}, "notes": []}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "plan.json"
    file.write_text("".join(checked_pieces(PLAN)))
    return file


def test_a_plan_comes_back(path: Path) -> None:
    back = from_json(path)
    assert back is not None and {**back, **PLAN} == back
    assert json.loads(path.read_text()) == back


def test_no_flipped_bit_changes_a_plan(path: Path) -> None:
    whole, draw = path.read_bytes(), random.Random(0)
    for _ in range(200):
        data = bytearray(whole)
        data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
        path.write_bytes(data)
        assert from_json(path) is None


@pytest.mark.parametrize("key", ["checksum", "Checksum"])
def test_a_plan_without_its_checksum_is_none(path: Path, key: str) -> None:
    text = path.read_text()
    path.write_text(text.replace("checksum", key) if key != "checksum" else json.dumps(PLAN))
    assert from_json(path) is None


def test_a_plan_of_any_size_is_told_by_its_end(path: Path) -> None:
    os.truncate(path, 2**42)
    assert from_json(path) is None


@pytest.mark.parametrize("text", ["[]", "[" * 100_000, '{"format": 2}', "{", '"x"', ""])
def test_what_is_no_plan_is_none(path: Path, text: str) -> None:
    path.write_text(text)
    assert from_json(path) is None


def test_values_of_another_kind_are_left_out(path: Path) -> None:
    odd = {"format": 1, "cells": [3], "batches": [], "cost": None, "notes": 3}
    path.write_text("".join(checked_pieces(odd)))
    back = from_json(path)
    assert back is not None and set(back) == {"format", "notes", "checksum"}


def test_a_draft_that_was_left_is_replaced(path: Path) -> None:
    draft, file = draft_of(path)
    again, other = draft_of(path)
    assert draft == again and file != other
