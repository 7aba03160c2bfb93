"""Several datasets of one glob: all that are broken are named at once, the others stand."""

from pathlib import Path

import pytest

from tui.cli import main

GOOD = "text,label\na,x\nb,y\nc,x\n"


def test_one_bad_file_hides_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in (
        ("a", GOOD),
        ("b", "text,label\na,x\n,y\n"),
        ("c", GOOD),
        ("d", "x\n1\n2\n"),
    ):
        Path(f"{name}.csv").write_text(text)
    assert main(["data", "check", "*.csv"]) == 3
    said = capsys.readouterr()
    assert "a: binary, 3 rows" in said.out and "c: binary, 3 rows" in said.out
    assert "2 of 4 datasets cannot be read" in said.err
    assert "b.csv, line 3: no text" in said.err and "d.csv" in said.err
    assert said.err.count("\n") == 1


def test_a_long_list_of_classes_is_cut(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "".join(f"text {at},class {at % 77:02}\n" for at in range(200))
    (tmp_path / "many.csv").write_text("text,label\n" + rows)
    assert main(["data", "check", str(tmp_path / "many.csv")]) == 0
    assert "and 57 more classes" in capsys.readouterr().out
