"""Runs of a classifier that waits for another, and a working folder for runs that are shared."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
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


@pytest.fixture(scope="module")
def folder(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The working folder, with a tiny model and two datasets, for runs that tests share."""
    folder = tmp_path_factory.mktemp("work")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("PROBE_TUI_CACHE", str(folder / "cache"))
        shutil.copytree(base / "tiny", folder / "tiny")
        for name in ("cats.jsonl", "sizes.jsonl"):
            shutil.copy(base / name, folder)
        yield folder
