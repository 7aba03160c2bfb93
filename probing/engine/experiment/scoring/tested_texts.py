"""The texts that a run tests: kept once, as its datasets are read, for its closing tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from probing.datasets import TextDataset
from probing.engine.experiment.scoring.cell_labels import sayable
from probing.engine.experiment.scoring.frames_in_parts import pieces, write_in_parts
from probing.errors import RunError
from probing.logs import RunFolder
from probing.logs.folders.plain_files import opened
from probing.plan import Plan

if TYPE_CHECKING:
    import polars as pl

COLUMNS = ("dataset", "text", "content")
GROUP = "group"


class TestedTexts:
    """The rows of the datasets of a run, each dataset in a file beside the finished blocks."""

    def __init__(self, run: RunFolder, plan: Plan) -> None:
        self.run = run
        self.numbers = {one.name: at for at, one in enumerate(plan.datasets)}

    def keep(self, name: str, data: TextDataset) -> None:
        """Keep the rows of a dataset, unless an earlier attempt did.

        Raises `RunError` where they cannot be written.
        """
        path = self._path(name)
        if path.exists():
            return
        try:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            frames = (rows_of(name, data, some) for some in pieces(len(data)))
            write_in_parts(path, frames, path.parent)
        except OSError as error:
            what = f"cannot be written ({error.strerror})"
            raise RunError(what, where=str(path), hint="make room, then resume the run") from None

    @contextmanager
    def table(self) -> Iterator[pl.LazyFrame | None]:
        """The text of every row, dataset by dataset; None where no dataset was read."""
        import polars as pl

        # Polars globs some paths, and refuses those that are not UTF-8: it is given files
        with ExitStack() as stack:
            files = [stack.enter_context(opened(path)) for path in self._paths.values()]
            parts = [pl.scan_parquet(file, glob=False).select(COLUMNS) for file in files]
            yield pl.concat(parts) if parts else None

    def groups(self, name: str) -> NDArray[np.int64] | None:
        """The group of every row of a dataset; None where they are not kept."""
        import polars as pl

        with suppress(FileNotFoundError), opened(self._path(name)) as file:
            if GROUP in pl.read_parquet_schema(file):
                file.seek(0)
                return pl.read_parquet(file, columns=[GROUP])[GROUP].to_numpy()
        return None

    @cached_property
    def marks(self) -> tuple[str, ...]:
        """The columns with what rows mark: `start` and `end`, of a second span `start2`, …"""
        found = [name for one in self._spans.values() for name in one.columns]
        return tuple(dict.fromkeys([*_ends(1), *found]))

    def spans(self, name: str) -> pl.DataFrame | None:
        """What each row of a dataset marks, in the order of rows; None where it was not read."""
        return self._spans.get(name)

    @cached_property
    def _spans(self) -> dict[str, pl.DataFrame]:
        import polars as pl

        found = {}
        for name, path in self._paths.items():
            with opened(path) as file:
                columns = [one for one in pl.read_parquet_schema(file) if one.startswith(_ENDS)]
                file.seek(0)
                found[name] = pl.read_parquet(file, columns=columns)
        return found

    @cached_property
    def _paths(self) -> dict[str, Path]:
        paths = {name: self._path(name) for name in self.numbers}
        return {name: path for name, path in paths.items() if path.exists()}

    def _path(self, name: str) -> Path:
        return self.run.parts / f"texts-{self.numbers[name]}.parquet"


_ENDS = ("start", "end")


def rows_of(name: str, data: TextDataset, some: slice) -> pl.DataFrame:
    """A row for each of some of a dataset: its number, its text, its group, and the characters
    that it marks."""
    import polars as pl

    own = data.texts[some]
    different = {text: at for at, text in enumerate(dict.fromkeys(own))}
    texts = pl.Series(list(map(sayable, different)), dtype=pl.String)  # each is held once
    places = pl.Series([different[text] for text in own], dtype=pl.UInt32)
    frame = pl.DataFrame({"content": texts.gather(places)}).with_row_index("text", some.start)
    named = pl.lit(sayable(name)).alias("dataset"), pl.col("text").cast(pl.Int32)
    rows = frame.with_columns(named).select(*COLUMNS, pl.Series(GROUP, data.groups[some]))
    if data.spans is None:
        return rows.with_columns(pl.lit(None, pl.Int32).alias(end) for end in _ends(1))
    ends = data.spans[some].reshape(len(own), -1).T
    names = [end for number in range(1, len(ends) // 2 + 1) for end in _ends(number)]
    return rows.with_columns(
        pl.Series(name, values, dtype=pl.Int32) for name, values in zip(names, ends, strict=True)
    )


def _ends(number: int) -> tuple[str, ...]:
    """The names of the ends of a row's first, second, … span."""
    return tuple(end if number == 1 else f"{end}{number}" for end in _ENDS)
