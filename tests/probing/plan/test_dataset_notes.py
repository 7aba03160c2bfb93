"""What a plan says of its datasets before any work."""

from probing.datasets import facts_of, from_mapping
from probing.plan.remarks.dataset_notes import notes_on, unanswered
from probing.plan.types import NamedDataset
from probing.spec import DatasetSpec, parse


def named(labels: list[object], texts: list[str] | None = None, **options: object) -> NamedDataset:
    spec = DatasetSpec("dict", **options)  # type: ignore[arg-type]
    texts = texts or [f"text {at}" for at in range(len(labels))]
    return NamedDataset("d", spec, facts_of(from_mapping({"texts": texts, "labels": labels}, spec)))


def test_rows_left_out_and_odd_targets_are_noted() -> None:
    notes = list(notes_on(named(["a", "b", "c", "a", "NA", "NA"], min_class=2)))
    assert notes[0] == "d: 2 rows left out (2 classes left out)"
    assert "'NA' (2 rows) looks like a missing value" in notes[1]


def test_what_only_classes_have_is_noted_for_numbers() -> None:
    spec = parse(
        'datasets=["d"]\nmodels=["m"]\npoolers=["mean"]\nclassifiers=["Ridge"]\n'
        "description_length = true\nconditional_on = 0"
    )
    assert list(unanswered(named([0.5, 1.5, 2.5]), spec)) == [
        "description_length is left out on d: it does not support regression",
        "conditional_on is left out on d: it does not support regression",
    ]
    assert list(unanswered(named(["a", "b", "a"]), spec)) == []
