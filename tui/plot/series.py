"""Series: the results of one probe and its controls over the layers of a model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from probing.spec import CHOSEN, is_of
from tui.texts.facts.flags import shared_flags
from tui.texts.names import shown_name
from tui.texts.sanitiser import clean

if TYPE_CHECKING:
    import polars as pl

PARTS = ("run", "dataset", "model", "site", "pooler", "classifier", "control")
RUN = 0
TASK_LABEL = "task"
OF_SERIES = ("task", "n_folds", "positive", "flags")
OF_SEVERAL = -1
Key = tuple[str, ...]


@dataclass(frozen=True)
class Point:
    """One cell: its layer (None where the pooler reduces several), mean, interval, texts.

    The band covers all layers of the series at once; `is_best` where the layer cannot be told
    from the best.
    """

    layer: int | None
    value: float
    low: float | None
    high: float | None
    n: int
    band_low: float | None = None
    band_high: float | None = None
    is_best: bool = False
    n_groups: int | None = None

    def bounds(self, together: bool) -> tuple[float | None, float | None]:
        """The band where it is asked for and known, else the interval."""
        if together and self.band_low is not None and self.band_high is not None:
            return self.band_low, self.band_high
        return self.low, self.high


@dataclass(frozen=True)
class Series:
    """One run × dataset × model × site × pooler × classifier × control over the layers.

    `index` is shared by a probe and its controls, so that they share a colour; a control of
    several probes has `OF_SEVERAL`. `label` has only the parts of the probe that differ from the
    other series, `label_of_control` the control. `positive` names class 1 of a binary
    task, and `flags` are those of all its cells. Where it `is_joined`, no step is a gap.
    """

    key: Key
    label: str
    task: str
    n_folds: int
    points: tuple[Point, ...]
    index: int
    positive: str = ""
    flags: tuple[str, ...] = ()
    is_joined: bool = False

    @property
    def control(self) -> str:
        """The control, empty for the task itself."""
        return self.key[-1]

    @property
    def label_of_control(self) -> str:
        """The control in words; `task` for the task itself."""
        return clean(self.control.replace("_", " ")) or TASK_LABEL

    @property
    def xs(self) -> list[int]:
        """Layers, in order."""
        return [point.layer for point in self.points if point.layer is not None]

    @property
    def ys(self) -> list[float]:
        """Values of the metric, one for each layer."""
        return [point.value for point in self.points if point.layer is not None]

    @property
    def is_chosen(self) -> bool:
        """Whether what it reads was chosen among candidates."""
        _, _, _, *parts, _ = self.key
        return any(part == CHOSEN or part.endswith(f"layer={CHOSEN})") for part in parts)

    def place(self, point: Point) -> str:
        """The layer of one of its points in a word."""
        if point.layer is None:
            return CHOSEN if self.is_chosen else "all"
        return f"{point.layer}"

    @property
    def is_reference(self) -> bool:
        """Whether its bounds say what one curve without signal may look like."""
        return self.control == "shuffled_labels"

    @property
    def n(self) -> int:
        """The number of test texts behind every point."""
        return max((point.n for point in self.points), default=0)

    @property
    def n_groups(self) -> int | None:
        """The number of independent groups of these texts, where they are fewer."""
        known = max((point.n_groups or 0 for point in self.points), default=0)
        return known if 0 < known < self.n else None

    @property
    def stride(self) -> int:
        """The smallest step between its layers: a larger one is a gap."""
        xs = self.xs
        if self.is_joined:
            return max(xs, default=1)
        return min((right - left for left, right in pairwise(xs)), default=1)

    @property
    def step(self) -> int:
        """The smallest distance between its layers, whether or not a larger one is a gap."""
        xs = self.xs
        return min((right - left for left, right in pairwise(xs)), default=1)

    @property
    def flat(self) -> Point | None:
        """The only point of a pooler that reduces several layers."""
        return next((point for point in self.points if point.layer is None), None)

    def at(self, layer: int) -> Point | None:
        """The point at a layer."""
        return next((point for point in self.points if point.layer == layer), None)


def series_of(results: pl.DataFrame, metric: str) -> list[Series]:
    """The series in a frame of results (see `probing.logs.results.tables.results`) for one metric.

    Probes come in the frame's order, each followed by its controls; cells without a finite
    value are left out, and a series without any cell too.
    """
    columns = _columns_of(results, metric)
    rows: dict[Key, list[int]] = {}
    for at, key in enumerate(zip(*(columns.pop(part) for part in PARTS), strict=True)):
        rows.setdefault(key, []).append(at)
    tasks, n_folds, positives, flags = (columns.pop(name) for name in OF_SERIES)
    points = list(map(Point, *columns.values()))
    places, labels = _places(list(rows)), labelled(list(rows))
    return [
        Series(
            key,
            labels[key],
            tasks[rows[key][0]],
            max(n_folds[at] for at in rows[key]),
            tuple(sorted((points[at] for at in rows[key]), key=_layer_of)),
            places[key][1],
            positives[rows[key][0]],
            shared_flags(flags[at] for at in rows[key]),
        )
        for key in sorted(rows, key=lambda key: (places[key][0], key[-1]))
    ]


def _columns_of(results: pl.DataFrame, metric: str) -> dict[str, list[Any]]:
    """The columns of the cells with a value: `PARTS`, `OF_SERIES`, then the fields of `Point`."""
    import polars as pl  # 0.2 s, only readers of results pay

    def numbers(name: str) -> pl.Expr:
        """A column, empty where it is not finite."""
        if name not in results.columns:
            return pl.lit(None).alias(name)
        return pl.when(pl.col(name).is_finite()).then(pl.col(name)).alias(name)

    known = results.filter(pl.col(metric).is_finite()).select(
        *(pl.col(name).fill_null("") for name in PARTS),
        *("task", "n_folds", pl.col("positive").fill_null("")),
        "flags" if "flags" in results.columns else pl.lit("").alias("flags"),
        "layer",
        metric,
        *(numbers(f"{metric}_{end}") for end in ("low", "high")),
        pl.col("n_texts").fill_null(0),
        *(numbers(f"{metric}_{end}") for end in ("band_low", "band_high")),
        (numbers(f"{metric}_best") > 0).fill_null(False).alias("is_best"),
        "n_groups" if "n_groups" in results.columns else pl.lit(None).alias("n_groups"),
    )
    return {name: known[name].to_list() for name in known.columns}


def _layer_of(point: Point) -> int:
    return -1 if point.layer is None else point.layer


def is_shared(key: Key) -> bool:
    """Whether it is a control that several probes may have: an empty part is for every one."""
    return bool(key[-1]) and not all(key[:-1])


def _places(keys: Sequence[Key]) -> dict[Key, tuple[int, int]]:
    """Of each series the place of its probe among the probes, the first of several; its index."""
    bases = dict.fromkeys(key[:-1] for key in keys if not is_shared(key))
    places = {base: at for at, base in enumerate(bases)}
    by_run: dict[str, list[Key]] = {}
    for base in bases:
        by_run.setdefault(base[0], []).append(base)
    found = {}
    for key in keys:
        if is_shared(key):
            own = [places[base] for base in by_run.get(key[0], ()) if is_of(key[:-1], base)]
            found[key] = (own or [len(bases)])[0], own[0] if len(own) == 1 else OF_SEVERAL
        else:
            found[key] = (places[key[:-1]],) * 2
    return found


def best_layers(one: Series) -> str:
    """The layers that cannot be told from the best, such as `2-4, 6`; empty where unknown."""
    runs: list[list[int]] = []
    for layer in (point.layer for point in one.points if point.is_best and point.layer is not None):
        if runs and layer - runs[-1][-1] == one.stride:
            runs[-1].append(layer)
        else:
            runs.append([layer])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def labelled(keys: Sequence[Key]) -> dict[Key, str]:
    """Each probe's label: the parts in which it differs from the others, else its classifier.

    The run is told only where two probes differ in nothing else.
    """
    parts = [at for at in range(len(PARTS) - 1) if len({key[at] for key in keys} - {""}) > 1]
    probes = {key[:-1] for key in keys if not is_shared(key)}
    if parts[:1] == [RUN] and len(parts) > 1 and len({key[1:] for key in probes}) == len(probes):
        parts = parts[1:]
    parts = parts or [PARTS.index("classifier")]
    named = {key: [shown_name(key[at]) for at in parts if key[at]] for key in keys}
    return {key: " ".join(dict.fromkeys(names)) for key, names in named.items()}


def common_parts(
    series: Sequence[Series], parts: Sequence[str] = ("model", "dataset")
) -> list[str]:
    """Values of the parts in which all series agree."""
    values = [{one.key[PARTS.index(part)] for one in series} - {""} for part in parts]
    return [shown_name(next(iter(value))) for value in values if len(value) == 1]


def chosen(series: Sequence[Series], keys: Sequence[Key]) -> list[Series]:
    """The series of these keys in this order, labels and colours made anew among them."""
    by_key = {one.key: one for one in series}
    kept = [by_key[key] for key in dict.fromkeys(keys) if key in by_key]
    labels, places = labelled([one.key for one in kept]), _places([one.key for one in kept])
    return [replace(one, label=labels[one.key], index=places[one.key][1]) for one in kept]


def chance_level(results: pl.DataFrame, metric: str) -> float | None:
    """What guessing scores in these results; None if unknown or not a single number.

    A constant if the metric has one, else the mean of the majority control.
    """
    from probing.metric_names import METRICS

    tasks = set(results["task"].to_list())
    fixed = {METRICS[metric].chance_of(task) for task in tasks}
    if len(fixed) == 1 and (level := fixed.pop()) is not None:
        return level
    majority: list[float] = [
        value
        for control, value in results.select("control", metric).iter_rows()
        if control == "majority" and _is_finite(value)
    ]
    if not majority or max(majority) - min(majority) > 0.005:
        return None
    return sum(majority) / len(majority)


def _is_finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)
