"""Folders that are one dataset: parts, shards, classes, and what `save_to_disk` writes."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from probing.datasets import TextDataset, load, peek, resolve
from probing.errors import DatasetError
from probing.spec import DatasetSpec

NAMES = {"names": ["neg", "pos"], "_type": "ClassLabel"}
FEATURES = {"text": {"dtype": "string", "_type": "Value"}, "label": NAMES}


def put(path: Path, content: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def csv(*texts: str) -> str:
    return "text,label\n" + "".join(f"{text},{at % 2}\n" for at, text in enumerate(texts))


def frame(*texts: str) -> pl.DataFrame:
    return pl.DataFrame({"text": texts, "label": [at % 2 for at in range(len(texts))]})


def parquet(path: Path, *texts: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    metadata = {"huggingface": json.dumps({"info": {"features": FEATURES}})}
    frame(*texts).write_parquet(path, metadata=metadata)
    return path


def saved(path: Path, *shards: tuple[str, ...], **state: Any) -> None:
    path.mkdir(parents=True, exist_ok=True)
    files = [f"data-{at:05d}-of-{len(shards):05d}.arrow" for at in range(len(shards))]
    for file, texts in zip(files, shards, strict=True):
        frame(*texts).write_ipc_stream(path / file)
    listed = {"_data_files": [{"filename": file} for file in files], "_split": None, **state}
    put(path / "state.json", json.dumps(listed))
    put(path / "dataset_info.json", json.dumps({"features": FEATURES}))


def found(path: str, base: Path) -> list[Path]:
    return resolve(DatasetSpec(path=path), base)


def read(path: Path, **options: object) -> TextDataset:
    assert found(str(path), path.parent) == [path]
    return load(DatasetSpec(path=str(path), **options), path)


@pytest.mark.parametrize("ending", [".csv", ".csv.gz"])
@pytest.mark.parametrize(
    "names",
    [
        ("train", "dev", "test"),
        ("Training", "validation", "testing"),
        ("sst_train", "sst_valid", "sst_test"),
        ("train-v1.1", "dev-v1.1", "test-v1.1"),
    ],
)
def test_a_file_per_part(tmp_path: Path, names: tuple[str, ...], ending: str) -> None:
    import gzip

    folder = tmp_path / "tense"
    for name in names:
        path = put(folder / f"{name}{ending}", csv(f"{name} a", f"{name} b"))
        if ending.endswith(".gz"):
            path.write_bytes(gzip.compress(path.read_bytes()))
    put(folder / "README.md", "about")
    dataset = read(folder)
    assert dataset.name == "tense"
    assert dataset.splits == ("train", "train", "val", "val", "test", "test")
    assert dataset.texts[0] == f"{names[0]} a"
    assert found("*", tmp_path) == [folder]
    assert found("tense/*", tmp_path) == [folder]
    assert found("**", tmp_path) == [folder]


def test_other_datasets_beside_the_parts(tmp_path: Path) -> None:
    folder = tmp_path / "bank"
    for name in ("train.csv", "test.csv"):
        put(folder / name, csv("a", "b"))
    other = put(folder / "data.jsonl", '{"text": "a", "label": 0}\n')
    assert found("bank", tmp_path) == [folder]
    assert found("bank/*", tmp_path) == [folder, other]
    assert found("bank/train.csv", tmp_path) == [folder / "train.csv"]
    for name in ("x_train.csv", "x_test.csv", "y.csv"):
        put(tmp_path / "many" / name, csv("a", "b"))
    assert len(found("many", tmp_path)) == 3


def test_an_error_names_the_file_and_the_line(tmp_path: Path) -> None:
    put(tmp_path / "train.csv", csv("a", "b"))
    put(tmp_path / "test.csv", "text,label\nc,0\nd,\n")
    with pytest.raises(DatasetError, match=r"test\.csv, line 3: no target"):
        load(DatasetSpec(path="a"), tmp_path)
    put(tmp_path / "test.csv", "text\nc\nd\n")
    with pytest.raises(DatasetError, match=r"test\.csv, line 2: .*no target"):
        load(DatasetSpec(path="a"), tmp_path)


@pytest.mark.parametrize("below", ["", "data"])
def test_shards_of_the_hub(tmp_path: Path, below: str) -> None:
    folder = tmp_path / "tense"
    parquet(folder / below / "train-00000-of-00002.parquet", "a", "b")
    parquet(folder / below / "train-00001-of-00002-0123456789abcdef.parquet", "c", "d")
    parquet(folder / below / "test-00000-of-00001.parquet", "e", "f")
    put(folder / "README.md", "about")
    dataset = read(folder)
    assert dataset.texts == tuple("abcdef")
    assert dataset.splits == ("train",) * 4 + ("test",) * 2
    assert dataset.classes == ("neg", "pos")
    assert dataset.name == "tense"


def test_shards_of_one_part_have_no_split(tmp_path: Path) -> None:
    for at, texts in enumerate(("ab", "cd")):
        parquet(tmp_path / f"train-0000{at}-of-00002.parquet", *texts)
    dataset = read(tmp_path)
    assert (dataset.texts, dataset.splits) == (tuple("abcd"), None)


def test_a_missing_shard_is_named(tmp_path: Path) -> None:
    parquet(tmp_path / "train-00000-of-00003.parquet", "a", "b")
    with pytest.raises(DatasetError, match=r"2 of 3 shards of 'train' are missing; .*00001"):
        load(DatasetSpec(path="a"), tmp_path)


def test_a_folder_per_part(tmp_path: Path) -> None:
    for part in ("train", "test"):
        parquet(tmp_path / part / "0000.parquet", f"{part} a", f"{part} b")
        parquet(tmp_path / part / "0001.parquet", f"{part} c", f"{part} d")
    dataset = read(tmp_path)
    assert dataset.splits == ("test",) * 4 + ("train",) * 4
    assert dataset.texts[-1] == "train d"


@pytest.mark.parametrize("name", ["0_3.txt", "60001"])
def test_a_folder_per_class(tmp_path: Path, name: str) -> None:
    for label in ("pos", "neg"):
        put(tmp_path / "films" / label / name, f"{label}\nin two lines\n")
        put(tmp_path / "films" / label / f"9{name}", f"{label} again")
    dataset = read(tmp_path / "films")
    assert dataset.classes == ("neg", "pos")
    assert dataset.texts[0] == "neg\nin two lines"
    assert dataset.targets.tolist() == [0, 0, 1, 1]
    (tmp_path / "films" / "pos" / name).write_bytes(b"caf\xe9")
    with pytest.raises(DatasetError, match=rf"pos/{name}, line 1: not UTF-8"):
        load(DatasetSpec(path="a"), tmp_path / "films")


def test_a_folder_per_class_in_each_part(tmp_path: Path) -> None:
    for place in ("train/pos", "train/neg", "train/unsup", "test/pos", "test/neg"):
        put(tmp_path / place / "0.txt", f"{place} 0")
        put(tmp_path / place / "1.txt", f"{place} 1")
    put(tmp_path / "train" / "labeledBow.feat", "1 0:1")
    put(tmp_path / "imdb.vocab", "the\n")
    dataset = read(tmp_path)
    assert dataset.classes == ("neg", "pos")
    assert sorted(dataset.splits or ()) == ["test"] * 4 + ["train"] * 4
    assert dict(zip(dataset.texts, dataset.labels, strict=True))["train/neg 1"] == "neg"


@pytest.mark.parametrize(
    ("names", "classes"),
    [
        (("pos.txt", "neg.txt"), ("neg", "pos")),
        (("rt-polarity.pos", "rt-polarity.neg"), ("neg", "pos")),
        (("plot.tok.txt", "quote.tok.txt"), ("plot", "quote")),
    ],
)
def test_a_file_per_class(tmp_path: Path, names: tuple[str, ...], classes: tuple[str, ...]) -> None:
    for name in names:
        put(tmp_path / name, f"{name} one \n\n{name} two\n")
    put(tmp_path / "README.txt", "about\n")
    dataset = read(tmp_path)
    assert dataset.classes == classes
    assert len(dataset) == 4
    assert dict(zip(dataset.texts, dataset.labels, strict=True))[f"{names[0]} two"] in classes


def test_mapping_names_the_classes(tmp_path: Path) -> None:
    put(tmp_path / "mapping.txt", "0\tnegative\n1\tneutral\n2\t😀\t_grin_\n")
    for part in ("train", "test"):
        put(tmp_path / f"{part}_text.txt", "a\nb\nc\n")
        put(tmp_path / f"{part}_labels.txt", "0\n1\n2\n")
    dataset = read(tmp_path)
    assert dataset.labels[:3] == ("negative", "neutral", "😀")
    put(tmp_path / "mapping.txt", "0\tnegative\nno class\n")
    with pytest.raises(DatasetError, match=r"mapping\.txt, line 2: not a class"):
        load(DatasetSpec(path="a"), tmp_path)


def test_saved_to_disk(tmp_path: Path) -> None:
    saved(tmp_path / "one", ("a", "b"), ("c", "d"))
    dataset = read(tmp_path / "one")
    assert dataset.texts == tuple("abcd")
    assert dataset.labels == ("neg", "pos", "neg", "pos")
    assert dataset.splits is None


def test_saved_splits(tmp_path: Path) -> None:
    folder = tmp_path / "two"
    for part in ("train", "test", "unsupervised"):
        saved(folder / part, (f"{part} a", f"{part} b"))
    put(folder / "dataset_dict.json", '{"splits": ["train", "test", "unsupervised"]}')
    dataset = read(folder)
    assert dataset.splits == ("train", "train", "test", "test")
    assert dataset.classes == ("neg", "pos")


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"_data_files": [{"filename": "../x.arrow"}]}, "lists no files of this folder"),
        ({"_data_files": 3}, "lists no files of this folder"),
        ({"_data_files": [{"filename": "gone.arrow"}]}, "gone.arrow: no such file"),
        ({"_indices_data_files": [{"filename": "i.arrow"}]}, "flatten_indices"),
    ],
)
def test_a_saved_folder_that_is_damaged(
    tmp_path: Path, state: dict[str, Any], message: str
) -> None:
    saved(tmp_path, ("a", "b"), **state)
    with pytest.raises(DatasetError, match=message):
        load(DatasetSpec(path="a"), tmp_path)


def test_no_class_is_no_target(tmp_path: Path) -> None:
    rows = pl.DataFrame({"text": ["a", "b", "c"], "label": [0, 1, -1]})
    metadata = {"huggingface": json.dumps({"info": {"features": FEATURES}})}
    rows.write_parquet(tmp_path / "a.parquet", metadata=metadata)
    with pytest.raises(DatasetError, match="row 3: no target"):
        load(DatasetSpec(path="a"), tmp_path / "a.parquet")


@pytest.mark.parametrize(
    ("names", "options", "positive"),
    [
        (["not_equivalent", "equivalent"], {}, "equivalent"),
        (["entailment", "not_entailment"], {}, "entailment"),
        (["hateful", "non-hateful"], {}, "hateful"),
        (["x", "not_x"], {"positive": "not_x"}, "not_x"),
        (["not_x", "x"], {"positive": "NOT_X"}, "not_x"),
        (["subjective", "objective"], {}, "subjective"),
        (["objective", "subjective"], {}, "subjective"),
        (["True", "False"], {}, "True"),
        (["acceptable", "unacceptable"], {}, "acceptable"),
    ],
)
def test_the_names_not_the_order_of_a_class_label_tell_the_positive_class(
    tmp_path: Path, names: list[str], options: dict[str, str], positive: str
) -> None:
    label = {"names": names, "_type": "ClassLabel"}
    features = json.dumps({"info": {"features": FEATURES | {"label": label}}})
    rows = pl.DataFrame({"text": ["a", "b", "c"], "label": [0, 1, 1]})
    rows.write_parquet(tmp_path / "a.parquet", metadata={"huggingface": features})
    saved(tmp_path / "saved", ("a", "b"), ("c",))
    put(tmp_path / "saved" / "dataset_info.json", json.dumps({"features": {"label": label}}))
    for path, indices in ((tmp_path / "a.parquet", [0, 1, 1]), (tmp_path / "saved", [0, 1, 0])):
        dataset = read(path, **options)
        assert dataset.positive == dataset.classes[1] == positive
        assert [dataset.classes[at] for at in dataset.targets] == [names[at] for at in indices]


def test_peek_sees_a_change_inside_a_folder(tmp_path: Path) -> None:
    for label in ("pos", "neg"):
        for part in ("train", "test"):
            put(tmp_path / part / label / "0.txt", f"{label} {part}")
    spec = DatasetSpec(path="films")
    before = peek(spec, tmp_path)
    put(tmp_path / "train" / "pos" / "0.txt", "another text")
    assert peek(spec, tmp_path).examples != before.examples
