"""Whether series beat what they were compared with, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from probing.metric_names import default_metric
from tui.texts.facts.flags import shared_flags
from tui.texts.names import shown_name
from tui.texts.sanitiser import clean

if TYPE_CHECKING:
    import polars as pl

LEVEL = 0.05
ENOUGH = round(1 / LEVEL) - 1  # permutations for a test
CHANCE = 0.5  # AUROC, also of each class against the rest
PARTS = ("dataset", "model", "site", "pooler", "classifier")


def verdicts(frame: pl.DataFrame) -> list[str]:
    """A line for each series of the task: the layers that may be best, and what it beats."""
    series = compared_series(frame)
    differing = [at for at in range(len(PARTS)) if len({key[at] for key in series}) > 1]
    names = {
        key: " ".join(dict.fromkeys(shown_name(key[at]) for at in differing)) for key in series
    }
    return [_verdict(names[key], rows) for key, rows in series.items()]


def compared_series(frame: pl.DataFrame) -> dict[tuple[str, ...], list[Mapping[str, Any]]]:
    """The rows of each series of the task that was compared with something, by its `PARTS`."""
    series: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for row in frame.iter_rows(named=True):
        if not row["control"] and row["beats"]:
            series.setdefault(tuple(row[part] for part in PARTS), []).append(row)
    return series


def _verdict(name: str, rows: Sequence[Mapping[str, Any]]) -> str:
    told = comparisons(rows)
    beaten = [str(one) for one in told if one.p <= LEVEL]
    level = [str(one) for one in told if one.p > LEVEL and not one.is_open]
    unknown = [one.as_open for one in told if one.is_open]
    parts = []
    if below := _below_chance(rows):
        parts.append(below)
    if beaten:
        parts.append(f"beats {', '.join(beaten)}")
    if level:
        parts.append(f"not shown to beat {', '.join(level)}")
    parts += unknown
    if best := _best(rows):
        parts.append(best)
    parts += [flag for flag in shared_flags(row["flags"] for row in rows) if _is_choice(flag)]
    return clean(f"{name}: " * bool(name) + "; ".join(parts))


def comparisons(rows: Sequence[Mapping[str, Any]]) -> list[Comparison]:
    """What the rows of a series were compared with."""
    return [Comparison.of(part) for part in rows[0]["beats"].split("; ")]


def below_chance(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The rows whose whole band of AUROC lies below chance."""
    highs = ((row, row["auroc_band_high"]) for row in rows)
    return [row for row, high in highs if high is not None and high < CHANCE]


def _below_chance(rows: Sequence[Mapping[str, Any]]) -> str:
    """Said where a whole band of AUROC lies below chance: no luck, and no lack of signal."""
    lower = below_chance(rows)
    if not lower:
        return ""
    layers = [str(row["layer"]) for row in lower if row["layer"] is not None]
    where = f" at layer{'s' * (len(layers) > 1)} {', '.join(layers)}" if layers else ""
    return f"AUROC below chance{where}: texts that belong together may stand in different folds"


def _is_choice(flag: str) -> bool:
    return flag.startswith(("chosen: ", "final probe: "))


class Comparison(NamedTuple):
    """What a series was compared with, its p value, and the least that it can have."""

    what: str
    p: float
    least: float

    @classmethod
    def of(cls, text: str) -> Comparison:
        """Read one of the comparisons of the column `beats`."""
        what, _, rest = text.rpartition(" p=")
        p, _, least = rest.partition(" of at least ")
        return cls(what.replace("_", " "), float(p), float(least or 0))

    @property
    def is_open(self) -> bool:
        """Whether it beats every permutation, of which there are too few."""
        return self.p > LEVEL and self.p == self.least

    @property
    def as_open(self) -> str:
        """What is known where there are too few permutations."""
        told = f"too few for a test ({_p(self.p)}): set n_shuffles = {ENOUGH} or more"
        return f"better than all {self.n_permutations} permutations of {self.what}, {told}"

    @property
    def n_permutations(self) -> int:
        """How many there are, by the least p value that they can give."""
        return round(1 / self.least) - 1

    def __str__(self) -> str:
        return f"{self.what} ({_p(self.p)})"


def _p(value: float) -> str:
    return "p < .001" if value < 0.001 else f"p {value:.2g}".replace("0.", ".", 1)


def _best(rows: Sequence[Mapping[str, Any]]) -> str:
    metric = default_metric(rows[0]["task"])
    best = [row["layer"] for row in rows if row[f"{metric}_best"] and row["layer"] is not None]
    n_layers = len([row for row in rows if row["layer"] is not None])
    if not best or n_layers < 2:
        return ""
    if len(best) == n_layers:
        return "no layer can be told from the best"
    plural = "s" if len(best) > 1 else ""
    return f"best layer{plural}: {', '.join(map(str, best))}"
