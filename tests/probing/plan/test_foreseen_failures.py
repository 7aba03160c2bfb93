"""What a plan foresees to fail, with what to do about it."""

import dataclasses
from pathlib import Path

import pytest

from probing.datasets import facts_of, load
from probing.plan.remarks.foreseen_failures import foreseen, too_small
from probing.plan.types import NamedDataset
from probing.spec import ClassifierSpec, DatasetSpec, Spec, parse
from tests.probing.plan.test_dataset_notes import named

SPEC = 'datasets=["d"]\nmodels=["m"]\npoolers=["mean"]\nclassifiers=["LDA"]\nn_folds=4'


def replaced(spec: Spec, **changes: object) -> Spec:
    return dataclasses.replace(spec, **changes)  # type: ignore[arg-type]


def test_a_class_too_small_for_the_folds_is_named_before_the_pass() -> None:
    spec = parse(SPEC)
    assert too_small(named(["a"] * 6 + ["b"] * 4), spec) == ""
    said = too_small(named(["a"] * 6 + ["b"] * 3), spec)
    assert "class 'b' has too few texts for 4 folds (3 texts); lower n_folds to 3" in said
    assert too_small(named(["a"] * 6 + ["b"] * 3, min_class=2), replaced(spec, n_folds=3)) == ""
    same = [*map(str, range(6)), *["again"] * 5]
    assert "(5 texts in 1 group)" in too_small(named(["a"] * 6 + ["b"] * 5, same), spec)


@pytest.mark.parametrize(("split", "fails"), [("kfold", True), ("shuffle", False)])
def test_a_regression_needs_as_many_groups_as_folds(split: str, fails: bool) -> None:
    spec = replaced(parse(SPEC), split=split)
    assert bool(too_small(named([0.5, 1.5, 2.5]), spec)) is fails


def test_the_hint_helps() -> None:
    spec = parse(SPEC)
    rare = ["a"] * 6 + ["b"] * 6 + ["c"] * 2
    assert too_small(named(rare), spec).endswith("set min_class = 4 or lower n_folds")
    said = too_small(named(["a"] * 2 + ["b"] * 3), spec)
    assert said.startswith("class 'a' and 1 more have too few") and said.endswith("n_folds to 2")
    assert too_small(named(["a"] * 6 + ["b"]), spec).endswith("add texts")
    assert too_small(named(["a"] * 6 + ["b"], limit=7), spec).endswith("raise limit")
    same = [*map(str, range(6)), *["again"] * 5]
    assert too_small(named(["a"] * 6 + ["b"] * 5, same), spec).endswith("of other groups")


@pytest.mark.parametrize(
    ("parts", "labels", "message"),
    [
        ("tttteeee", "abababab", ""),
        ("ttttvvvv", "abababab", "its split has no test rows"),
        ("vvvveeee", "abababab", "its split has no training rows"),
        ("tttteeee", "abababbc", "class 'c' has no training texts in its split"),
        ("tttteeee", "aaaabbcc", "class 'b' and 1 more have no training texts in its split"),
    ],
)
def test_what_a_given_split_lacks(tmp_path: Path, parts: str, labels: str, message: str) -> None:
    names = {"t": "train", "v": "val", "e": "test"}
    rows = "".join(f"t {at},{labels[at]},{names[parts[at]]}\n" for at in range(len(parts)))
    path = tmp_path / "d.csv"
    path.write_text("text,label,split\n" + rows)
    entry = DatasetSpec(str(path))
    dataset = NamedDataset("d", entry, facts_of(load(entry, path)))
    found = list(foreseen(dataset, replaced(parse(SPEC), split="given")))
    wanted = [f"all cells of d will fail: {message}"] if message else []
    assert [one.partition(";")[0] for one in found] == wanted


@pytest.mark.parametrize(("size", "fails"), [(0.2, False), (0.02, True)])
def test_a_test_part_of_no_text(size: float, fails: bool) -> None:
    spec = replaced(parse(SPEC), split="shuffle", test_size=size)
    assert bool(list(foreseen(named(["a", "b"] * 10), spec))) is fails


@pytest.mark.parametrize(("n_neighbors", "fails"), [(15, False), (16, True)])
def test_more_neighbors_than_training_texts(n_neighbors: int, fails: bool) -> None:
    knn = (ClassifierSpec("KNN", {"n_neighbors": n_neighbors}),)
    spec = replaced(parse(SPEC), classifiers=knn)
    found = list(foreseen(named(["a", "b"] * 10), spec))
    told = "KNN on d will fail: n_neighbors = 16, but a fold has at most 15 training texts; lower"
    assert found == ([f"{told} n_neighbors"] if fails else [])


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


@pytest.mark.parametrize(("length", "code"), [(3, 0), (2, 2)])
def test_a_length_that_special_tokens_fill(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], length: int, code: int
) -> None:
    from tests.support.tiny_models import save_model
    from tui.cli import main

    save_model(tmp_path / "tiny", "bert")
    rows = "".join(f"text {at},{at % 2}\n" for at in range(20))
    (tmp_path / "a.csv").write_text("text,label\n" + rows)
    (tmp_path / "s.toml").write_text(
        f'datasets=["{tmp_path}/a.csv"]\npoolers=["mean"]\nclassifiers=["LDA"]\n'
        f'models=[{{ model = "{tmp_path}/tiny", max_length = {length} }}]\n'
    )
    assert main(["--batch", str(tmp_path / "s.toml"), "--dry-run"]) == code
    said = "max_length = 2 leaves no room for text (2 special tokens); raise max_length"
    assert (said in capsys.readouterr().err) is bool(code)
