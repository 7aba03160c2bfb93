"""What the audit of a dataset found, as far as it matters to the split of a spec."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from probing import audit

if TYPE_CHECKING:
    from probing.datasets import KeptDatasets
    from probing.plan.types import NamedDataset
    from probing.spec import Spec

OF_GIVEN_SPLITS = "split_divides_groups"


def findings_of(
    dataset: NamedDataset, spec: Spec, kept: KeptDatasets | None = None
) -> tuple[audit.Finding, ...]:
    """The findings on a dataset; none where the spec does without. Each file is audited once."""
    if not spec.audit or dataset.facts.error:
        return ()
    path = Path(dataset.facts.path)
    found = audit.audited(dataset.spec, path, spec.seed, spec.n_class_folds, kept)
    return tuple(sorted(_fitting(found, spec), key=lambda one: not one.is_warning))


def _fitting(found: tuple[audit.Finding, ...], spec: Spec) -> Iterator[audit.Finding]:
    for one in found:
        if one.kind != OF_GIVEN_SPLITS:
            yield one
        elif spec.split == "given":
            yield replace(one, severity="warning")
