"""The values of a group column stay beside the rows, for datasets that are parts of one file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from probing.datasets import load
from probing.spec import DatasetSpec

ROWS = [{"text": f"text {at}", "label": at % 2, "fact": f"f{at // 4}"} for at in range(40)]


@pytest.mark.parametrize(("column", "expected"), [("fact", "f"), (None, "")])
def test_rows_that_are_drawn_keep_theirs(tmp_path: Path, column: str | None, expected: str) -> None:
    path = tmp_path / "facts.jsonl"
    path.write_text("\n".join(map(json.dumps, ROWS)))
    whole = load(DatasetSpec(str(path), group=column), path)
    few = load(DatasetSpec(str(path), group=column, limit=12), path)
    if not expected:
        assert whole.group_names == few.group_names == ()
        return
    assert list(whole.group_names) == [row["fact"] for row in ROWS]
    facts = {row["text"]: row["fact"] for row in ROWS}
    assert len(few) == len(few.group_names) < 40
    assert [facts[text] for text in few.texts] == list(few.group_names)
