"""The records of a CSV file line by line, also of one that grows."""

from __future__ import annotations

import csv
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Record:
    """The cells of a record; `fault` says why there are none.

    Bytes that are not UTF-8 are half surrogate pairs, as `surrogateescape` makes of them.
    """

    cells: list[str] = field(default_factory=list)
    fault: str = ""


def records(lines: Iterator[bytes | None], separator: str) -> Iterator[Record | None]:
    """Every record; None where there is nothing new, or only a part of a record, of a file yet."""
    csv.field_size_limit(sys.maxsize)
    parts = _Parts(lines)
    reader = csv.reader(parts, delimiter=separator, strict=False)
    while True:
        try:
            record = Record(next(reader))
        except StopIteration:
            return
        except _NothingYet:
            yield None
            continue
        except csv.Error as error:
            record = Record(fault=f"it is no CSV ({error})")
        parts.end()
        yield record


class _NothingYet(Exception):  # noqa: N818 - a signal, not an error
    """The rest of a record is not there yet."""


class _Parts:
    """Lines as text, for records of one or several; those of a record that waits come again."""

    def __init__(self, lines: Iterator[bytes | None]) -> None:
        self.lines = lines
        self.begun, self.again = deque[str](), deque[str]()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self.again.popleft() if self.again else self._new()
        self.begun.append(line)
        return line

    def _new(self) -> str:
        line = next(self.lines)
        if line is None:
            self.end(self.begun)
            raise _NothingYet
        text = line.removeprefix(b"\xef\xbb\xbf").decode(errors="surrogateescape")
        return f"{text}\n"

    def end(self, again: Iterable[str] = ()) -> None:
        """Begin another record, or the same one `again`."""
        self.again.extend(again)
        self.begun.clear()
