"""Runs of which one classifier waits for another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from probing import spec as specs
from probing.engine.experiment import execute
from probing.logs import RunFolder
from tests.support.patient import PATIENT
from tests.support.real_runs import new_run


@pytest.fixture
def run(base: Path, tmp_path: Path, cache: Path) -> Callable[..., RunFolder]:
    (tmp_path / "patient.py").write_text(PATIENT)

    def made(code: int = 0, **changes: str) -> RunFolder:
        folder = new_run(base, tmp_path / "logs", **changes)
        assert execute(folder, specs.load(folder.spec), folder.path) == code
        return folder

    return made
