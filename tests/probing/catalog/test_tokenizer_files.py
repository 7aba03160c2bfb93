"""What a tokenizer lacks is said by the plan, from files alone."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from probing import catalog
from probing.errors import ModelError
from probing.spec import ModelSpec
from tests.support.cli_runs import working_folder
from tests.support.hostile_folders import DEEP, POINTER
from tests.support.tiny_models import save_model, save_tokenizer
from tui.cli import main

GOOD = '{"model": {"type": "BPE"}}'


def check(folder: Path, tokenizer: str | None = None) -> None:
    spec = ModelSpec(str(folder), tokenizer=tokenizer)
    catalog.check_tokenizer(spec, catalog.facts(spec, Path()), Path())


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = save_model(tmp_path / "model", "gpt2")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (folder / name).unlink()
    return folder


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "has no tokenizer; name one"),
        ({"tokenizer_config.json": "{}"}, "has no tokenizer"),
        ({"tokenizer_config.json": "[1]"}, "has no tokenizer"),
        ({"tokenizer.json": GOOD[:10]}, "tokenizer.json cannot be read"),
        ({"tokenizer.json": ""}, "tokenizer.json cannot be read"),
        ({"tokenizer.json": "[]"}, "does not describe a tokenizer"),
        ({"tokenizer.json": DEEP}, "tokenizer.json is nested too deep"),
        ({"tokenizer.json": POINTER}, "tokenizer.json is only a Git LFS pointer"),
        ({"tokenizer.json": GOOD}, ""),
        ({"vocab.txt": "a"}, ""),
        ({"spiece.model": "a"}, ""),
        ({"qwen.tiktoken": "a"}, "needs tiktoken; pip install tiktoken"),
        ({"tokenizer_config.json": '{"tokenizer_class": "ByT5Tokenizer"}'}, ""),
    ],
)
def test_what_is_missing_or_damaged(
    files: dict[str, str], message: str, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {"sentencepiece": object()}
    monkeypatch.setattr("probing.catalog.files.tokenizer_files.find_spec", found.get)
    for name, content in files.items():
        (model / name).write_text(content)
    if not message:
        check(model)
        return
    with pytest.raises(ModelError, match=message) as caught:
        check(model)
    assert "\n" not in str(caught.value)


def test_a_pipe_is_no_tokenizer(model: Path) -> None:
    os.mkfifo(model / "tokenizer.json")
    with pytest.raises(ModelError, match=r"tokenizer\.json is a pipe or a device"):
        check(model)


def test_another_tokenizer_is_checked_in_its_place(model: Path, tmp_path: Path) -> None:
    save_tokenizer(tmp_path / "words")
    check(model, str(tmp_path / "words"))
    whole = (tmp_path / "words" / "tokenizer.json").read_bytes()
    (tmp_path / "words" / "tokenizer.json").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelError, match=r"words: tokenizer\.json cannot be read"):
        check(model, str(tmp_path / "words"))


@pytest.mark.parametrize(
    "content",
    [
        '{"model": {}}',
        '{"model": {"type": "WordLevel", "vocab": {"a": 1000000000000}, "unk_token": "a"}}',
        '{"model": {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "b"}}',
        '{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["b c"]}}',
    ],
)
def test_what_no_library_can_read_is_said_by_the_plan(
    content: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    working_folder(tmp_path)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny" / "tokenizer.json").write_text(content)
    assert main(["--batch", "s.toml", "--dry-run"]) == 3
    (told,) = capsys.readouterr().err.splitlines()
    assert "tiny: tokenizer.json cannot be used (" in told


def test_a_dry_run_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    working_folder(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert main(["--batch", "s.toml", "--dry-run"]) == 0
    (tmp_path / "tiny" / "vocab.txt").unlink()
    assert main(["--batch", "s.toml", "--dry-run"]) == 3
    assert "tiny: has no tokenizer" in capsys.readouterr().err
    config = json.loads((tmp_path / "tiny" / "config.json").read_text())
    huge = json.dumps(config | {"num_hidden_layers": 10**9})
    (tmp_path / "tiny" / "config.json").write_text(huge)
    assert main(["--batch", "s.toml", "--dry-run"]) == 3
    assert "claims 1,000,000,000 layers" in capsys.readouterr().err
