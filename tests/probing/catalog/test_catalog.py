"""The catalog: facts from files, without torch."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import transformers as hf

from probing import catalog
from probing.engine.models import LMModel
from probing.errors import ModelError
from probing.spec import ModelSpec
from tests.support.tiny_models import CONFIGS, config, save_model, save_tokenizer


@pytest.mark.parametrize("family", CONFIGS)
def test_facts_are_those_of_the_loaded_model(family: str, tmp_path: Path) -> None:
    save_model(tmp_path, family)
    facts, model = catalog.facts(ModelSpec(str(tmp_path)), Path()), LMModel(str(tmp_path))
    assert (facts.n_layers, facts.d_model) == (model.n_layers, model.d_model) == (3, 32)
    assert facts.has_final_norm in (None, model.final_norm)
    assert facts.max_length == model.max_length
    assert facts.source == "folder" and facts.dtype == "float32"
    assert facts.shown_params == model.n_params
    assert facts.n_params >= model.n_params


def test_heads_are_not_counted_among_what_a_run_computes_with(tmp_path: Path) -> None:
    for at, make in enumerate(
        (
            hf.AutoModelForCausalLM,
            hf.AutoModelForMaskedLM,
            hf.AutoModelForSequenceClassification,
            hf.AutoModelForQuestionAnswering,
        )
    ):
        family = "llama" if make is hf.AutoModelForCausalLM else "bert"
        folder = tmp_path / str(at)
        make.from_config(config(family)).save_pretrained(folder)
        save_tokenizer(folder)
        facts = catalog.facts(ModelSpec(str(folder)), Path())
        assert facts.shown_params == LMModel(str(folder)).n_params < facts.n_params


def test_parameters_are_counted_or_estimated(tmp_path: Path) -> None:
    save_model(tmp_path, "llama")
    counted = catalog.facts(ModelSpec(str(tmp_path)), Path()).n_params
    assert counted == LMModel(str(tmp_path)).n_params
    from probing.catalog.config import estimated_params, read_config

    assert estimated_params(read_config(tmp_path, "")) == pytest.approx(counted, rel=0.02)


def test_folders_are_looked_up_from_the_base(tmp_path: Path) -> None:
    save_model(tmp_path / "mine", "gpt2")
    spec = ModelSpec("mine")
    assert catalog.facts(spec, tmp_path).folder == (tmp_path / "mine").resolve()
    assert catalog.label(ModelSpec(str(tmp_path / "mine"))) == "mine"
    assert catalog.label(ModelSpec("org/name@step1")) == "org/name@step1"
    assert catalog.label(ModelSpec("package:some")) == "package:some"


@pytest.mark.parametrize(
    "name", ["x" * 5000, "~nobody-of-that-name/model", "a\0b", "./" + "y" * 999]
)
def test_names_that_no_path_can_have(name: str) -> None:
    assert catalog.label(ModelSpec(name))
    with pytest.raises(ModelError) as caught:
        catalog.locate(ModelSpec(name), Path())
    assert "\n" not in str(caught.value)


def test_the_hub_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    root = tmp_path / "models--org--tiny"
    save_model(root / "snapshots" / "abc123", "gpt2")
    (root / "refs").mkdir()
    (root / "refs" / "main").write_text("abc123")
    (root / "refs" / "step1").write_text("abc123")
    for name in ("org/tiny", "org/tiny@step1", "org/tiny@abc123"):
        facts = catalog.facts(ModelSpec(name), Path())
        assert (facts.name, facts.source, facts.n_layers) == (name, "hub cache", 3)
    assert LMModel("org/tiny@step1").n_layers == 3
    assert "org/tiny" in [facts.name for facts in catalog.local_models()]
    with pytest.raises(ModelError, match=r"org/tiny@step2: not on this machine"):
        catalog.facts(ModelSpec("org/tiny@step2"), Path())
    with pytest.raises(ModelError, match=r"HF_HUB_OFFLINE.*did you mean 'org/tiny'"):
        catalog.facts(ModelSpec("org/tinny"), Path())


def test_a_snapshot_with_its_configuration_alone_is_still_to_be_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    root = tmp_path / "models--org--tiny"
    save_model(root / "snapshots" / "abc123", "gpt2")
    (root / "refs").mkdir()
    (root / "refs" / "main").write_text("abc123")
    for file in root.glob("snapshots/*/*"):
        if file.name != "config.json":
            file.unlink()
    place = catalog.locate(ModelSpec("org/tiny"), Path())
    assert (place.source, place.folder, place.repo) == ("hub", None, "org/tiny")


def test_an_unreachable_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    def refuse(*args: object, **named: object) -> None:
        raise ConnectionError("no network")

    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", refuse)
    with pytest.raises(ModelError, match="the hub cannot be reached"):
        catalog.facts(ModelSpec("org/none"), Path())


def test_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "carries_one"
    save_model(package / "model", "gpt2")
    (package / "__init__.py").write_text("raise SystemExit('it was imported')\n")
    (tmp_path / "empty_one").mkdir()
    (tmp_path / "empty_one" / "__init__.py").touch()
    record = tmp_path / "carries_one-1.dist-info"
    record.mkdir()
    (record / "METADATA").write_text("Metadata-Version: 2.1\nName: carries-one\nVersion: 1\n")
    files = ["carries_one/model/config.json", "carries_one/model/model.safetensors"]
    (record / "RECORD").write_text("".join(f"{file},,\n" for file in files))
    monkeypatch.syspath_prepend(tmp_path)
    facts = catalog.facts(ModelSpec("package:carries_one"), Path())
    assert facts.source == "package" and facts.folder == package / "model"
    assert "package:carries_one" in [found.name for found in catalog.local_models()]
    with pytest.raises(ModelError, match="contains no model"):
        catalog.facts(ModelSpec("package:empty_one"), Path())
    with pytest.raises(ModelError, match=r"no package 'carries_two'"):
        catalog.facts(ModelSpec("package:carries_two"), Path())


def test_a_damaged_package_costs_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, record in (("odd", b"\xff\xfe,,"), ("split", b"split/m-00001-of-00002.gguf,,")):
        folder = tmp_path / f"{name}-1.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        (folder / "RECORD").write_bytes(record)
    (tmp_path / "split").mkdir()
    (tmp_path / "split" / "m-00001-of-00002.gguf").touch()
    monkeypatch.syspath_prepend(tmp_path)
    save_model(tmp_path / "good", "gpt2")
    rows = {row.name: row.error for row in catalog.local_models([tmp_path])}
    assert "one part of a split GGUF" in rows["package:split"] and not rows[str(tmp_path / "good")]


def test_bad_folders(tmp_path: Path) -> None:
    def facts(name: str) -> None:
        catalog.facts(ModelSpec(str(tmp_path / name)), Path())

    with pytest.raises(ModelError, match="no such model folder"):
        facts("missing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match="no weights"):
        facts("empty")
    save_model(tmp_path / "good", "gpt2")
    config = json.loads((tmp_path / "good" / "config.json").read_text())
    weights = (tmp_path / "good" / "model.safetensors").read_bytes()
    for name, text, message in [
        ("none", None, "no config.json"),
        ("image", {"model_type": "resnet", "depths": [3]}, "not a transformer"),
        ("torn", "{", "cannot be read"),
    ]:
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.safetensors").write_bytes(weights)
        if text is not None:
            written = text if isinstance(text, str) else json.dumps(text)
            (tmp_path / name / "config.json").write_text(written)
        with pytest.raises(ModelError, match=message) as caught:
            facts(name)
        assert caught.value.exit_code == 3 and "\n" not in str(caught.value)
        assert str(caught.value).count(str(tmp_path)) == 1
    (tmp_path / "good" / "config.json").write_text(json.dumps(config))
    (tmp_path / "good" / "model.safetensors").write_bytes(weights[:100])
    with pytest.raises(ModelError, match="is truncated"):
        facts("good")
    rows = [found for found in catalog.local_models([tmp_path]) if found.source == "folder"]
    assert {Path(row.name).name for row in rows} == {"good", "image", "torn"}
    assert all(row.error for row in rows)


def test_the_catalog_imports_neither_torch_nor_transformers() -> None:
    code = (
        "import sys; from probing import catalog; catalog.local_models();"
        "print([m for m in ('torch', 'transformers', 'huggingface_hub') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
