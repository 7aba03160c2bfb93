"""The task that the values tell, the classes and their order, and the columns that are found."""

import json
from pathlib import Path

import numpy as np
import pytest

from probing.datasets import TextDataset, from_mapping, load
from probing.errors import DatasetError
from probing.spec import DatasetSpec


def of(labels: list[object], **options: object) -> TextDataset:
    texts = [f"text {at}" for at in range(len(labels))]
    spec = DatasetSpec(path="dict", **options)
    return from_mapping({"texts": texts, "labels": labels}, spec)


def in_csv(folder: Path, labels: list[str], **options: object) -> TextDataset:
    path = folder / "a.csv"
    path.write_text("text,label\n" + "".join(f"t{at},{v}\n" for at, v in enumerate(labels)))
    return load(DatasetSpec(path=str(path), **options), path)


@pytest.mark.parametrize(
    ("labels", "task", "classes"),
    [
        ([True, False, True], "binary", ("false", "true")),
        (["a", "b", "c", "a"], "multiclass", ("a", "b", "c")),
        ([3, 1, 3, 1], "binary", ("1", "3")),
        ([10, 9, -1, 10], "multiclass", ("-1", "9", "10")),
        ([*range(20), 0], "multiclass", tuple(map(str, range(20)))),
        ([*range(21), 0], "regression", ()),
        ([1.0, 0.0, 1.0], "regression", ()),
        ([1, 0.5, 0], "regression", ()),
    ],
)
def test_the_task_is_inferred(labels: list[object], task: str, classes: tuple[str, ...]) -> None:
    dataset = of(labels)
    assert (dataset.task, dataset.classes) == (task, classes)
    assert dataset.targets.dtype == ("float64" if task == "regression" else "int64")
    if task != "regression":
        assert [classes[at] for at in dataset.targets] == [str(v).lower() for v in labels]


@pytest.mark.parametrize(
    ("labels", "task"),
    [
        (["0", "1", "1"], "binary"),
        (["0.0", "1.0", "1.0"], "regression"),
        (["1", "2.5", "3"], "regression"),
        (["true", "false", "True"], "binary"),
        (["1e-3", "-2", "+.5"], "regression"),
        (["nan", "inf", "eng", "eng"], "multiclass"),
        ([str(at) for at in range(21)], "regression"),
        (["0", "1"] * 3000 + ["0.5"], "regression"),
    ],
)
def test_csv_columns_are_typed_whole(tmp_path: Path, labels: list[str], task: str) -> None:
    assert in_csv(tmp_path, labels).task == task


def test_csv_labels_are_kept_as_given(tmp_path: Path) -> None:
    assert in_csv(tmp_path, ["TRUE", "False"]).labels == ("TRUE", "False")
    assert in_csv(tmp_path, ["TRUE", "False"]).classes == ("false", "true")
    assert of([True, False]).labels == ("true", "false")
    assert of([1.0, 2.5]).labels == ("1.0", "2.5")


@pytest.mark.parametrize(
    ("labels", "positive", "classes"),
    [
        (["yes", "no"], None, ("no", "yes")),
        ([" Yes", " No"], None, (" No", " Yes")),
        (["true", "false"], None, ("false", "true")),
        (["pos", "neg"], None, ("neg", "pos")),
        (["good", "bad"], None, ("bad", "good")),
        (["no", "maybe"], None, ("maybe", "no")),
        (["right", "left"], None, ("left", "right")),
        (["subj", "obj"], None, ("obj", "subj")),
        (["subj", "obj"], "obj", ("subj", "obj")),
        ([True, False], "false", ("true", "false")),
        ([1, 0], "0", ("1", "0")),
        (["Yes", "No"], "no", ("Yes", "No")),
    ],
)
def test_class_1_is_the_positive_one(
    labels: list[object], positive: str | None, classes: tuple[str, str]
) -> None:
    dataset = of(labels, positive=positive)
    assert dataset.classes == classes
    assert dataset.n_classes == 2


def test_classes_sort_by_the_numbers_in_them() -> None:
    assert of(["layer 10", "layer 2", "Layer 1", "layer 2"]).classes == (
        "Layer 1",
        "layer 2",
        "layer 10",
    )


def test_the_task_can_be_said() -> None:
    assert of([*range(30), 0], task="multiclass").n_classes == 30
    assert of([1.0, 0.0, 1.0], task="binary").classes == ("0", "1")
    assert of([0, 1, 1], task="regression").targets.dtype == "float64"
    assert of(["1.5", "2"], task="regression").targets.tolist() == [1.5, 2.0]
    assert of([0.25, 0.5, 0.75, 0.5], task="multiclass").classes == ("0.25", "0.5", "0.75")


def test_the_dataset_says_its_own_task() -> None:
    data = {"sentences": {"a": "x", "b": "y", "c": "z"}, "labels": {"a": 0.0, "b": 1.0, "c": 1.0}}
    document = {"name": "n", "task": "Classification", "data": data}
    assert from_mapping(document).task == "binary"
    assert from_mapping({**document, "task": "Regression"}).task == "regression"
    said = DatasetSpec(path="dict", task="regression")
    assert from_mapping(document, said).task == "regression"


def test_names_beside_numbers_when_the_task_says_so(tmp_path: Path) -> None:
    labels = ["1", "2", "3+", "1"]
    assert in_csv(tmp_path, labels, task="multiclass").classes == ("1", "2", "3+")
    with pytest.raises(DatasetError, match=r"line 4: mixed labels: '3\+' here, but '1' at line 2"):
        in_csv(tmp_path, labels)


@pytest.mark.parametrize(
    ("labels", "options", "message"),
    [
        (["a", "a"], {}, "only one class: 'a'"),
        ([2.5, 2.5], {}, "every target is 2.5"),
        ([1, "1", 2], {}, "row 2: mixed labels: '1' here, but 1 at row 1"),
        ([True, 1, 0], {}, "row 2: mixed labels: 1 here, but True at row 1"),
        ([0.5, float("nan")], {}, "row 2: the target is nan"),
        ([0.5, float("-inf")], {}, "row 2: the target is -inf"),
        ([0, None], {}, "row 2: no target"),
        (["a", "  "], {}, "row 2: no target"),
        ([["a"], ["b"]], {}, "row 1: the target is of type list"),
        (["a", "b", "c", "a"], {"task": "binary"}, "binary, but there are 3 classes: a, b, c"),
        (["a", "b"], {"task": "multiclass"}, "multiclass, but there are two classes: a, b"),
        (
            ["1", "b"],
            {"task": "regression"},
            "row 2: .*'b' is not a number; correct the row",
        ),
        (["a", "b", "c"], {}, "every row has a different class"),
        (
            ["yes", "no"],
            {"positive": "yess"},
            "positive = 'yess' is not a class; did you mean",
        ),
        (["a", "b", "c", "a"], {"positive": "a"}, "positive needs two classes, but there are 3"),
        ([0.1, 0.2], {"positive": "a"}, "positive names a class"),
    ],
)
def test_targets_that_are_refused(
    labels: list[object], options: dict[str, str], message: str
) -> None:
    with pytest.raises(DatasetError, match=message) as caught:
        of(labels, **options)
    assert caught.value.exit_code == 3
    assert "dict" in str(caught.value)


def table(folder: Path, **columns: list[object]) -> Path:
    path = folder / "a.jsonl"
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def test_usual_columns_come_in_a_stated_order(tmp_path: Path) -> None:
    path = table(tmp_path, question=["q", "r"], Label=["x", "y"], text=["a", "b"], score=[1.5, 2.5])
    dataset = load(DatasetSpec(path="a"), path)
    assert dataset.texts == ("a", "b")
    assert dataset.labels == ("x", "y")


def test_columns_can_be_said(tmp_path: Path) -> None:
    path = table(
        tmp_path, a=["q", "r", "s"], b=[1.5, 2.5, 0.5], c=["g", "g", ""], d=["tr", "dev", "TEST"]
    )
    dataset = load(DatasetSpec(path="a", text="a", target="b", group="c", split="d"), path)
    assert dataset.texts == ("q", "r", "s")
    assert dataset.targets.tolist() == [1.5, 2.5, 0.5]
    assert dataset.groups.tolist() == [0, 0, 1]
    assert dataset.splits == ("train", "val", "test")


def test_a_token_list_is_not_taken_for_the_text(tmp_path: Path) -> None:
    path = table(tmp_path, text=[["a"], ["b"]], sentence=["a", "b"], label=["x", "y"])
    assert load(DatasetSpec(path="a"), path).texts == ("a", "b")


def test_a_fold_column_of_numbers_is_no_split_unless_said(tmp_path: Path) -> None:
    path = table(tmp_path, text=["a", "b"], label=["x", "y"], fold=[0, 1])
    dataset = load(DatasetSpec(path="a"), path)
    assert dataset.splits is None and not any(role == "split" for role, *_ in dataset.sources)
    assert dataset.notes == (
        "column 'fold' holds '0', '1', not train, val and test: it is not used",
    )
    with pytest.raises(DatasetError, match="line 1: unknown split 0; use train, val or test"):
        load(DatasetSpec(path="a", split="fold"), path)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"text": "sentense"}, "no column 'sentense' to use as the text; did you mean 'sentence'?"),
        ({"group": "zzz"}, "no column 'zzz' to use as the group; columns: sentence, sentid"),
        ({}, "cannot tell which column is the target .*columns: sentence, sentid; name one"),
        ({"target": "sentence"}, "cannot tell which column is the text"),
    ],
)
def test_columns_that_are_missing(tmp_path: Path, options: dict[str, str], message: str) -> None:
    path = table(tmp_path, sentence=["a", "b"], sentid=["x", "y"])
    with pytest.raises(DatasetError, match=message) as caught:
        load(DatasetSpec(path="a", **options), path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"text": ["a b", "c d", "e f"], "neg": [0, 1, 0]}, r'target = "neg"$'),
        ({"id": [0, 1, 2], "said": ["a b", "c d", "e f"], "label": [0, 1, 0]}, r'text = "said"$'),
        ({"id": [0, 1, 2], "label": [0, 1, 0]}, r'id, label; name one with text = "..."$'),
        ({"text": [["a"], ["b"], ["c"]], "y": [0, 1, 0]}, "'text' is no text: .* of type list; "),
    ],
)
def test_a_fitting_column_without_a_role_is_proposed(
    tmp_path: Path, columns: dict[str, list[object]], message: str
) -> None:
    with pytest.raises(DatasetError, match=message):
        load(DatasetSpec(path="a"), table(tmp_path, **columns))


@pytest.mark.parametrize("labels", [["10%", "20 %", "10%"], ["$1", "$2.5", "$1"], ["1,000", "2"]])
def test_numbers_with_marks_are_remarked_on(tmp_path: Path, labels: list[str]) -> None:
    path = table(tmp_path, text=list("abcd"), label=(labels * 2)[:4])
    [note] = load(DatasetSpec(path="a"), path).notes
    assert note.startswith(f"targets such as {labels[0]!r} are read as names; to predict numbers")
    assert not load(DatasetSpec(path="a", task="binary"), path).notes


def test_where_every_number_has_a_mark_it_is_said(tmp_path: Path) -> None:
    path = table(tmp_path, text=list("abc"), label=["1,000", "2,000", "3,000"])
    with pytest.raises(DatasetError, match="write them plainly: 1000 for 1,000"):
        load(DatasetSpec(path="a"), path)


@pytest.mark.parametrize("labels", [["a%", "b%"], ["1", "2"], ["v1.0", "v2"], ["1/2", "3/4"]])
def test_other_names_are_not(tmp_path: Path, labels: list[str]) -> None:
    path = table(tmp_path, text=list("abcd"), label=labels * 2)
    assert not load(DatasetSpec(path="a"), path).notes


def test_a_column_with_few_values_is_not_guessed_to_be_the_text(tmp_path: Path) -> None:
    path = table(tmp_path, question=["cause", "effect"] * 20, label=[0, 1] * 20)
    with pytest.raises(DatasetError, match="'question' has only 2 distinct values in 40 rows"):
        load(DatasetSpec(path="a"), path)
    assert len(load(DatasetSpec(path="a", text="question"), path)) == 40


def test_the_template_wraps_the_text_and_leaves_other_braces() -> None:
    dataset = of([0, 1], template='{"q": "Is it true? {text}"}')
    assert dataset.texts[0] == '{"q": "Is it true? text 0"}'


def test_the_digest_tells_datasets_apart() -> None:
    assert of([0, 1, 0]).sha256 == of([0, 1, 0]).sha256
    digests = {of([0, 1, 0]).sha256, of([0, 1, 1]).sha256, of([0.0, 1.0, 0.0]).sha256}
    digests |= {of([0, 1, 0], template="{text}!").sha256, of([0, 1, 0], positive="0").sha256}
    assert len(digests) == 5


def test_classes_follow_the_targets() -> None:
    dataset = of(["b", "a", "b"])
    np.testing.assert_array_equal(dataset.targets, [1, 0, 1])
