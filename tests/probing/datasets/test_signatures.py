"""What is not read is named, whatever its ending, and nothing pickled is loaded."""

import io
import json
import pickle
import sqlite3
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from probing.datasets import load
from probing.errors import DatasetError
from probing.spec import DatasetSpec


def zipped(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "x" * 100)
    return buffer.getvalue()


def tarred() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo("a.csv"), io.BytesIO(b""))
    return buffer.getvalue()


def array() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.arange(3))
    return buffer.getvalue()


def database() -> bytes:
    connection = sqlite3.connect(":memory:")
    connection.execute("create table t (a)")
    return bytes(connection.serialize())


class Trap:
    """Unpickled, it ends the process."""

    def __reduce__(self) -> tuple[object, tuple[int]]:
        return exit, (9,)


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12\n"
CASES = {
    "a.xlsb": (zipped("[Content_Types].xml", "xl/workbook.bin"), "a binary Excel workbook.*as CSV"),
    "a.odt": (zipped("mimetype", "content.xml"), "an OpenDocument file; export it as CSV"),
    "a.npz": (zipped("x.npy"), "a NumPy archive"),
    "a.pt": (zipped("archive/data.pkl"), "a PyTorch file; pickled files can run code"),
    "a.zip": (zipped("a.csv"), "a ZIP archive; unpack it"),
    "torn.zip": (zipped("a.csv")[:60], "a damaged ZIP archive"),
    "a.xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "an old Excel.*as CSV"),
    "a.pkl": (pickle.dumps(Trap()), "a Python pickle; pickled files can run code"),
    "old.pickle": (pickle.dumps(Trap(), protocol=0), "a Python pickle"),
    "pickle.json": (pickle.dumps(Trap(), protocol=2), "a Python pickle"),
    "a.npy": (array(), "a NumPy array"),
    "a.db": (database(), "an SQLite database; export a table"),
    "a.pdf": (b"%PDF-1.7\n%\xe2\xe3", "a PDF document"),
    "page.csv": (b"\n<!DOCTYPE html>\n<html><body>", "an HTML page, not data; download"),
    "lfs.jsonl": (POINTER, "a Git LFS pointer, not the data itself; .*git lfs pull"),
    "lfs.parquet": (POINTER, "a Git LFS pointer"),
    "a.tar.gz": (tarred(), "a tar archive; unpack it"),
    "fast.txt": (b"__label__x a b\n__label__y c d\n", "a fastText file; make it TSV"),
    "a.arff": (
        b"\n@RELATION x\n@data\n",
        "an ARFF file of Weka; export it as CSV",
    ),
    "v1.feather": (b"FEA1" + bytes(64), "a Feather file of version 1"),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_not_read_is_named(tmp_path: Path, name: str) -> None:
    content, message = CASES[name]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=f"this is {message}"):
        load(DatasetSpec(path=name), path)


def test_first_bytes_come_before_the_ending(tmp_path: Path) -> None:
    frame = pl.DataFrame({"text": ["a", "b"], "label": [0, 1]})
    for write, name in ((frame.write_parquet, "p.csv"), (frame.write_ipc, "a.txt")):
        write(tmp_path / name)
        assert load(DatasetSpec(path=name), tmp_path / name).texts == ("a", "b")


@pytest.mark.parametrize("name", ["a.arrow", "a.feather", "a.ipc"])
@pytest.mark.parametrize("stream", [False, True])
def test_arrow(tmp_path: Path, name: str, stream: bool) -> None:
    frame = pl.DataFrame({"text": ["a", "b", "c"], "label": ["x", "y", "x"]})
    (frame.write_ipc_stream if stream else frame.write_ipc)(tmp_path / name)
    dataset = load(DatasetSpec(path=name), tmp_path / name)
    assert dataset.texts == ("a", "b", "c")
    assert dataset.classes == ("x", "y")


def test_class_names_of_parquet(tmp_path: Path) -> None:
    names = {"names": ["ham", "spam"], "_type": "ClassLabel"}
    text = {"dtype": "string", "_type": "Value"}
    metadata = json.dumps({"info": {"features": {"text": text, "label": names}}})
    frame = pl.DataFrame({"text": ["a", "b", "c"], "label": [0, 1, 0]})
    frame.write_parquet(tmp_path / "a.parquet", metadata={"huggingface": metadata})
    dataset = load(DatasetSpec(path="a"), tmp_path / "a.parquet")
    assert dataset.classes == ("ham", "spam")
    assert dataset.labels == ("ham", "spam", "ham")
