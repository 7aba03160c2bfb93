"""Sizes of a classifier as an axis: entries, labels, and the column of the results."""

from __future__ import annotations

import polars as pl
import pytest

from probing.errors import SpecError
from probing.logs.results.axes import with_axes
from probing.logs.results.tables import result_schema
from probing.plan.cells import classifier_labels
from probing.registry import CLASSIFIERS
from probing.spec import ClassifierSpec, family_of, size_of
from probing.spec.classifier_axes import AXES, USUAL, every_classifier
from tui.plot.along.sizes import by_size, draw_sizes


def test_a_list_of_sizes_is_an_entry_of_each_and_none_the_usual_ones() -> None:
    entries = [
        ClassifierSpec("KSparse"),
        ClassifierSpec("KSparse", {"k": [2, 8, 2], "by": "forward"}),
        ClassifierSpec("PCALogistic", {"n_components": (5, 10)}),
        ClassifierSpec("PCALogistic"),
        ClassifierSpec("mine.py:Probe", {"k": [1, 2]}),
    ]
    every = every_classifier(entries)
    assert every_classifier(every) == every
    assert [one.parameters["k"] for one in every[:9]] == [2**at for at in range(9)]
    labels = classifier_labels(every)
    assert labels[:3] == ["KSparse(k=1)", "KSparse(k=2)", "KSparse(k=4)"]
    assert labels[9:] == [
        "KSparse(by=forward, k=2)", "KSparse(by=forward, k=8)", "PCALogistic(n_components=5)",
        "PCALogistic(n_components=10)", "PCALogistic", "Probe",
    ]  # fmt: skip
    assert [size_of(label) for label in labels[9:]] == [2, 8, 5, 10, None, None]
    assert family_of("KSparse(by=forward, k=8)") == "KSparse(by=forward)"
    assert family_of("KSparse(k=8)") == "KSparse" and family_of("LDA") == "LDA"
    with pytest.raises(SpecError, match="KSparse: k lists 0 sizes"):
        every_classifier([ClassifierSpec("KSparse", {"k": []})])


def test_axes_are_parameters_of_classifiers_that_ship() -> None:
    for name, axis in AXES.items():
        assert axis in {one.name for one in CLASSIFIERS[name].parameters}
    assert set(USUAL) <= set(AXES)


def test_probes_of_several_sizes_are_one_plot() -> None:
    base = {"run": "r", "dataset": "d", "task": "binary", "model": "m", "site": "resid"}
    base |= {"pooler": "mean", "control": "", "n_folds": 3, "n_texts": 9}
    rows = [
        base | {"classifier": name, "layer": layer, "auroc": 0.6 + at / 20}
        for layer in (0, 3)
        for at, name in enumerate(["KSparse(k=1)", "KSparse(k=16)", "KSparse(k=256)", "LDA"])
    ]
    frame = with_axes(pl.DataFrame(rows, schema=result_schema()))
    assert frame["size"].to_list() == [1, 16, 256, None] * 2
    (part,) = by_size(frame)
    assert part.height == 6 and by_size(frame.filter(size=1)) == []
    drawn = draw_sizes(part, "auroc", 80, 20, ascii=True, colour=False)
    assert "AUROC by size of KSparse" in drawn and "layer 3" in drawn and "256" in drawn
