"""Where datasets are looked for, and what a picker is told."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from probing.datasets import facts_of, load, lookup, peek, preview, resolve, shipped, shipped_folder
from probing.errors import DatasetError
from probing.spec import DatasetSpec

ROWS = '{"text": "a", "label": 0}\n{"text": "b", "label": 1}\n'


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder, with `truth` shipped."""
    package = tmp_path / "installed" / "probing"
    put(package / "_data" / "truth.jsonl")
    monkeypatch.setattr(lookup, "_PACKAGE", package)
    folder = tmp_path / "work [1]"
    folder.mkdir()
    return folder


def put(path: Path, content: str = ROWS) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def found(spec: str, base: Path) -> list[Path]:
    return resolve(DatasetSpec(path=spec), base)


def test_paths_come_before_names(base: Path) -> None:
    shipped_truth = shipped_folder() / "truth.jsonl"
    assert found("truth", base) == [shipped_truth]
    in_data = put(base / "data" / "truth.jsonl")
    assert found("truth", base) == [in_data]
    assert found("truth.jsonl", base) == [in_data]
    here = put(base / "truth")
    assert found("truth", base) == [here]
    assert found(str(shipped_truth), base) == [shipped_truth]
    assert found("../installed/probing/_data/truth.jsonl", base)[0].samefile(shipped_truth)


def test_one_name_in_several_formats(base: Path) -> None:
    put(base / "data" / "cities.csv", "text,label\na,1\nb,0\n")
    wanted = put(base / "data" / "cities.jsonl")
    put(base / "data" / "cities.md")
    assert found("cities", base) == [wanted]


def test_globs_skip_what_is_no_dataset(base: Path) -> None:
    one, two = put(base / "data" / "a.jsonl"), put(base / "data" / "b.csv", "text,label\na,1\n")
    senteval = put(base / "data" / "c.txt", "tr\t1\ta\n")
    document = put(base / "data" / "d.json", '{"texts": [], "labels": []}')
    broken = put(base / "data" / "e.json", "{")
    put(base / "data" / "pairs" / "text.txt")
    put(base / "data" / "pairs" / "labels.txt")
    for name in ("README.md", "notes.txt", ".hidden.jsonl", "more/x.txt"):
        put(base / "data" / name, "about\n")
    put(base / "data" / "config.json", '{"a": 1}')
    wanted = [one, two, senteval, document, broken, base / "data" / "pairs"]
    assert found("data/*", base) == wanted
    assert found(str(base.parent / "work ?1?" / "data" / "*"), base) == wanted
    assert found("data", base) == wanted
    assert found("data/pairs", base) == [base / "data" / "pairs"]
    deep = put(base / "x" / "y" / "z.jsonl")
    assert found("x/**/*.jsonl", base) == [deep]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("truht", "no dataset 'truht': not a path in .*did you mean 'truth'"),
        ("zzz", "no dataset 'zzz'.*; known: truth"),
        ("no/such.csv", "no dataset 'no/such.csv'"),
        ("../truth", r"no dataset '../truth'.*did you mean 'truth'"),
        ("more/*.csv", "no dataset matches 'more/\\*.csv'"),
        ("empty", "no dataset in this folder"),
        ("empty/*", "no dataset matches 'empty/\\*'"),
        ("x" * 300, "cannot be read"),
    ],
)
def test_missing_datasets(base: Path, spec: str, message: str) -> None:
    put(base / "empty" / "README.md")
    with pytest.raises(DatasetError, match=message) as caught:
        found(spec, base)
    assert caught.value.exit_code == 3


def test_shipped(base: Path) -> None:
    assert [path.name for path in shipped()] == ["truth.jsonl"]


def test_the_repository_has_its_data_beside_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(lookup.__file__).resolve().parents[2]
    if not (root / "probing" / "_data").exists():
        assert shipped_folder() == root / "data"


def test_peek_agrees_with_load_and_remembers(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, spec = put(base / "a.jsonl"), DatasetSpec(path="a")
    facts = peek(spec, path)
    assert facts == facts_of(load(spec, path))
    assert (facts.name, facts.path, facts.error) == ("a", str(path), "")
    monkeypatch.setattr(preview, "_facts", lambda *_: pytest.fail("read again"))
    assert peek(spec, path) is facts


def test_peek_sees_a_change(base: Path) -> None:
    path, spec = put(base / "a.jsonl"), DatasetSpec(path="a")
    assert peek(spec, path).n_rows == 2
    path.write_text(ROWS + '{"text": "c", "label": 1}\n')
    assert peek(spec, path).n_rows == 3
    path.write_text((ROWS + '{"text": "c", "label": 1}\n').replace("c", "a"))
    os.utime(path, ns=(0, 0))
    assert peek(spec, path).n_repeated == 1


def test_peek_forgets_the_oldest(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview, "_kept", {})
    monkeypatch.setattr(preview, "_MOST_KEPT", 2)
    for name in "abc":
        peek(DatasetSpec(path=name), put(base / f"{name}.jsonl"))
    assert [key[0].path for key in preview._kept] == ["b", "c"]


def test_importing_is_light() -> None:
    heavy = "{'numpy', 'polars', 'torch', 'transformers', 'sklearn', 'pyarrow'}"
    code = f"import sys, probing.datasets; assert not {heavy} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_public_name_is_there() -> None:
    import probing.datasets as package

    assert {name: getattr(package, name).__name__ for name in package.__all__} == {
        name: name for name in package.__all__
    }
    assert sorted(package.__all__) == package.__all__ == sorted(package._HOMES)
    with pytest.raises(AttributeError):
        package.nothing  # noqa: B018
