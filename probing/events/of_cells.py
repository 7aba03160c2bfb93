"""What comes of cells: their folds, how sure their metrics are, why one has none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from probing.events.base import Event


@dataclass(frozen=True)
class CellEvent(Event):
    """The base of what is logged of one cell, in one attempt of the run."""

    cell: str
    attempt: int


@dataclass(frozen=True)
class FitsStarted(Event):
    """Fits of a user's class start in the runner's own process, which the class could end."""

    kind: ClassVar[str] = "fits_started"
    block: int
    attempt: int
    classifier: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class FoldDone(CellEvent):
    """One fold of one cell: sizes in texts, scores on its test part.

    `n_params` counts the model's parameters, `n_probe_params` the classifier's.

    `metrics` maps a metric's name to its value or None; `reasons` says why it is None.
    `lows` and `highs` are of runs before `cell_measured`: bounds where a cell has one fold.
    `positive` names class 1 of a binary task; it is empty in logs of earlier versions.
    `selected`, of a chosen cell, names what was chosen for the fold, and the id of that `cell`.
    `trained_on` names what the probe is trained on where that is not `dataset`, on which it is
    tested.
    """

    kind: ClassVar[str] = "fold_done"
    dataset: str
    task: str
    model: str
    site: str
    pooler: str
    layer: int | None
    classifier: str
    control: str
    permutation: int
    fold: int
    n_train: int
    n_val: int
    n_test: int
    n_truncated: int
    n_params: int
    n_probe_params: int
    fit_s: float
    metrics: Mapping[str, float | None]
    reasons: Mapping[str, str] = field(default_factory=dict)
    lows: Mapping[str, float | None] = field(default_factory=dict)
    highs: Mapping[str, float | None] = field(default_factory=dict)
    chosen: Mapping[str, float | None] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    positive: str = ""
    selected: Mapping[str, str] = field(default_factory=dict)
    trained_on: str = ""


@dataclass(frozen=True)
class CellPooled(CellEvent):
    """The metrics of a cell that are computed from the predictions of all its folds together.

    One for each permutation, before the `block_done` that counts. `parts` maps a pooled metric's
    name to one number for each of `folds`: their mean is the pooled value, their spread that of
    a jackknife over folds; None where the metric has no value without that fold.
    """

    kind: ClassVar[str] = "cell_pooled"
    permutation: int
    folds: tuple[int, ...]
    parts: Mapping[str, Sequence[float | None]]


@dataclass(frozen=True)
class CellMeasured(CellEvent):
    """How sure the metrics of a cell are, before the `block_done` that counts.

    `errors` are standard errors, `lows` and `highs` 95 % bounds, all by metric; of
    `shuffled_labels` they are those of a single new permutation. `n_groups` counts the
    independent groups of texts that were tested. `reasons` say why a metric has no interval.
    `values` are of metrics that no fold has, such as a description length. `n_tested` counts the
    texts that some fold tested; older runs did not log it.
    """

    kind: ClassVar[str] = "cell_measured"
    n_groups: int
    errors: Mapping[str, float | None]
    lows: Mapping[str, float | None]
    highs: Mapping[str, float | None]
    reasons: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, float | None] = field(default_factory=dict)
    n_tested: int | None = None


@dataclass(frozen=True)
class CellLearned(CellEvent):
    """The learning curve of a cell, before the `block_done` that counts.

    `fractions` of the training rows rise to 1, the cell's own folds; `n_train` are the training
    texts of a fold on average. `values`, `lows` and `highs` map a metric to one number for each
    fraction, `covariances` to the lower triangle of the covariance of its values, row by row.
    `test_errors` are the standard errors of the last values given the fitted probes, from
    `n_tested` texts. `reasons` say of a fraction such as `0.1` why it has no values.
    """

    kind: ClassVar[str] = "cell_learned"
    fractions: tuple[float, ...]
    n_train: tuple[int, ...]
    values: Mapping[str, Sequence[float | None]]
    lows: Mapping[str, Sequence[float | None]]
    highs: Mapping[str, Sequence[float | None]]
    covariances: Mapping[str, Sequence[float | None]]
    test_errors: Mapping[str, float | None]
    n_tested: int
    reasons: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CellChosen(CellEvent):
    """What was chosen for a chosen cell, before the `block_done` that counts.

    In each fold it was the best of `n_candidates` by `metric` on inner folds of the training
    part. `final` names the one that is the best on all texts, with the id of its `cell`: the
    probe to be used, whose score is that of the chosen cell. `flags` say how often each value was
    chosen, and which candidates were left out.
    """

    kind: ClassVar[str] = "cell_chosen"
    metric: str
    n_candidates: int
    final: Mapping[str, str] = field(default_factory=dict)
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class CellFailed(CellEvent):
    """A cell cannot be computed, and why; `resume` does not try it again."""

    kind: ClassVar[str] = "cell_failed"
    reason: str


@dataclass(frozen=True)
class CellNotApplicable(CellEvent):
    """A control has no meaning for a cell, and why: it is done, and has no score."""

    kind: ClassVar[str] = "cell_not_applicable"
    dataset: str
    task: str
    model: str
    site: str
    pooler: str
    layer: int | None
    classifier: str
    control: str
    reason: str
    trained_on: str = ""


@dataclass(frozen=True)
class SeriesMeasured(Event):
    """What the cells of a series, one for each layer, come to together, by metric.

    `band_lows` and `band_highs` cover all `cells` at once in 95 %; `best` is 1 for each that
    cannot be told from the best, else 0. `p_values` map what the series was compared with
    (`chance`, a control) to one p value for each metric: that its best cell lies as far above it
    by luck, adjusted for all series of this model and dataset. With `n_permutations`
    that of `shuffled_labels` cannot be below 1 / (`n_permutations` + 1).
    """

    kind: ClassVar[str] = "series_measured"
    cells: tuple[str, ...]
    band_lows: Mapping[str, Sequence[float | None]]
    band_highs: Mapping[str, Sequence[float | None]]
    best: Mapping[str, Sequence[float | None]] = field(default_factory=dict)
    p_values: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)
    n_permutations: int = 0


@dataclass(frozen=True)
class LayersCompared(Event):
    """How far the probes of a series agree, between folds and with the layer below.

    `values` map a column of the results such as `cosine_folds` to one number for each of `cells`;
    `reasons` say of a cell why it has no direction.
    """

    kind: ClassVar[str] = "layers_compared"
    cells: tuple[str, ...]
    values: Mapping[str, Sequence[float | None]]
    reasons: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class BlockDone(Event):
    """The cells of a solver block are done; `predictions` names their file.

    `elapsed_s` is the block's share of the time, where blocks are fitted side by side.
    """

    kind: ClassVar[str] = "block_done"
    block: int
    attempt: int
    cells: tuple[str, ...]
    predictions: str
    sha256: str
    elapsed_s: float
