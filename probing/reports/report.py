"""All that a report of a run says, before it is written."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import polars as pl

from probing import catalog
from probing.audit import Finding
from probing.audit.findings import from_record
from probing.errors import ProbingError, SpecError, nearest
from probing.logs import RunView
from probing.logs.folders.plain_files import opened
from probing.logs.results.tables import results
from probing.metric_names import METRICS
from probing.probes import read_card
from probing.probes.lookup import saved_probes
from probing.reports.causal import causal
from probing.reports.charts import Part
from probing.reports.commands import command_of
from probing.reports.decodability import decodability
from probing.reports.kept_interventions import Kept, kept_interventions
from probing.spec import ModelSpec, read_entry

LIBRARIES = ("probe-tui", "torch", "transformers", "scikit-learn", "numpy", "polars", "matplotlib")


@dataclass(frozen=True)
class Report:
    """A run on one page.

    `facts` are pairs of a name and what is to be said, `findings` those of the audit by dataset,
    `missing` says what is not there, or only in part, and how to get it.
    """

    title: str
    facts: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]
    findings: tuple[tuple[str, Finding], ...]
    parts: tuple[Part, ...]
    spec: str
    versions: tuple[tuple[str, str], ...]


def report_of(view: RunView, logs: Path, metric: str = "") -> Report:
    """The report of a run that was skimmed; `metric` in the place of the default of its tasks.

    Raises `SpecError` for a metric that is none.
    """
    if metric and metric not in METRICS:
        raise SpecError(f"no metric {metric!r}", hint=nearest(metric, METRICS))
    missing = list[str]()
    frame = results([view], warn=lambda line: missing.append(str(line)))
    decoded = list(decodability(frame, view.run.name, metric)) if frame.height else []
    kept, damaged = kept_interventions(logs, view.run)
    changed = list(_changed(kept, damaged))
    begun = [one for one, _ in changed]
    missing = [*_left(view, frame), *missing, *damaged, *_to_add(view, begun)]
    return Report(
        title=view.run.name,
        facts=tuple(_facts(view)),
        missing=tuple(missing),
        findings=tuple(_findings(view)),
        parts=(*decoded, *(part for _, parts in changed for part in parts)),
        spec=_spec(view),
        versions=tuple(_versions(logs, view.run.name)),
    )


def _changed(kept: list[Kept], damaged: list[str]) -> Iterator[tuple[Kept, list[Part]]]:
    """Each with its parts; `damaged` gets a line for one that has none, and why."""
    for one in kept:
        name = one.folder.path.name
        try:
            parts = list(causal(one))
        except (ArithmeticError, LookupError, TypeError, ValueError, pl.exceptions.PolarsError):
            # as of another version, which measured something else
            damaged.append(f"{name}: its measurements do not fit its request: {command_of(one)}")
            continue
        if parts:
            yield one, parts
        else:
            damaged.append(f"{name}: nothing is measured yet")


def _left(view: RunView, frame: pl.DataFrame) -> Iterator[str]:
    """What the run did not come to."""
    status, state = view.status(), view.state
    if view.damage:
        yield f"The log is damaged: {view.damage}"
    if status not in ("done", "damaged"):
        yield f"The run is {status}: probe-tui resume {view.run.name} goes on with it."
    if not frame.height:
        yield "No cell is done: there is nothing to draw yet."
    for failed in state.failures_by_reason:
        yield f"{failed.n_cells} cells failed: {failed.reason}"


def _to_add(view: RunView, kept: list[Kept]) -> Iterator[str]:
    """Which commands add what is not there."""
    kinds = {one.request.kind for one in kept}
    saved = sorted(view.run.probes.glob("*.json"))
    known = ("steer", "erase", "patch") if not saved or _is_causal(saved) else ("erase",)
    left = [kind for kind in known if kind not in kinds]
    if not left:
        return
    if not saved:
        yield 'The run saved no probes: run its spec again with save_probes = "all", then ' + (
            "steer, erase and patch add what the model does with them."
        )
        return
    commands = ", ".join(f"probe-tui {kind} {view.run.name}/PROBE" for kind in left)
    yield f"Interventions that this page would also show: {commands} (docs/interventions.md)."


def _is_causal(saved: list[Path]) -> bool:
    """Whether one of the probes reads a model that predicts a next token, or is not known to."""
    models = dict[str, bool]()
    for path in saved:
        try:
            model = read_card(path).model
            if model.name not in models:
                entry = read_entry(dict(model.entry), ModelSpec, "model", model.name)
                models[model.name] = catalog.facts(entry, Path()).is_causal
        except ProbingError:
            return True
    return any(models.values())


def _facts(view: RunView) -> Iterator[tuple[str, str]]:
    state = view.state
    yield "status", view.status()
    if state.first_time:
        begun = datetime.datetime.fromtimestamp(state.first_time, tz=datetime.UTC)
        yield "started", f"{begun:%Y-%m-%d %H:%M} UTC"
    if state.device is not None:
        device = state.device
        yield "device", f"{device.device} ({device.name}), {device.dtype}"
    for one in state.passes:
        cut = f", {one.n_truncated:,} cut" if one.n_truncated else ""
        yield "pass", f"{one.model} on {one.dataset}: {one.n_texts:,} texts{cut}"
    for warned in state.warnings:
        yield "warning", f"{warned.where}: {warned.message}"


def _findings(view: RunView) -> Iterator[tuple[str, Finding]]:
    try:
        with opened(view.run.plan) as file:
            found = json.load(file).get("findings", {})
        for dataset, records in found.items():
            yield from ((dataset, from_record(one)) for one in records)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return


def _spec(view: RunView) -> str:
    try:
        with opened(view.run.spec) as file:
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""


def _versions(logs: Path, run: str) -> Iterator[tuple[str, str]]:
    """Those of the run's probes, which say what they were made with, else those of now."""
    try:
        cards = (one.card for one in saved_probes(logs, checks=False) if one.run == run)
        card = next((card for card in cards if card is not None), None)
    except ProbingError:
        card = None
    if card is not None:
        yield from ((name, f"{own} (of the run)") for name, own in card.versions.items())
    for name in LIBRARIES:
        if card is None or name not in card.versions:
            try:
                yield name, f"{version(name)} (of this report)"
            except PackageNotFoundError:
                continue
