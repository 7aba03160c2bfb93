"""Fake runs for the tests of every place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fake_runs import FakeRuns


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeRuns]:
    """Fake runs in `logs/` under the working folder."""
    monkeypatch.chdir(tmp_path)
    fake = FakeRuns(Path("logs"))
    yield fake
    fake.close()
