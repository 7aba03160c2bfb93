"""Decode the bytes of a text file: UTF-8, or UTF-16 with its mark; an error names the line."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path

from probing.errors import DatasetError

_UTF8_MARK = b"\xef\xbb\xbf"
_WIDE_MARKS = {
    b"\xff\xfe\0\0": "utf-32",
    b"\0\0\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
_SAMPLE = 4096
_PIECE = 2**20
_SHARE_OF_WIDE = 0.4
_SHARE_OF_BINARY = 0.05
_CONTROLS = bytes([*range(1, 8), *range(14, 27), *range(28, 32)])


def decode(path: Path, data: bytes) -> str:
    """The text of a file, without its byte order mark.

    Raises `DatasetError` where it is empty, contains NUL, or is neither UTF-8 nor marked UTF-16.
    """
    for mark, encoding in _WIDE_MARKS.items():
        if data.startswith(mark):
            return _wide(path, data, encoding)
    data = data.removeprefix(_UTF8_MARK)
    if b"\0" in data:
        raise _with_nul(path, data)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        if _is_binary(data):
            raise _binary(path) from None
        hint = f"convert it: iconv -f latin1 -t utf-8 {path.name} > new-{path.name}"
        what = f"not UTF-8: byte 0x{data[error.start]:02x}"
        raise _misplaced(path, data, error.start, what, hint) from None
    if not text.strip():
        raise DatasetError("the file is empty", where=str(path))
    return text


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
    return list(each_line(text))


def lines_of(path: Path, data: bytes) -> Iterator[str]:
    """The lines of what `decode` makes of a file, which is not held as a whole where it is UTF-8:
    one character beyond Latin makes two or four bytes of each in a text.

    Raises `DatasetError` as `decode` does, before the first line.
    """
    if not _is_utf8(data):
        yield from each_line(decode(path, data))
        return
    start = len(_UTF8_MARK) if data.startswith(_UTF8_MARK) else 0
    while (end := data.find(b"\n", start)) >= 0:
        yield data[start:end].removesuffix(b"\r").decode()
        start = end + 1
    if last := data[start:].removesuffix(b"\r"):
        yield last.decode()


def _is_utf8(data: bytes) -> bool:
    """Whether data are UTF-8 with something in them, as `decode` takes them."""
    if b"\0" in data or data.startswith(tuple(_WIDE_MARKS)):
        return False
    decoder, is_filled = codecs.getincrementaldecoder("utf-8-sig")(), False
    try:
        for start in range(0, len(data), _PIECE):
            text = decoder.decode(data[start : start + _PIECE], start + _PIECE >= len(data))
            is_filled = is_filled or bool(text.strip())
    except UnicodeDecodeError:
        return False
    return is_filled


def each_line(text: str) -> Iterator[str]:
    """The same, one by one: of millions no second copy is held."""
    start = 0
    while (end := text.find("\n", start)) >= 0:
        yield text[start:end].removesuffix("\r")
        start = end + 1
    if last := text[start:].removesuffix("\r"):
        yield last


def _wide(path: Path, data: bytes, encoding: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        what = f"damaged {encoding.upper()} at byte {error.start + 1}: {error.reason}"
        hint = "copy the file again, or save it as UTF-8"
        raise DatasetError(what, where=str(path), hint=hint) from None
    if not text.strip():
        raise DatasetError("the file is empty", where=str(path))
    if "\0" in text:
        where = f"{path}, line {text.count(chr(10), 0, text.index(chr(0))) + 1}"
        raise DatasetError("NUL character in the line", where=where, hint="remove it")
    return text


def _with_nul(path: Path, data: bytes) -> DatasetError:
    sample = data[:_SAMPLE]
    for first, name in ((1, "utf-16le"), (0, "utf-16be")):
        every_other = sample[first::2]
        if len(sample) > 3 and every_other.count(0) > _SHARE_OF_WIDE * len(every_other):
            hint = f"convert it: iconv -f {name} -t utf-8 {path.name} > new-{path.name}"
            return DatasetError("UTF-16 without a byte order mark", where=str(path), hint=hint)
    if _is_binary(data):
        return _binary(path)
    return _misplaced(path, data, data.index(b"\0"), "NUL byte", "remove it")


def _is_binary(data: bytes) -> bool:
    sample = data[:_SAMPLE]
    n_controls = len(sample) - len(sample.translate(None, _CONTROLS + b"\0"))
    return n_controls > max(1, _SHARE_OF_BINARY * len(sample))


def _binary(path: Path) -> DatasetError:
    hint = "convert it to JSONL, CSV or Parquet with the program that wrote it"
    return DatasetError("binary data of an unknown format", where=str(path), hint=hint)


def _misplaced(path: Path, data: bytes, at: int, what: str, hint: str) -> DatasetError:
    line = data.count(b"\n", 0, at) + 1
    byte = at - data.rfind(b"\n", 0, at)
    where = f"{path}, line {line}"
    return DatasetError(f"{what} at byte {byte} of the line", where=where, hint=hint)
