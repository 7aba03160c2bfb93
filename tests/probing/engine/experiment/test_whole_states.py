"""A run over a model whose blocks are not found: it says so, and refuses what is inside them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.architectures.sweep import save
from probing.events import CellFailed, Warned
from probing.logs import RunFolder, read_events


@pytest.fixture
def xlm(tmp_path: Path) -> str:
    save("xlm", tmp_path / "xlm")
    return f'[{{model="{tmp_path}/xlm", tokenizer="{tmp_path}/xlm/words"}}]'


def test_the_log_says_so(run: Callable[..., RunFolder], xlm: str) -> None:
    logged, _ = read_events(run(models=xlm).events)
    warned = [one.event.message for one in logged if isinstance(one.event, Warned)]
    assert sum("blocks were not found, so resid is read from" in w for w in warned) == 1


def test_what_is_inside_blocks_is_refused(run: Callable[..., RunFolder], xlm: str) -> None:
    logged, _ = read_events(run(2, models=xlm, poolers='[{pool="mean", site="attn"}]').events)
    [reason] = {one.event.reason for one in logged if isinstance(one.event, CellFailed)}
    assert "cannot read attn of xlm: its blocks were not found" in reason
    assert "\n" not in reason
