"""What the run of a saved probe says of texts that a fold held out: its own texts, unflattered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from probing.errors import ProbingError
from probing.interventions.directions import Numbers
from probing.interventions.probe_directions import class_at
from probing.logs import RunFolder, RunView
from probing.logs.results.closing_tables import has_table, read_table
from probing.plan.saved_probes import fold_name
from probing.probes import Card, load_arrays, read_card
from probing.probes.directions import unit_directions
from probing.spec import Spec


@dataclass(frozen=True)
class HeldOut:
    """The texts of a probe's dataset by the folds that tested them.

    `scores` `[n_texts]` are those of the fold's own probe, of the decision value that the saved
    probe gives too; NaN where no fold tested a text. `folds` `[n_texts]` are -1 there.
    """

    scores: Numbers
    folds: NDArray[np.int64]


def spec_of_run(probe: Path) -> Spec | None:
    """The spec of the run of the probe at `probe`; None where that is gone."""
    try:
        return RunFolder(probe.parent.parent).read_spec()
    except ProbingError:
        return None


def held_out(probe: Path, card: Card, n_texts: int) -> HeldOut | None:
    """What the run of the probe at `probe` kept of its texts; None where it kept nothing.

    Of several classes it kept the score of the predicted one alone, which is not that of a class.
    """
    view = RunView(RunFolder(probe.parent.parent))
    try:
        view.skim()
        if card.task == "multiclass" or not has_table(view, view.run.predictions):
            return None
        table = read_table(view, view.run.predictions)
    except (ProbingError, OSError):
        return None
    place = card.place
    rows = table.filter(
        dataset=card.dataset.name,
        model=card.model.name,
        site=place.site,
        pooler=place.label,
        classifier=card.classifier.name,
        control="",
    )
    rows = rows.filter(rows["layer"].eq_missing(place.layer), rows["trained_on"].is_in(["", None]))
    rows = rows.filter(rows["text"] < n_texts).unique("text", keep="none")
    if rows.is_empty():
        return None
    found = HeldOut(np.full(n_texts, np.nan), np.full(n_texts, -1, dtype=np.int64))
    at = rows["text"].to_numpy()
    found.scores[at], found.folds[at] = rows["score"].to_numpy(), rows["fold"].to_numpy()
    return found


def fold_units(probe: Path, card: Card, folds: Sequence[int], class_name: str) -> Numbers | None:
    """The unit directions `[n_folds, width]` of the probes of the folds; None unless all are kept.

    They are kept where the run says `save_fold_probes = true`.
    """
    units = []
    for fold in range(max(folds, default=-1) + 1):
        path = probe.with_name(f"{fold_name(probe.stem, fold)}.json")
        try:
            own = read_card(path)
            weights = np.asarray(load_arrays(path, own)["weights"], dtype=np.float64)
        except (ProbingError, KeyError):
            return None
        unit = unit_directions(weights)[class_at(card, class_name)]
        if own.cell != card.cell or own.place.width != card.place.width or not unit.any():
            return None
        units.append(unit)
    return np.stack(units) if units else None
