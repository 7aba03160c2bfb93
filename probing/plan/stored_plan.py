"""The plan of a run as `plan.json` keeps it: whoever makes it again from there reads no dataset."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from probing import catalog
from probing.audit.findings import Finding, from_record
from probing.plan.all_work import AllWork
from probing.plan.costs.cost import Cost, DealtWork, PassCost
from probing.plan.serving import FindTasks
from probing.plan.types import NamedDataset, Plan
from probing.plan.unique_names import name_models
from probing.spec import DatasetPart, DatasetSpec, Spec, part_of

_NO_EXAMPLES: dict[str, Any] = {"examples": ()}


def records_of(plan: Plan) -> list[dict[str, Any]]:
    """Each dataset: its name, which entry of the spec it is, which part of it, and its facts."""
    return [_record(one, plan.spec) for one in plan.data]


def _record(one: NamedDataset, spec: Spec) -> dict[str, Any]:
    part = one.spec if isinstance(one.spec, DatasetPart) else None
    value, output = (part.value, part.output) if part else (None, None)
    made = (part_of(entry, value, output) if part else entry for entry in spec.datasets)
    at = next((at for at, entry in enumerate(made) if entry == one.spec), None)
    facts = dataclasses.asdict(replace(one.facts, **_NO_EXAMPLES))
    return {"name": one.name, "entry": at, "value": value, "output": output, "facts": facts}


def plan_again(spec: Spec, stored: Mapping[str, Any], base: Path, tasks_of: FindTasks) -> Plan:
    """The plan of a run by what it has stored; the configurations of models are looked up.

    Raises `ModelError` for a model that cannot be had.
    """
    findings = stored["findings"]
    data = [_dataset(spec, one, _findings(findings.get(one["name"], ()))) for one in stored["data"]]
    models = [(entry, catalog.facts(entry, base)) for entry in spec.models]
    work = AllWork.of(spec, data, name_models(models), tasks_of)
    of_passes = map(_findings, stored["pass_findings"])
    passes = tuple(
        replace(one, findings=found) for one, found in zip(work.passes, of_passes, strict=True)
    )
    cost = _cost(stored["cost"])
    notes = tuple(stored["notes"])
    return Plan(spec, passes, work.texts, cost, notes, (), (), work.transfers, tuple(data))


def _dataset(spec: Spec, record: Mapping[str, Any], findings: tuple[Finding, ...]) -> NamedDataset:
    from probing.datasets import DatasetFacts  # numpy, as who reads a dataset pays

    entry: DatasetSpec = spec.datasets[record["entry"]]
    if entry.subset is not None or isinstance(entry.target, tuple):
        entry = part_of(entry, record["value"], record["output"])
    facts = DatasetFacts(**{name: _tuples(value) for name, value in record["facts"].items()})
    return NamedDataset(record["name"], entry, facts, findings)


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _findings(records: Sequence[Mapping[str, Any]]) -> tuple[Finding, ...]:
    return tuple(map(from_record, records))


def _cost(record: Mapping[str, Any]) -> Cost:
    passes = tuple(PassCost(**one) for one in record["passes"])
    dealt = DealtWork(**record["dealt"]) if record["dealt"] else None
    return Cost(**{**record, "passes": passes, "dealt": dealt})
