"""Compare cells on the same texts: differences with their interval, band and p values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from probing.errors import ProbingError, RunError, SpecError, nearest
from probing.logs import RunView, find_run, list_runs, map_arrays
from probing.logs.details.prediction_rows import prediction_rows
from probing.logs.folders.plain_files import has_file
from probing.logs.folders.tagged_runs import by_tags, tagged_matches
from probing.logs.index.all_cells import AllCells
from probing.logs.index.listed_runs import listed_runs
from probing.logs.results.closing_tables import has_table, is_as_written
from probing.logs.results.influences import texts_of, unpacked
from probing.logs.results.tables import results
from probing.metric_names import METRICS, default_metric
from probing.plan.cells import Cell
from probing.uncertainty import Difference, Measured, apart, differences, holm, mcnemar

if TYPE_CHECKING:
    import polars as pl

KEYS = (
    "run", "dataset", "trained_on", "task", "model", "site", "pooler", "layer", "classifier",
    "control",
)  # fmt: skip
FEW = 25  # texts that are decided differently, or fewer: the exact test takes over

Row = dict[str, Any]


def compare(
    logs: str | Path, first: str, second: str, *, run: str | None = None, metric: str = ""
) -> pl.DataFrame:
    """The cells that fulfil the filter `first`, less those that fulfil `second`.

    A cell is paired with the one that equals it in all but what tells the two selections apart.
    One row for each pair: what both share, the two values as `a` and `b`, `difference` with its
    95 % interval (`low`, `high`), the band that covers all rows at once (`band_low`,
    `band_high`), `p` by the `test` named, `p_holm` adjusted for all rows, `n_texts`, `n_groups`,
    and `reason` where there is no number. `metric` defaults to that of the task.

    Raises `SpecError` where a filter selects nothing or the pairs are not clear.
    """
    folder = Path(logs)
    runs = [find_run(folder, run)] if run is not None else list_runs(folder)
    listed = listed_runs(folder, runs)
    views = {view.run.column_name: view for view in listed}
    if run is not None:
        return compare_views(views, first, second, metric=metric)
    cells = AllCells(folder, listed, lambda line: None)

    def frame(given: str) -> pl.DataFrame:
        kept, rest = by_tags(runs, given)
        rows = cells.rows(rest)
        names = [run.column_name for run in kept]
        return rows if len(kept) == len(runs) else rows.filter(rows["run"].is_in(names))

    sides = [_rows_of(frame(given), given, name) for given, name in ((first, "A"), (second, "B"))]
    return _compared(views, sides, metric)


def compare_views(
    views: Mapping[str, RunView], first: str, second: str, *, metric: str = ""
) -> pl.DataFrame:
    """As `compare`, of the cells of these runs alone, by the names that tables give them."""
    frame, runs = results(views.values()), [view.run for view in views.values()]
    sides = [
        _rows_of(tagged_matches(frame, given, runs), given, name)
        for given, name in ((first, "A"), (second, "B"))
    ]
    return _compared(views, sides, metric)


def _compared(
    views: Mapping[str, RunView], sides: Sequence[Sequence[Row]], metric: str
) -> pl.DataFrame:
    chosen = _metric(sides, metric)
    shared, pairs = _pairs(*sides)
    kept = _Kept(views)
    found = [_Pair(a, b, kept, chosen) for a, b in pairs]
    return _frame(found, shared, chosen)


def difference(views: Mapping[str, RunView], first: Row, second: Row, metric: str) -> Row:
    """The row of `compare` for two rows of the results; `views` are their runs by name."""
    found = _frame([_Pair(first, second, _Kept(views), metric)], [], metric)
    return found.row(0, named=True)


def _rows_of(frame: pl.DataFrame, given: str, name: str) -> list[Row]:
    rows = frame.to_dicts()
    if not rows:
        raise SpecError(f"no cell fulfils {given!r}", where=name, hint="see: probe-tui results")
    if not any(word in given for word in ("control", "majority", "shuffled")):
        rows = [row for row in rows if not row["control"]] or rows
    return rows


def _metric(sides: Sequence[Sequence[Row]], metric: str) -> str:
    tasks = sorted({row["task"] for rows in sides for row in rows})
    chosen = metric or default_metric(tasks[0])
    if chosen not in METRICS:
        raise SpecError(f"no metric {chosen!r}", where="--metric", hint=nearest(chosen, METRICS))
    if not any(row[chosen] is not None for rows in sides for row in rows):
        raise SpecError(f"these cells have no {chosen}", where="--metric")
    return chosen


def _pairs(first: Sequence[Row], second: Sequence[Row]) -> tuple[list[str], list[tuple[Row, Row]]]:
    """The keys that the selections share, and the rows that are equal in them.

    A control with an empty key, as its layer, is the partner of each.
    """
    values = {key: ({row[key] for row in first}, {row[key] for row in second}) for key in KEYS}
    shared = [key for key, (a, b) in values.items() if a & b]
    by_key: dict[tuple[Any, ...], list[Row]] = {}
    for row in second:
        by_key.setdefault(tuple(row[key] for key in shared), []).append(row)
    controls = [row for row in (*first, *second) if row["control"]]
    free = [key for key in KEYS if any(row[key] in ("", None) for row in controls)]
    pairs, seen = [], set()
    for row in first:
        partners = by_key.get(tuple(row[key] for key in shared), [])
        place = tuple(row[key] for key in (*shared, *free))
        if len(partners) > 1 or place in seen:
            _refuse(values, shared)
        seen.add(place)
        pairs += [(row, partner) for partner in partners]
    if not pairs:
        raise SpecError("no cell of A has a partner in B", hint="widen a filter")
    return shared, pairs


def _refuse(values: Mapping[str, tuple[set[Any], set[Any]]], shared: Sequence[str]) -> None:
    several = [key for key in KEYS if key not in shared and max(map(len, values[key])) > 1]
    names = " and ".join(several) or "run"
    raise SpecError(
        f"A or B holds several cells for one pair: they differ in {names}",
        hint=f"add {names} to the filters",
    )


class _Kept:
    """The influences and decisions that the runs keep."""

    def __init__(self, views: Mapping[str, RunView]) -> None:
        self.views = views
        self._arrays: dict[str, Mapping[str, Any]] = {}

    def arrays(self, run: str) -> Mapping[str, Any]:
        """The influences of a run; raises `RunError` where there are none, or not as written."""
        if run not in self._arrays:
            view = self.views[run]
            path = view.run.influences
            if not has_file(path):
                yet, hint = ("", "run it again") if view.state.end else (" yet", "wait for its end")
                raise RunError(f"keeps no influence values{yet}", where=run, hint=hint)
            if not is_as_written(view, path):
                raise RunError("has changed since the run wrote it", where=str(path))
            self._arrays[run] = map_arrays(path)
        return self._arrays[run]

    def score(self, row: Row, metric: str) -> Measured:
        """The score of a cell; raises `RunError` where it has no interval."""
        cell = Cell(**{key: row[key] for key in KEYS if key != "run"})
        score = unpacked(self.arrays(row["run"]), cell.id, row["task"], metric)
        if score is None:
            raise RunError(f"{metric} has no interval", where=row["run"])
        return score

    def texts(self, row: Row) -> str:
        """What a run read of a dataset."""
        return texts_of(self.arrays(row["run"]), row["dataset"])

    def right(self, row: Row) -> pl.DataFrame | None:
        """Whether each text was decided rightly; None where a run keeps no decisions."""
        import polars as pl

        view = self.views[row["run"]]
        if not has_table(view, view.run.predictions):
            return None
        rows = prediction_rows(view, row)
        right = pl.col("prediction") == pl.col("target")
        return rows.group_by("text").agg(right.all().alias("right"), pl.len().alias("n"))


@dataclass
class _Pair:
    """A pair of cells: their scores, or the reason why they have no difference."""

    first: Row
    second: Row
    kept: _Kept
    metric: str
    scores: tuple[Measured, Measured] | None = field(init=False, default=None)
    discordant: tuple[int, int] | None = field(init=False, default=None)
    reason: str = field(init=False, default="")

    def __post_init__(self) -> None:
        try:
            scores = self._scores()
            self.discordant, self.scores = self._discordant(), scores
        except ProbingError as error:
            self.reason = _in_a_table(str(error))
        except OSError as error:
            self.reason = _in_a_table(f"{error.filename}: cannot be read ({error.strerror})")

    def _scores(self) -> tuple[Measured, Measured]:
        if all(self.first[key] == self.second[key] for key in KEYS):
            raise RunError("A and B are the same cell; change a filter")
        if "shuffled_labels" in (self.first["control"], self.second["control"]):
            raise RunError(
                "shuffled_labels is not one probe but several permutations: the column beats has "
                "the p value against them"
            )
        texts = [self.kept.texts(row) for row in (self.first, self.second)]
        if len(set(texts)) > 1 or not texts[0]:
            raise RunError("A and B were run on other texts, so they have no paired difference")
        a, b = (self.kept.score(row, self.metric) for row in (self.first, self.second))
        if len(a.sums) != len(b.sums):
            raise RunError("A and B grouped their texts in other ways")
        alike = all(self.first[key] == self.second[key] for key in ("run", "trained_on"))
        return apart(a, b, are_shared=alike)

    def _discordant(self) -> tuple[int, int] | None:
        """Texts that only A, and only B decides rightly, where few and independent."""
        if self.metric != "accuracy" or self.first["n_groups"] != self.first["n_texts"]:
            return None
        both = [self.kept.right(row) for row in (self.first, self.second)]
        if both[0] is None or both[1] is None:
            return None
        joined = both[0].join(both[1], on="text", suffix="_b")
        if not joined.height or joined["n"].max() != 1 or joined["n_b"].max() != 1:
            return None
        only_first = joined.filter("right").filter(~joined.filter("right")["right_b"]).height
        only_second = joined.filter("right_b").filter(~joined.filter("right_b")["right"]).height
        return (only_first, only_second) if only_first + only_second <= FEW else None


def _in_a_table(text: str) -> str:
    """Tables hold no bytes that are not UTF-8, which the name of a folder may."""
    return text.encode("utf-8", "replace").decode()


def _frame(pairs: Sequence[_Pair], shared: Sequence[str], metric: str) -> pl.DataFrame:
    import polars as pl

    known = [pair for pair in pairs if pair.scores is not None]
    sides = [[pair.scores[at] for pair in known if pair.scores] for at in (0, 1)]
    told = dict(zip(map(id, known), differences(*sides) if known else [], strict=True))
    rows = [_row(pair, told.get(id(pair)), shared, metric) for pair in pairs]
    tested = [row for row in rows if row["p"] is not None]
    for row, p in zip(tested, holm([row["p"] for row in tested]), strict=True):
        row["p_holm"] = p
    return pl.DataFrame(rows, infer_schema_length=None)


def _row(pair: _Pair, told: Difference | None, shared: Sequence[str], metric: str) -> Row:
    row: Row = {key: pair.first[key] for key in shared}
    for key in KEYS:
        if key not in shared:
            row |= {f"{key}_a": pair.first[key], f"{key}_b": pair.second[key]}
    row |= {"metric": metric, "a": pair.first[metric], "b": pair.second[metric]}
    numbers = ("value", "low", "high", "band_low", "band_high", "p")
    names = ("difference", "low", "high", "band_low", "band_high", "p")
    row |= {
        name: None if told is None else getattr(told, number)
        for name, number in zip(names, numbers, strict=True)
    }
    row |= {"p_holm": None, "test": "" if told is None else "t"}
    counts = None if told is None else pair.discordant
    if counts is not None:
        row |= {"p": mcnemar(*counts), "test": "McNemar"}
    n_groups = pair.scores[0].n_groups if pair.scores else None
    sizes = {"n_texts": pair.first["n_texts"], "n_groups": n_groups}
    return row | sizes | {"reason": pair.reason}
