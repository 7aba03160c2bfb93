"""Separators, header lines, blank lines, and the line that an error names."""

from pathlib import Path

import pytest

from probing.datasets import TextDataset, load
from probing.errors import DatasetError, SpecError
from probing.spec import DatasetSpec


def read(path: Path, content: str, **options: object) -> TextDataset:
    path.write_text(content, newline="")
    return load(DatasetSpec(path=str(path), **options), path)


WANTED = [("one, a", 1), ("two", 0)]

LAYOUTS = {
    "pipe.csv": "text|label\none, a|1\ntwo|0\n",
    "pipe.psv": "text|label\none, a|1\ntwo|0\n",
    "excel.csv": 'sep=;\r\ntext;label\r\n"one, a";1\r\ntwo;0\r\n',
    "excel_tab.csv": "sep=\t\ntext\tlabel\none, a\t1\ntwo\t0\n",
    "comma_in_a_name.csv": 'text;label;a,b\none, a;1;x\ntwo;0;"x, y"\n',
    "a.tab": "text\tlabel\none, a\t1\ntwo\t0\n",
    "commas.tsv": 'text,label\n"one, a",1\ntwo,0\n',
    "tabs.txt": "text\tlabel\none, a\t1\ntwo\t0\n",
    "blank.csv": '\ntext,label\n"one, a",1\n\n  \n,\ntwo,0\n\n',
    "blank.tsv": "\ntext\tlabel\n\t\none, a\t1\n\ntwo\t0\n",
}


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_layouts(tmp_path: Path, name: str, encoding: str) -> None:
    path = tmp_path / name
    path.write_bytes(LAYOUTS[name].encode(encoding))
    dataset = load(DatasetSpec(path=name), path)
    assert list(zip(dataset.texts, dataset.targets.tolist(), strict=True)) == WANTED


HEADLESS = {
    "a.csv": '1,"one, a",x\n0,two,y\n',
    "semicolons.csv": "1;one, a;x\n0;two;y\n",
    "pipes.csv": "1|one, a|x\n0|two|y\n",
    "a.tsv": "1\tone, a\tx\n0\ttwo\ty\n",
    "a.txt": "1\tone, a\tx\n0\ttwo\ty\n",
    "no_ending": "1|one, a|x\n0|two|y\n",
    "sep.csv": "sep=|\n1|one, a|x\n0|two|y\n",
}


@pytest.mark.parametrize("name", HEADLESS)
@pytest.mark.parametrize("columns", [("1", "0"), (1, 0)], ids=["texts", "numbers"])
def test_without_a_header_columns_have_numbers(
    tmp_path: Path, name: str, columns: tuple[object, object]
) -> None:
    text, target = columns
    dataset = read(tmp_path / name, HEADLESS[name], header=False, text=text, target=target)
    assert list(zip(dataset.texts, dataset.targets.tolist(), strict=True)) == WANTED


WRONG = {
    "a.csv": ('text,label\n"a\nb",1\n\nc,d,0\n', "line 5: 3 fields, but the header has 2"),
    "sep.csv": ("sep=;\ntext;label\na;1\nb;c;0\n", "line 4: 3 fields, but the header has 2"),
    "lone.tsv": (
        'text\tlabel\n"lone\t1\nb\t0\nc\td\t1\ne\t0\n',
        "line 4: 3 fields, but the header has 2",
    ),
    "quoted.tsv": (
        'text\tlabel\n"a\nb"\t1\n"c\nd"\t0\n"e\nf"\t0\ng\th\ti\n',
        "line 8: 3 fields, but the header has 2",
    ),
    "remark.csv": (
        "# by hand\n# 2024\ntext,label\na,1\nb,0\nc,0\n",
        "line 1: the header has 1 fields, but 4 of the lines after it 2; remove",
    ),
    "title.csv": (
        "\nMy data,,\ntext,label\na,1\nb,0\n",
        "line 2: the header has 3 fields, but 3 of the lines after it 2; remove",
    ),
    "title.tsv": (
        "My data\t\t\ntext\tlabel\na\t1\nb\t0\n",
        "line 1: the header has 3 fields, but 3 of the lines after it 2; remove",
    ),
    "open.csv": ('text,label\na,1\n"b,0\nc,1\n', "line 3: not valid CSV"),
}


@pytest.mark.parametrize("name", WRONG)
def test_the_wrong_line_is_named(tmp_path: Path, name: str) -> None:
    content, message = WRONG[name]
    with pytest.raises(DatasetError, match=message):
        read(tmp_path / name, content)


def test_without_a_header_the_first_line_says_how_many_fields(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="line 2: 3 fields, but the first line has 2"):
        read(tmp_path / "a.csv", "a,1\nb,c,0\n", header=False, text="0", target="1")


def test_a_missing_header_is_suspected(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="set header = false if that line is data"):
        read(tmp_path / "a.tsv", "ham\tGo there.\nspam\tWin now.\nham\tOk.\n")


def test_header_is_true_or_false() -> None:
    with pytest.raises(SpecError, match="header = 'no' must be true or false"):
        DatasetSpec(path="a", header="no")  # type: ignore[arg-type]
