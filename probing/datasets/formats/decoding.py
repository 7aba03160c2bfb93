"""Decode a file as UTF-8; an error names the line and the byte."""

from __future__ import annotations

from pathlib import Path

from probing.errors import DatasetError

_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def read_text(path: Path) -> str:
    """The text of a file, without its byte order mark.

    Raises `DatasetError` for a file that cannot be read, is empty, is not UTF-8 or contains NUL.
    """
    data = read_bytes(path).removeprefix(_UTF8_MARK)
    if not data or data.isspace():
        raise DatasetError("the file is empty", where=str(path))
    if data.startswith(_UTF16_MARKS):
        hint = f"convert it: iconv -f utf-16 -t utf-8 {path.name} > new-{path.name}"
        raise DatasetError("the file is UTF-16, not UTF-8", where=f"{path}, line 1", hint=hint)
    if b"\0" in data:
        raise _misplaced(path, data, data.index(b"\0"), "NUL byte", "remove it")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        hint = f"convert it: iconv -f latin1 -t utf-8 {path.name} > new-{path.name}"
        what = f"not UTF-8: byte 0x{data[error.start]:02x}"
        raise _misplaced(path, data, error.start, what, hint) from None


def read_bytes(path: Path) -> bytes:
    """The bytes of a file; raises `DatasetError` that says why it cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise DatasetError("no such file", where=str(path), hint="check the path") from None
    except OSError as error:
        raise DatasetError(f"cannot be read ({error.strerror})", where=str(path)) from None


def lines(text: str) -> list[str]:
    """The lines of a text, without their ends and without the empty one after the last."""
    parts = [part.removesuffix("\r") for part in text.split("\n")]
    return parts[:-1] if parts[-1] == "" else parts


def _misplaced(path: Path, data: bytes, at: int, what: str, hint: str) -> DatasetError:
    line = data.count(b"\n", 0, at) + 1
    byte = at - data.rfind(b"\n", 0, at)
    where = f"{path}, line {line}"
    return DatasetError(f"{what} at byte {byte} of the line", where=where, hint=hint)
