"""A working folder for every test of the first place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.compose_base import bare_machine, make_base


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder on a machine that has nothing else."""
    bare_machine(tmp_path, monkeypatch)
    return make_base(tmp_path / "work")
