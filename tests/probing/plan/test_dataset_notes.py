"""What a plan says of its datasets before any work."""

import dataclasses
from pathlib import Path

import pytest

from probing.datasets import facts_of, from_mapping
from probing.plan.dataset_notes import notes_on, too_small
from probing.plan.types import NamedDataset
from probing.spec import DatasetSpec, Spec, parse

SPEC = 'datasets=["d"]\nmodels=["m"]\npoolers=["mean"]\nclassifiers=["LDA"]\nn_folds=4'


def named(labels: list[object], texts: list[str] | None = None, **options: object) -> NamedDataset:
    spec = DatasetSpec("dict", **options)  # type: ignore[arg-type]
    texts = texts or [f"text {at}" for at in range(len(labels))]
    return NamedDataset("d", spec, facts_of(from_mapping({"texts": texts, "labels": labels}, spec)))


def test_a_class_too_small_for_the_folds_is_named_before_the_pass() -> None:
    spec = parse(SPEC)
    assert too_small(named(["a"] * 6 + ["b"] * 4), spec) == ""
    said = too_small(named(["a"] * 6 + ["b"] * 3), spec)
    assert "class 'b' has too few texts for 4 folds (3 texts); set min_class = 4" in said
    assert too_small(named(["a"] * 6 + ["b"] * 3, min_class=2), replaced(spec, n_folds=3)) == ""
    same = [*map(str, range(6)), *["again"] * 5]
    assert "(5 texts in 1 groups)" in too_small(named(["a"] * 6 + ["b"] * 5, same), spec)


@pytest.mark.parametrize(("split", "fails"), [("kfold", True), ("shuffle", False)])
def test_a_regression_needs_as_many_groups_as_folds(split: str, fails: bool) -> None:
    spec = replaced(parse(SPEC), split=split)
    assert bool(too_small(named([0.5, 1.5, 2.5]), spec)) is fails


def test_rows_left_out_and_odd_targets_are_noted() -> None:
    notes = list(notes_on(named(["a", "b", "c", "a", "NA", "NA"], min_class=2)))
    assert notes[0] == "d: 2 rows left out (2 classes left out)"
    assert "'NA' (2 rows) looks like a missing value" in notes[1]


def replaced(spec: Spec, **changes: object) -> Spec:
    return dataclasses.replace(spec, **changes)  # type: ignore[arg-type]


def test_the_dry_run_says_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from tests.support.tiny_models import save_model
    from tui.cli import main

    save_model(tmp_path / "tiny", "bert")
    rows = "".join(f"text {at},{'rare' if at < 2 else 'common'}\n" for at in range(20))
    (tmp_path / "a.csv").write_text("text,label\n" + rows)
    (tmp_path / "s.toml").write_text(
        f'datasets=["{tmp_path}/a.csv"]\nmodels=["{tmp_path}/tiny"]\npoolers=["mean"]\n'
        'classifiers=["LDA"]\n'
    )
    assert main(["--batch", str(tmp_path / "s.toml"), "--dry-run"]) == 0
    assert "class 'rare' has too few texts for 10 folds" in capsys.readouterr().out
