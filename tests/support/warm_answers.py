"""Questions of the app to processes that have the libraries already: to import them takes 3 s."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.support.warm_processes import WarmProcess
from tui.processes.computing import asking


def answer_warm(monkeypatch: pytest.MonkeyPatch) -> None:
    """What answers the app's questions about models is forked, not started."""
    started = {**vars(subprocess), "run": _forked}
    monkeypatch.setattr(asking, "subprocess", SimpleNamespace(**started))


def _forked(
    command: Sequence[str], *, input: str, timeout: float, **_: object
) -> subprocess.CompletedProcess[str]:
    with tempfile.TemporaryDirectory() as folder:
        asked, told = Path(folder, "asked"), Path(folder, "told")
        asked.write_text(input)
        process = WarmProcess(command[-1], [], told, Path(os.devnull), asked)
        try:
            code = process.wait(timeout)
        except BaseException:
            process.kill()
            raise
        return subprocess.CompletedProcess(command, code, told.read_text())
