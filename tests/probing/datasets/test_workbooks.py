"""Excel and OpenDocument workbooks, which need an extra."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from probing.datasets import load, resolve
from probing.datasets.formats import workbook
from probing.errors import DatasetError, SpecError
from probing.spec import DatasetSpec
from tests.support.workbooks import write_ods, write_xlsx

ROWS = [
    ["text", "label"],
    ["She left.", 0],
    ["She leaves.", 1],
    [None, None],
    ["He left.", 0],
    ["He leaves.", 1],
]
WRITERS = {"a.xlsx": write_xlsx, "a.ods": write_ods}


def read(path: Path, **keys):
    return load(DatasetSpec(str(path), **keys), path)


@pytest.fixture
def _with_library():
    pytest.importorskip("fastexcel")


@pytest.mark.usefixtures("_with_library")
@pytest.mark.parametrize("name", WRITERS)
def test_a_workbook_is_a_dataset(tmp_path, name):
    path = WRITERS[name](tmp_path / name, {"data": ROWS, "empty": []})
    assert resolve(DatasetSpec("*.*"), tmp_path) == [path]
    found = read(path)
    assert found.texts == ("She left.", "She leaves.", "He left.", "He leaves.")
    assert (found.task, found.classes, found.targets.tolist()) == (
        "binary",
        ("0", "1"),
        [0, 1, 0, 1],
    )


@pytest.mark.usefixtures("_with_library")
@pytest.mark.parametrize("name", WRITERS)
def test_a_sheet_is_named_or_numbered(tmp_path, name):
    other = [["text", "label"], ["Yes.", "a"], ["No.", "b"], ["So.", "a"]]
    path = WRITERS[name](tmp_path / name, {"notes": other, "data": ROWS})
    assert read(path, sheet="data").texts == read(path, sheet=2).texts
    assert read(path, sheet=1).classes == ("a", "b")
    with pytest.raises(DatasetError, match=r"2 sheets have rows: 'notes', 'data'; name one.*sheet"):
        read(path)
    for sheet in ("Data", 3):
        with pytest.raises(DatasetError, match=f"no sheet {sheet!r}; sheets: 'notes', 'data'"):
            read(path, sheet=sheet)


@pytest.mark.usefixtures("_with_library")
def test_values_keep_their_types_and_rows_their_numbers(tmp_path):
    rows = [
        ["text", "y", "flag"],
        ["a b", 1.5, True],
        ["c d", 2, False],
        ["", 3, True],
        ["e", 4, True],
    ]
    path = write_xlsx(tmp_path / "a.xlsx", {"data": rows})
    found = read(path, target="y", missing="drop")
    assert (found.task, found.targets.tolist()) == ("regression", [1.5, 2.0, 4.0])
    assert read(path, target="flag", missing="drop").classes == ("false", "true")
    with pytest.raises(DatasetError, match="sheet 'data', row 4: no text"):
        read(path, target="y")


@pytest.mark.usefixtures("_with_library")
def test_without_a_header_columns_have_numbers(tmp_path):
    path = write_xlsx(tmp_path / "a.xlsx", {"data": ROWS[1:]})
    found = read(path, header=False, text=0, target=1)
    assert found.texts[0] == "She left." and found.classes == ("0", "1")


@pytest.mark.usefixtures("_with_library")
def test_a_damaged_workbook_is_told(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook")
    with pytest.raises(DatasetError, match=r"not a readable workbook: .*export it as CSV"):
        read(tmp_path / "a.xlsx")


def test_without_the_extra_it_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "find_spec", lambda name: None)
    path = write_xlsx(tmp_path / "a.xlsx", {"data": ROWS})
    with pytest.raises(
        DatasetError, match=r'needs fastexcel; run: pip install "probe-tui\[excel\]"'
    ):
        read(path)


def test_a_sheet_that_is_none_is_refused():
    for sheet in (0, "", True):
        with pytest.raises(SpecError, match="sheet"):
            DatasetSpec("a.xlsx", sheet=sheet)
