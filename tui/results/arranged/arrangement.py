"""The order of the rows and columns that a user chose, and which columns are hidden."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, overload

from tui.widgets.column_widths import Column
from tui.widgets.row_table import Row

UP, DOWN = "▲", "▼"
LOOKED_AT = 64


@dataclass(frozen=True)
class SortKey:
    """A column to sort by, told by its title."""

    title: str
    descending: bool = False


@dataclass(frozen=True)
class Arrangement:
    """Sort keys, the first counts most; titles of columns in order; titles that are hidden, and
    of columns that are shown beside those of the table.

    Columns that `order` does not name keep their places after those that it does.
    """

    sort: tuple[SortKey, ...] = ()
    order: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    more: tuple[str, ...] = ()

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Arrangement:
        """That which `asdict` gave; what is of another kind is left as if it were not there."""
        lists = {name: one for name, one in given.items() if isinstance(one, list)}
        keys = tuple(
            SortKey(str(one["title"]), bool(one.get("descending")))
            for one in lists.get("sort", [])
            if isinstance(one, dict) and "title" in one
        )
        titles = (tuple(map(str, lists.get(name, []))) for name in ("order", "hidden", "more"))
        return cls(keys, *titles)

    def places(self, columns: Sequence[Column]) -> list[int]:
        """The columns that are shown, by number, in order."""
        titles = [column.title for column in columns]
        known = [titles.index(title) for title in self.order if title in titles]
        rest = [at for at in range(len(titles)) if at not in known]
        shown = [at for at in (*known, *rest) if titles[at] not in self.hidden]
        return shown or list(range(len(titles)))

    def titled(self, columns: Sequence[Column]) -> list[Column]:
        """The columns that are shown, with arrows on those that the table is sorted by."""
        marks = self.marks()
        return [
            _marked(columns[at], marks.get(columns[at].title, "")) for at in self.places(columns)
        ]

    def marks(self) -> dict[str, str]:
        """By title: an arrow, with its number where there are several."""
        several = len(self.sort) > 1
        return {
            key.title: f"{DOWN if key.descending else UP}{at if several else ''}"
            for at, key in enumerate(self.sort, 1)
        }

    def told(self) -> str:
        """The order in words."""
        return f"by {', '.join(f'{title} {mark}' for title, mark in self.marks().items())}"

    def next_key(self, columns: Sequence[Column], by: int = 1) -> Arrangement:
        """The last key on the next column that is shown; after the last there is one key less."""
        titles = [columns[at].title for at in self.places(columns)]
        *before, last = self.sort or (SortKey(""),)
        taken = {key.title for key in before}
        at = titles.index(last.title) if last.title in titles else -1
        free = [title for title in titles[at + 1 :] if title not in taken]
        keys = (*before, SortKey(free[0], last.descending)) if free else tuple(before)
        return replace(self, sort=keys)

    def further_key(self, columns: Sequence[Column]) -> Arrangement:
        """One more key, on the first column that is shown and not sorted by."""
        taken = {key.title for key in self.sort}
        titles = [columns[at].title for at in self.places(columns)]
        free = [title for title in titles if title not in taken]
        return replace(self, sort=(*self.sort, SortKey(free[0]))) if free else self

    def reversed(self) -> Arrangement:
        """The last key the other way round."""
        if not self.sort:
            return self
        *before, last = self.sort
        return replace(self, sort=(*before, replace(last, descending=not last.descending)))

    def turned(self, title: str, *, alone: bool = False) -> Arrangement:
        """A column sorted by: up, then down, then not; as the last key, or as the only one."""
        found = next((key for key in self.sort if key.title == title), None)
        others = () if alone else tuple(key for key in self.sort if key is not found)
        if found is None:
            return replace(self, sort=(*others, SortKey(title)))
        if found.descending:
            return replace(self, sort=others)
        turned = replace(found, descending=True)
        keys = (turned,) if alone else tuple(turned if key is found else key for key in self.sort)
        return replace(self, sort=keys)


def _marked(column: Column, mark: str) -> Column:
    if not mark:
        return column
    title = f"{column.title} {mark}"
    return replace(column, title=title, least=max(column.least, len(title)))


class Arranged(Sequence[Row]):
    """Rows with their cells in another order, made when they are looked at."""

    def __init__(
        self,
        rows: Sequence[Row],
        places: Sequence[int],
        more: Callable[[int], tuple[str, ...]] | None = None,
    ) -> None:
        self.rows, self.places, self.more = rows, tuple(places), more

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> list[Row]: ...
    def __getitem__(self, at: int | slice) -> Row | list[Row]:
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(len(self)))]
        at = range(len(self))[at]
        row = self.rows[at]
        cells = (*row.cells, *(self.more(at) if self.more else ()))
        return replace(row, cells=tuple(cells[place] for place in self.places))

    def __iter__(self) -> Iterator[Row]:
        return (self[at] for at in range(len(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Arranged):
            return NotImplemented
        same = self.places == other.places and (self.more is None) == (other.more is None)
        return same and self.rows == other.rows

    __hash__ = None  # type: ignore[assignment]

    def find(self, key: tuple[str, ...]) -> int | None:
        """The place of the row of that key; None where there is none."""
        if hasattr(self.rows, "find"):
            found: int | None = self.rows.find(key)
            return found
        return next((at for at, row in enumerate(self.rows) if row.key == key), None)

    def looked_at(self) -> list[Row]:
        """Rows that the widths of columns go by."""
        if self.more or not hasattr(self.rows, "looked_at"):
            return self[:LOOKED_AT]
        rows: Sequence[Row] = self.rows.looked_at()
        return [replace(row, cells=tuple(row.cells[at] for at in self.places)) for row in rows]


ORDERS: dict[str, Callable[[Arrangement, Sequence[Column]], Arrangement]] = {
    "next": Arrangement.next_key,
    "further": Arrangement.further_key,
    "reverse": lambda arrangement, _: arrangement.reversed(),
}
