"""The sweep over architectures writes what it found, and finds what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.architectures.__main__ import main
from benchmarks.architectures.sweep import families, tried
from benchmarks.architectures.table import BEGIN, END, replaced
from probing.engine.models import LMModel


def test_it_writes_the_table_into_a_page(tmp_path: Path) -> None:
    page = tmp_path / "models.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    assert main(["bert", "mamba", "--write", str(page)]) == 0
    text = page.read_text()
    assert text.startswith("before\n") and text.endswith("after\n") and "old" not in text
    assert "2 families agree with transformers" in text and "| `bert` |" in text
    assert "has no attention" in text
    assert replaced(text, "new") == f"before\n{BEGIN}\nnew\n{END}\nafter\n"


def test_a_difference_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    step = LMModel.step
    monkeypatch.setattr(LMModel, "step", lambda self, site, layer: step(self, site, max(layer, 1)))
    assert tried("gpt2").verdict == "does not agree"


def test_it_tries_all_that_read_text() -> None:
    known = set(families())
    assert len(known) > 250 and {"bert", "llama", "t5", "clip", "dpr", "llava"} <= known
