"""A file as readers get it: its decompressed bytes and the facts about them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from probing.datasets.formats import decoding, signatures
from probing.datasets.formats.compression import decompressed
from probing.datasets.formats.decoding import read_bytes


@dataclass(frozen=True)
class Layout:
    """What an entry says of how its files are laid out.

    `header` is whether the first line of a delimited file names the columns; None: it does.
    `sheet` is the sheet of a workbook, by its name or its number from 1; None: the only one with
    rows.
    """

    header: bool | None = None
    sheet: str | int | None = None


USUAL = Layout()


@dataclass(frozen=True)
class Source:
    """The file at `path`, laid out as `layout` says; `data` are its decompressed bytes."""

    path: Path
    data: bytes
    layout: Layout = USUAL

    @property
    def header(self) -> bool | None:
        """Whether the first line of a delimited file names the columns; None: it does."""
        return self.layout.header

    def text(self) -> str:
        """The text of the file; raises `DatasetError` where it holds something else."""
        return decoding.decode(self.path, self.data)

    def lines(self) -> Iterator[str]:
        """The lines of that text, one by one; raises `DatasetError` before the first of them."""
        return decoding.lines_of(self.path, self.data)


def open_source(path: Path, layout: Layout = USUAL) -> Source:
    """Read the file at `path`.

    Raises `DatasetError` for one that cannot be read, is damaged or has a format that is not read.
    """
    data = decompressed(path, read_bytes(path))
    signatures.refuse(path, data)
    return Source(path, data, layout)


def read_text(path: Path) -> str:
    """The text of the file at `path`, decompressed."""
    return open_source(path).text()
