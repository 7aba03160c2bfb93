"""Recognise files by their first bytes: formats that are read, and those that are not."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from probing.errors import DatasetError

PARQUET = b"PAR1"
ARROW_FILE = b"ARROW1"
ARROW_STREAM = b"\xff\xff\xff\xff"
ZIP = b"PK\x03\x04"  # of what is read, a workbook alone

_EXPORT = "export it as CSV (UTF-8)"
_CONVERT = "convert it to JSONL or Parquet with the program that wrote it"
_UNPACK = "unpack it and name the files in it"
_FROM_R = "write it as CSV in R: write.csv(data, 'data.csv', row.names = FALSE)"
_PICKLE = "pickled files can run code, so none is loaded; " + _CONVERT
_STARTS = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel or Office file (.xls, .doc)", _EXPORT),
    (b"\x93NUMPY", "a NumPy array (.npy)", "write texts and labels as JSONL"),
    (b"SQLite format 3\0", "an SQLite database", 'export a table: sqlite3 -csv -header FILE "..."'),
    (
        b"__label__",
        "a fastText file",
        r"make it TSV: sed -E 's/^__label__([^ ]+) /\1\t/' FILE, and set header = false",
    ),
    (b"%PDF-", "a PDF document", "extract its text into a CSV or JSONL file"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", _CONVERT),
    (b"FEA1", "a Feather file of version 1", "write it again as Feather version 2 or Parquet"),
    (b"ORC", "an ORC file", _CONVERT),
    (b"Obj\x01", "an Avro file", _CONVERT),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK),
    (b"Rar!\x1a\x07", "a RAR archive", _UNPACK),
    (b"\x04\x22\x4d\x18", "an LZ4 file", "decompress it: lz4 -d FILE"),
    (b"RDX", "an R data file", _FROM_R),
    (b"X\n\0\0\0", "an R data file", _FROM_R),
    (b"$FL2", "an SPSS file", _EXPORT),
    (b"<stata_dta>", "a Stata file", _EXPORT),
    (b"\x89PNG\r\n\x1a\n", "a picture (PNG)", "name a file of texts"),
    (b"\xff\xd8\xff", "a picture (JPEG)", "name a file of texts"),
    (
        b"version https://git-lfs.github.com/spec/",
        "a Git LFS pointer, not the data itself",
        "fetch the data: git lfs pull",
    ),
)
_HTML = (b"<!doctype html", b"<html")
_TAR_AT = 257
_SPREADSHEET = b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet"
_MIMETYPE_WITHIN = 256


def refuse(path: Path, data: bytes) -> None:
    """Raises `DatasetError` that names a format that is not read, and says what to do next."""
    found = _named(path, data)
    if found is not None:
        what, hint = found
        raise DatasetError(f"this is {what}", where=str(path), hint=hint)


def _named(path: Path, data: bytes) -> tuple[str, str] | None:
    for start, what, hint in _STARTS:
        if data.startswith(start):
            return what, hint
    if data.startswith((ZIP, b"PK\x05\x06")):
        return _zipped(data)
    if data[_TAR_AT : _TAR_AT + 5] == b"ustar":
        return "a tar archive", _UNPACK
    if data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_HTML):
        hint = "download the data itself (on a code host, its raw file)"
        return "an HTML page, not data", hint
    if data[:1000].lower().lstrip().startswith(b"@relation"):
        return "an ARFF file of Weka", _EXPORT
    is_pickle = data[:1] == b"\x80" and data[1:2] in b"\x02\x03\x04\x05" and data[1:2] != b""
    if is_pickle or (path.suffix.lower() in (".pkl", ".pickle") and data):
        return "a Python pickle", _PICKLE
    return None


def _zipped(data: bytes) -> tuple[str, str] | None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return "a damaged ZIP archive", "copy or download the file again"
    if "xl/workbook.xml" in names or _SPREADSHEET in data[:_MIMETYPE_WITHIN]:
        return None
    if any(name.startswith("xl/") for name in names):
        return "a binary Excel workbook (.xlsb)", _EXPORT
    if "content.xml" in names:
        return "an OpenDocument file", _EXPORT
    if any(name.startswith(("word/", "ppt/")) for name in names):
        return "an Office document", _EXPORT
    if any(name.endswith("data.pkl") for name in names):
        return "a PyTorch file", _PICKLE
    if names and all(name.endswith(".npy") for name in names):
        return "a NumPy archive (.npz)", "write texts and labels as JSONL"
    return "a ZIP archive", _UNPACK
