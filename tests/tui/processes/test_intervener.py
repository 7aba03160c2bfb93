"""The process that intervenes, started as the command line starts it."""

from __future__ import annotations

from pathlib import Path

import pytest

from probing.errors import RunError
from probing.interventions.folder import InterventionFolder
from tui.processes.computing.answers import FailedElsewhereError
from tui.processes.computing.intervener import intervened


def test_what_goes_wrong_there_is_raised_here(tmp_path: Path) -> None:
    folder = InterventionFolder(tmp_path)
    folder.request.write_text('{"kind": "dance"}')
    with pytest.raises(FailedElsewhereError, match="holds no request") as error:
        list(intervened(folder))
    assert error.value.exit_code == 1
    assert folder.log.exists()


def test_a_process_that_ends_without_a_word_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quitter = tmp_path / "quitter"
    quitter.write_text("#!/bin/sh\necho a library says hello\nexit 7\n")
    quitter.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(quitter))
    with pytest.raises(RunError, match="ended with exit code 7"):
        list(intervened(InterventionFolder(tmp_path)))
