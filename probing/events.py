"""The kinds of events in the log of a run, one JSON object per line; nothing else is the truth.

Every line carries `seq` (from 0, without gaps), `time` (Unix seconds), `kind`, the fields of
that kind, and last `crc`: the CRC-32 of the line's text before the crc field, in hexadecimal.
A number that is not finite is written as null, with its reason beside it.
"""

from __future__ import annotations

import dataclasses
import json
import math
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, ClassVar

from probing.event_values import FITS


@dataclass(frozen=True)
class Event:
    """The base of every kind."""

    kind: ClassVar[str] = ""


@dataclass(frozen=True)
class RunStarted(Event):
    """A runner started the run; `attempt` counts from 0, so above 0 the run was resumed."""

    kind: ClassVar[str] = "run_started"
    run: str
    attempt: int
    version: str
    pid: int
    host: str
    n_cells: int
    n_passes: int
    n_threads: int


@dataclass(frozen=True)
class DeviceTaken(Event):
    """The run has its device; `dtype` is the precision of the forward pass."""

    kind: ClassVar[str] = "device_taken"
    device: str
    name: str
    dtype: str


@dataclass(frozen=True)
class Waited(Event):
    """The run waits for something that another run holds, such as a GPU."""

    kind: ClassVar[str] = "waited"
    reason: str


@dataclass(frozen=True)
class Warned(Event):
    """A warning that readers of the results should know."""

    kind: ClassVar[str] = "warned"
    where: str
    message: str


@dataclass(frozen=True)
class PassStarted(Event):
    """A model starts to read a dataset; `devices` hold its weights (empty: no model is loaded)."""

    kind: ClassVar[str] = "pass_started"
    model: str
    dataset: str
    n_texts: int
    n_params: int
    devices: tuple[str, ...] = ()


@dataclass(frozen=True)
class PassProgressed(Event):
    """Progress of a forward pass."""

    kind: ClassVar[str] = "pass_progressed"
    model: str
    dataset: str
    texts_done: int
    texts_total: int
    tokens_done: int
    tokens_total: int
    elapsed_s: float


@dataclass(frozen=True)
class PassDone(Event):
    """A forward pass is done: the features of every site, layer and pooler are ready.

    Of the pooled features (one for each site, layer and pooler) `n_cached` came from the
    activation cache and `n_computed` did not. If all did (`cached`), no model was loaded and no
    token or batch was run. `unpacked` says why texts were padded, and is empty if they were
    packed into batches without padding.
    """

    kind: ClassVar[str] = "pass_done"
    model: str
    dataset: str
    n_texts: int
    n_tokens: int
    n_truncated: int
    n_batches: int
    elapsed_s: float
    cached: bool = False
    n_cached: int = 0
    n_computed: int = 0
    unpacked: str = ""


@dataclass(frozen=True)
class FitsStarted(Event):
    """Fits of a user's class start in the runner's own process, which the class could end."""

    kind: ClassVar[str] = "fits_started"
    block: int
    attempt: int
    classifier: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class FoldDone(Event):
    """One fold of one cell: sizes in texts, scores on its test part.

    `n_params` counts the model's parameters, `n_probe_params` the classifier's.

    `metrics` maps a metric's name to its value or None; `reasons` says why it is None.
    `lows` and `highs` are of runs before `cell_measured`: bounds where a cell has one fold.
    `positive` names class 1 of a binary task; it is empty in logs of earlier versions.
    `selected`, of a chosen cell, names what was chosen for the fold, and the id of that `cell`.
    """

    kind: ClassVar[str] = "fold_done"
    cell: str
    attempt: int
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


@dataclass(frozen=True)
class CellPooled(Event):
    """The metrics of a cell that are computed from the predictions of all its folds together.

    One for each permutation, before the `block_done` that counts. `parts` maps a pooled metric's
    name to one number for each of `folds`: their mean is the pooled value, their spread that of
    a jackknife over folds; None where the metric has no value without that fold.
    """

    kind: ClassVar[str] = "cell_pooled"
    cell: str
    attempt: int
    permutation: int
    folds: tuple[int, ...]
    parts: Mapping[str, Sequence[float | None]]


@dataclass(frozen=True)
class CellMeasured(Event):
    """How sure the metrics of a cell are, before the `block_done` that counts.

    `errors` are standard errors, `lows` and `highs` 95 % bounds, all by metric; of
    `shuffled_labels` they are those of a single new permutation. `n_groups` counts the
    independent groups of texts that were tested. `reasons` say why a metric has no interval.
    `values` are of metrics that no fold has, such as a description length.
    """

    kind: ClassVar[str] = "cell_measured"
    cell: str
    attempt: int
    n_groups: int
    errors: Mapping[str, float | None]
    lows: Mapping[str, float | None]
    highs: Mapping[str, float | None]
    reasons: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, float | None] = field(default_factory=dict)


@dataclass(frozen=True)
class CellChosen(Event):
    """What was chosen for a chosen cell, before the `block_done` that counts.

    In each fold it was the best of `n_candidates` by `metric` on inner folds of the training
    part. `final` names the one that is the best on all texts, with the id of its `cell`: the
    probe to be used, whose score is that of the chosen cell. `flags` say how often each value was
    chosen, and which candidates were left out.
    """

    kind: ClassVar[str] = "cell_chosen"
    cell: str
    attempt: int
    metric: str
    n_candidates: int
    final: Mapping[str, str] = field(default_factory=dict)
    flags: tuple[str, ...] = ()


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
class CellFailed(Event):
    """A cell cannot be computed, and why; `resume` does not try it again."""

    kind: ClassVar[str] = "cell_failed"
    cell: str
    attempt: int
    reason: str


@dataclass(frozen=True)
class CellNotApplicable(Event):
    """A control has no meaning for a cell, and why: it is done, and has no score."""

    kind: ClassVar[str] = "cell_not_applicable"
    cell: str
    attempt: int
    dataset: str
    task: str
    model: str
    site: str
    pooler: str
    layer: int | None
    classifier: str
    control: str
    reason: str


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


@dataclass(frozen=True)
class RunDone(Event):
    """Every cell is done or has failed; `tables` holds the SHA-256 of each closing table.

    `summary`, of every kind of end, is what a list of runs shows, so that it need not read the
    whole log (see `probing.logs.summaries`); empty in logs of older versions.
    """

    kind: ClassVar[str] = "run_done"
    n_done: int
    n_failed: int
    elapsed_s: float
    exit_code: int
    tables: Mapping[str, str] = field(default_factory=dict)
    summary: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RunFailed(Event):
    """The run stopped early; finished cells stay, and `resume` continues from there."""

    kind: ClassVar[str] = "run_failed"
    error: str
    exit_code: int
    summary: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RunCancelled(Event):
    """Someone cancelled the run; finished cells stay."""

    kind: ClassVar[str] = "run_cancelled"
    by: str
    summary: Mapping[str, Any] = field(default_factory=dict)


Ended = RunDone | RunFailed | RunCancelled


KINDS: dict[str, type[Event]] = {
    kind.kind: kind
    for kind in (
        RunStarted,
        DeviceTaken,
        Waited,
        Warned,
        PassStarted,
        PassProgressed,
        PassDone,
        FitsStarted,
        FoldDone,
        CellPooled,
        CellMeasured,
        CellChosen,
        SeriesMeasured,
        CellFailed,
        CellNotApplicable,
        BlockDone,
        RunDone,
        RunFailed,
        RunCancelled,
    )
}


@dataclass(frozen=True)
class Logged:
    """An event with its place and time in the log."""

    seq: int
    time: float
    event: Event


def to_record(logged: Logged) -> dict[str, Any]:
    """The JSON object of a logged event, without its checksum."""
    return {"seq": logged.seq, "time": round(logged.time, 3), **record_of(logged.event)}


def record_of(event: Event) -> dict[str, Any]:
    """The kind and the fields of an event, as JSON."""
    fields = dataclasses.fields(event)
    return {"kind": event.kind} | {one.name: _finite(getattr(event, one.name)) for one in fields}


def to_line(logged: Logged) -> str:
    """One line of the log, newline included."""
    body = json.dumps(to_record(logged), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # half a surrogate pair, as in the name of a file that is not UTF-8, has no bytes in UTF-8
    body = body.encode("utf-8", "replace").decode()
    return f'{body[:-1]},"crc":"{zlib.crc32(body[:-1].encode()):08x}"}}\n'


_TAIL = len(',"crc":"00000000"}')


def from_line(line: str) -> Logged | None:
    """The event of a complete line; None where the checksum or the form is wrong."""
    line = line.rstrip("\n")
    if not has_checksum(line.encode()):
        return None
    record = json.loads(line)
    event = from_record(record)
    head = FITS["int"](record["seq"]) and FITS["float"](record["time"])
    return Logged(record["seq"], record["time"], event) if head and event is not None else None


def has_checksum(line: bytes) -> bool:
    """Whether a line without its end carries the checksum of what comes before it."""
    return line[-_TAIL:] == b',"crc":"%08x"}' % zlib.crc32(line[:-_TAIL])


def from_record(record: Mapping[str, Any]) -> Event | None:
    """The event of a JSON object; None where a field is of another kind.

    Raises `KeyError` or `TypeError` where one is missing.
    """
    kind = KINDS.get(record["kind"])
    if kind is None:
        return None
    fits = _checks(record["kind"])
    values = {name: _frozen(value) for name, value in record.items() if name in fits}
    return kind(**values) if all(fits[name](value) for name, value in values.items()) else None


@lru_cache
def _checks(kind: str) -> Mapping[str, Callable[[Any], bool]]:
    """By its name, whether a value fits a field of `kind`."""
    return {field.name: FITS[str(field.type)] for field in dataclasses.fields(KINDS[kind])}


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(part) for part in value]
    return value
