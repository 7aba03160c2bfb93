"""`probe-tui probes`: list saved probes, show, export or remove them."""

from __future__ import annotations

import sys
import tempfile
from argparse import Namespace
from pathlib import Path
from typing import Any

import polars as pl

from probing.errors import SpecError
from probing.logs import list_runs, logs_folder
from probing.logs.folders.tagged_runs import tagged_matches
from probing.probes import exporting, find_probes, read_card, remove, saved_probes, sharing
from probing.probes.lookup import SavedProbe
from tui.commands.of_results.row_output import kind_of, show_rows
from tui.commands.of_runs.batch import narrate
from tui.console import output
from tui.probes.scores import Score, best_control, is_chosen, score_of
from tui.probes.sheet import sheet
from tui.texts.of_runs.plans import counted
from tui.texts.sanitiser import clean

_SCHEMA: dict[str, type[pl.DataType]] = {
    "run": pl.String,
    "probe": pl.String,
    "dataset": pl.String,
    "task": pl.String,
    "model": pl.String,
    "site": pl.String,
    "pooler": pl.String,
    "layer": pl.Int64,
    "classifier": pl.String,
    "fold": pl.Int64,
    "kind": pl.String,
    "width": pl.Int64,
    "metric": pl.String,
    "score": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "n": pl.Int64,
    "control": pl.String,
    "control_score": pl.Float64,
    "control_low": pl.Float64,
    "control_high": pl.Float64,
    "chosen": pl.Boolean,
    "created": pl.String,
    "error": pl.String,
}


def list_all(given: Namespace) -> int:
    """Print a row for each saved probe; one that is damaged says why."""
    kind = kind_of(given)
    logs = logs_folder(given.logs)
    every = pl.DataFrame(map(_row, saved_probes(logs)), schema=_SCHEMA, orient="row")
    frame = tagged_matches(every, given.where, list_runs(logs))
    if frame.is_empty():
        narrate('no saved probes: a spec asks for them with save_probes = "all"')
    show_rows(given, kind, lambda: frame, lambda: _print(frame))
    return 0


def _row(one: SavedProbe) -> list[object]:
    card = one.card
    if card is None:
        empty: list[object] = [None] * (len(_SCHEMA) - 3)
        return [one.run, one.name, *empty, one.error]
    metric, score = score_of(card)
    name, control = best_control(card)
    place = card.place
    where = [place.site, place.label, place.layer, card.classifier.name, card.fold]
    told = [metric, score.value, score.low, score.high, card.score.n_texts]
    beside = [name or None, control.value, control.low, control.high, is_chosen(card)]
    named = [one.run, one.name, card.dataset.name, card.task, card.model.name]
    return [*named, *where, card.kind, place.width, *told, *beside, card.created, ""]


def _print(frame: pl.DataFrame) -> None:
    names = ["run", "probe", "layer", "score", "n", "best control"]
    names += ["chosen by"] * bool(frame["chosen"].any())
    table = output.plain_table(*names, right=("layer", "n"))
    for row in frame.iter_rows(named=True):
        layer = "" if row["layer"] is None else str(row["layer"])
        n = "" if row["n"] is None else f"{row['n']:,}"
        shown = [row["run"], row["probe"], layer, row["error"] or _score(row), n, _control(row)]
        shown.append("select" if row["chosen"] else "")
        table.add_row(*map(clean, shown[: len(names)]))
    output.write_table(table)


def _score(row: dict[str, Any]) -> str:
    if row["score"] is None:
        return ""
    return f"{row['metric']} {Score(row['score'], row['low'], row['high'])}"


def _control(row: dict[str, Any]) -> str:
    if row["control_score"] is None:
        return ""
    score = Score(row["control_score"], row["control_low"], row["control_high"])
    return f"{row['control'].replace('_', ' ')} {score}"


def show(given: Namespace) -> int:
    """Print the card of each probe."""
    cards = [read_card(path) for path in _paths(given)]
    if given.json:
        output.write_json([card.record() for card in cards])
        return 0
    for card in cards:
        output.write_text("\n".join(map(clean, sheet(card))))
    return 0


def export(given: Namespace) -> int:
    """Write probes for other programs."""
    for path in exporting.export(_paths(given), Path(given.target).expanduser()):
        narrate(f"wrote {path}")
    return 0


def push(given: Namespace) -> int:
    """Show what would be uploaded, and upload it once that is confirmed."""
    with tempfile.TemporaryDirectory(prefix="probe-tui-") as room:
        (path, *more) = _paths(given)
        if more:
            raise SpecError(f"a repository holds one probe, not {1 + len(more)}", hint="name one")
        folder = Path(room) / read_card(path).name
        files = exporting.export([path], folder)
        output.write_text((folder / "README.md").read_text(encoding="utf-8"))
        for file in files:
            narrate(f"{file.name}: {file.stat().st_size:,} bytes")
        kind = "public" if given.public else "private"
        if not given.yes and not _is_confirmed(f"upload this to {given.repo} ({kind})?"):
            narrate("nothing was uploaded")
            return 0
        narrate(f"uploaded to {sharing.push(folder, given.repo, private=not given.public)}")
    return 0


def _is_confirmed(question: str) -> bool:
    """Whether somebody at a terminal says yes; raises `SpecError` where there is none."""
    if not sys.stdin.isatty():
        raise SpecError("nobody is there to confirm the upload", hint="add --yes")
    narrate(f"{question} [y/N]")
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def rm(given: Namespace) -> int:
    """Remove probes, their cards first."""
    paths = _paths(given)
    for path in paths:
        remove(path)
    narrate(f"removed {counted(len(paths), 'probe')}")
    return 0


def _paths(given: Namespace) -> list[Path]:
    logs = logs_folder(given.logs)
    return list(dict.fromkeys(path for name in given.names for path in find_probes(logs, name)))
