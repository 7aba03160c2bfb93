"""What a plan says of its datasets before any work."""

from probing.datasets import facts_of, from_mapping
from probing.plan.dataset_notes import notes_on
from probing.plan.types import NamedDataset
from probing.spec import DatasetSpec


def named(labels: list[object], texts: list[str] | None = None, **options: object) -> NamedDataset:
    spec = DatasetSpec("dict", **options)  # type: ignore[arg-type]
    texts = texts or [f"text {at}" for at in range(len(labels))]
    return NamedDataset("d", spec, facts_of(from_mapping({"texts": texts, "labels": labels}, spec)))


def test_rows_left_out_and_odd_targets_are_noted() -> None:
    notes = list(notes_on(named(["a", "b", "c", "a", "NA", "NA"], min_class=2)))
    assert notes[0] == "d: 2 rows left out (2 classes left out)"
    assert "'NA' (2 rows) looks like a missing value" in notes[1]
