"""The findings that a run has stored in `plan.json`, for a plan that was made without an audit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from probing.audit.findings import Finding, from_record
from probing.plan.types import NamedDataset, Plan, PlannedPass, PlannedTexts, PlannedTransfer


def with_findings(plan: Plan, stored: Mapping[str, Any]) -> Plan:
    """The plan of a worker with what the audits of its run have found."""
    of_datasets = {name: _read(found) for name, found in stored.get("findings", {}).items()}
    of_passes = [_read(found) for found in stored.get("pass_findings", ())]
    told = _Told(of_datasets)
    passes = [told.of_pass(one) for one in plan.passes]
    if len(of_passes) == len(passes):
        both = zip(passes, of_passes, strict=True)
        passes = [replace(one, findings=found) for one, found in both]
    return replace(
        plan,
        passes=tuple(passes),
        texts=tuple(map(told.of_texts, plan.texts)),
        transfers=tuple(map(told.of_transfer, plan.transfers)),
    )


def _read(records: Sequence[Mapping[str, Any]]) -> tuple[Finding, ...]:
    return tuple(map(from_record, records))


class _Told:
    """Gives datasets their findings, wherever a plan has them."""

    def __init__(self, found: Mapping[str, tuple[Finding, ...]]) -> None:
        self.found = found

    def of(self, dataset: NamedDataset) -> NamedDataset:
        return replace(dataset, findings=self.found.get(dataset.name, ()))

    def of_pass(self, one: PlannedPass) -> PlannedPass:
        return replace(one, dataset=self.of(one.dataset))

    def of_texts(self, one: PlannedTexts) -> PlannedTexts:
        return replace(one, dataset=self.of(one.dataset))

    def of_transfer(self, one: PlannedTransfer) -> PlannedTransfer:
        return replace(
            one,
            sources=tuple(map(self.of, one.sources)),
            targets=tuple(map(self.of, one.targets)),
            joined=self.of_pass(one.joined),
            texts=tuple(map(self.of_texts, one.texts)),
        )
