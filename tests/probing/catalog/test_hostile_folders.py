"""Folders that others made: a bad one is one row that says so, and costs no other."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from probing import catalog
from probing.errors import ModelError
from probing.spec import ModelSpec
from tests.support.hostile_folders import ADAPTERS, DEEP, POINTER, make_hostile
from tests.support.tiny_models import save_model
from tui.cli import main
from tui.compose.first_draft import quickest
from tui.processes.known_facts import FactsBook

REPLACE = "no real model needs that; replace it"


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("models") / "good", "gpt2")


@pytest.fixture(scope="module")
def hostile(good: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Path]]:
    root = tmp_path_factory.mktemp("hostile")
    folders = list(make_hostile(root, good))
    shutil.copytree(good, root / "stands")
    return root, folders


def test_every_folder_is_one_row(hostile: tuple[Path, list[Path]]) -> None:
    root, folders = hostile
    rows = [row for row in catalog.local_models([root]) if row.source == "folder"]
    shown = {Path(row.name).name: row for row in rows}
    assert len(rows) >= len(folders) > 150
    assert shown["stands"].n_layers == 3 and not shown["stands"].error
    for row in rows:
        assert bool(row.error) != bool(row.n_layers), row
        assert 0 <= row.n_layers <= 2000 and row.d_model <= 2**20 and "\n" not in row.error
        assert "cannot be read (" not in row.error or "Error)" not in row.error  # all are foreseen
    names = [name for name in shown if shown[name].error]
    assert {"deep", "weights_vast", "index_outside", "config.json_fifo"} <= set(names)
    assert {f"adapter_{name}" for name in ADAPTERS} <= set(names)
    assert shown["crowded"].error.endswith("holds more than 5,000,000 values; " + REPLACE)
    pipes = ("generation_config.json", "added_tokens.json", "chat_template.jinja")
    for file in pipes:  # transformers would wait for them
        assert f"{file} is a pipe or a device" in shown[f"{file}_fifo"].error
    assert "is damaged or truncated" in shown["gguf_list"].error
    for name in ("items", "lists", "tensors", "vast"):
        assert re.search(r"[\d,]+ (items|tensors|numbers)", shown[f"gguf_{name}"].error), name
    assert sum(row.error.count("not UTF-8") for row in rows) == 1


def test_facts_of_hostile_folders_are_errors_of_one_line(hostile: tuple[Path, list[Path]]) -> None:
    for folder in hostile[1]:
        try:
            found = catalog.facts(ModelSpec(str(folder)), Path())
        except ModelError as error:
            assert "\n" not in str(error) and len(str(error)) < 1000
        else:
            assert 0 < found.n_layers <= 2000


def test_models_lists_them_all(
    hostile: tuple[Path, list[Path]], capsys: pytest.CaptureFixture[str]
) -> None:
    root, folders = hostile
    assert main(["models", str(root), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) > len(folders)
    assert main(["models", str(root)]) == 0
    out = capsys.readouterr().out
    assert "/stands" in out and "\x1b]" not in out
    assert out.count("unusable: ") == sum(bool(row["error"]) for row in rows)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"onnx/model.onnx": "x", "config.json": "{}"}, r"holds only ONNX weights; download"),
        ({"model.onnx": "x"}, "holds only ONNX weights"),
        ({"pytorch_model.bin": "x", "config.json": "{}"}, "only pickled weights"),
        ({"tf_model.h5": "x", "config.json": "{}"}, "another framework"),
        ({"checkpoint-90/config.json": "{}", "checkpoint-500/config.json": "{}"},
         r"in the subfolder checkpoint-500; give .*/checkpoint-500$"),
        ({"0_Transformer/config.json": "{}", "modules.json": "[]"}, r"give .*/0_Transformer$"),
        ({"config.json": "{}", "model.safetensors": POINTER}, "is only a Git LFS pointer"),
        ({"config.json": POINTER, "model.safetensors": ""}, r"pointer; .*git lfs pull"),
        ({"config.json": "{}", "adapter.safetensors": ""}, "but no model.safetensors"),
        ({"adapter_config.json": "{}"}, "does not name its base model"),
        ({"adapter_config.json": DEEP}, "nested too deep"),
        ({"a.gguf": "", "b.gguf": ""}, r"2 GGUF files \(a.gguf, b.gguf\); name one: .*/a.gguf"),
        ({"m-00001-of-00002.gguf": ""}, "one part of a split GGUF"),
        ({"model_index.json": "{}", "text_encoder/config.json": "{}"}, r"give .*/text_encoder$"),
        ({"readme.md": ""}, "no weights and no config.json"),
    ],
)  # fmt: skip
def test_what_is_no_model_is_named(files: dict[str, str], message: str, tmp_path: Path) -> None:
    for file, content in files.items():
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text(content)
    with pytest.raises(ModelError, match=message):
        catalog.facts(ModelSpec(str(tmp_path)), Path())


def test_missing_and_truncated_shards(good: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(good, tmp_path / "sharded")
    weights = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").unlink()
    shards = [f"model-0000{at}-of-00002.safetensors" for at in (1, 2)]
    index = {"weight_map": dict(zip("ab", shards, strict=True))}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    (folder / shards[0]).write_bytes(weights)
    with pytest.raises(ModelError, match=rf"1 of 2 weight files .*'{shards[1]}'"):
        catalog.facts(ModelSpec(str(folder)), Path())
    (folder / shards[1]).write_bytes(weights[:-100])
    with pytest.raises(ModelError, match=rf"{shards[1]} is truncated: .* of .* bytes"):
        catalog.facts(ModelSpec(str(folder)), Path())


def test_compose_offers_the_others(good: Path, tmp_path: Path) -> None:
    for name in ("deep", "good"):
        shutil.copytree(good, tmp_path / "models" / name)
    (tmp_path / "models" / "deep" / "config.json").write_text(DEEP)
    book = FactsBook(tmp_path)
    found = book.local_models()
    names = {one.name for one in found}
    assert {"models/deep", "models/good"} <= names
    error = book.known_model(ModelSpec("models/deep"))
    assert isinstance(error, ModelError) and "nested too deep" in str(error)
    assert quickest([one for one in found if one.source == "folder"]) == ModelSpec("models/good")
