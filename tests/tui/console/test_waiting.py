from __future__ import annotations

import time

import pytest

from tui.console import waiting as module
from tui.console.waiting import waiting


def test_it_says_what_takes_long(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setattr(module, "FIRST_S", 0.01)
    monkeypatch.setattr(module, "AGAIN_S", 0.01)
    with waiting("reading \x1b[2Ja.csv"):
        while capsys.readouterr().err.count("reading") < 1:
            time.sleep(0.01)
    capsys.readouterr()
    time.sleep(0.05)
    assert capsys.readouterr().err == ""


def test_it_says_nothing_of_what_is_quick(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with pytest.raises(KeyError), waiting("reading"):
        raise KeyError
    assert capsys.readouterr().err == ""


def test_it_says_nothing_to_a_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "FIRST_S", 0.0)
    with waiting("reading"):
        time.sleep(0.02)
    assert capsys.readouterr().err == ""
