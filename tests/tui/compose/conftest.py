"""A working folder on a machine that has nothing else, for every test of the first place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from probing.registry import CLASSIFIERS
from tests.support.compose_base import ENTRIES, make_base
from tui.compose import first_draft


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working folder on a machine that has nothing else."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("probing.catalog.places.carriers", lambda: iter(()))
    monkeypatch.setattr("probing.hardware.gpus", lambda: ())
    monkeypatch.setattr("probing.datasets.lookup.shipped_folder", lambda: tmp_path / "none")
    monkeypatch.setattr(first_draft, "DATASET", "cities")
    shipped = dict(CLASSIFIERS)
    CLASSIFIERS.clear()
    CLASSIFIERS.update({entry.name: entry for entry in ENTRIES})
    yield make_base(tmp_path / "work")
    CLASSIFIERS.clear()
    CLASSIFIERS.update(shipped)
