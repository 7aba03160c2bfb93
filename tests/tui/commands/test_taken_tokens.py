"""`data check --model`: texts with the tokens marked that poolers take."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from probing.errors import ModelError, SpecError
from probing.token_preview import main, preview
from tests.support.tiny_models import save_model, save_tokenizer
from tui.cli import main as cli
from tui.commands.of_data import taken_tokens
from tui.texts.facts.marked_tokens import marked


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with words, and a tokenizer beside the facts of a model."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny").mkdir()
    save_tokenizer(tmp_path / "tiny")
    config = {"model_type": "bert", "num_hidden_layers": 2, "hidden_size": 4}
    (tmp_path / "tiny" / "config.json").write_text(json.dumps(config))
    (tmp_path / "tiny" / "model.safetensors").write_bytes(b"\2\0\0\0\0\0\0\0{}")
    rows = [{"tokens": ["the", "cat", "sat"], "label": ["d", "n", "v"]},
            {"tokens": ["a", "dog", "ran"], "label": ["d", "n", "v"]}]  # fmt: skip
    (tmp_path / "w.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return tmp_path


def test_the_tokens_of_words_and_of_choices_are_told(folder: Path) -> None:
    request = {
        "texts": ["the cat sat", "the cat sat"],
        "spans": [[[4, 7]], [[0, 3]]],
        "model": "tiny",
        "poolers": ["mean"],
    }
    rows = preview(request, folder)["rows"]
    assert [row["taken"].index(True) for row in rows] == [2, 1]
    assert rows[0]["tokens"] == ["[CLS]", "the", "cat", "sat", "[SEP]"]
    chosen = {"pool": "mean", "tokens": ["/c.t/", "not special"]}
    whole = request | {"spans": None, "poolers": [chosen, {"position": -2}, "max"]}
    taken = [row["taken"] for row in preview(whole, folder)["rows"]][:3]
    assert [sum(each) for each in taken] == [1, 1, 5]
    assert taken[0].index(True) == 2 and taken[1].index(True) == 3


def test_the_model_continues_the_texts_that_it_is_to_continue(tmp_path: Path) -> None:
    save_model(tmp_path / "lm", "gpt2", head=True, cls=False)
    request = {
        "texts": ["the cat sat", "it"],
        "generate": 4,
        "model": "lm",
        "poolers": ["mean", {"pool": "last", "tokens": "not generated"}],
    }
    rows = preview(request, tmp_path)["rows"]
    assert [row["taken"] for row in rows] == [
        [False, False, False, True, True, True, True],
        [False, False, True, False, False, False, False],
        [False, True, True, True, True],
        [True, False, False, False, False],
    ]
    assert rows[0]["pooler"] == "mean(tokens=[generated])" and rows[0]["tokens"][1] == "cat"
    save_model(tmp_path / "bert", "bert")
    with pytest.raises(ModelError, match="predicts no next token"):
        preview(request | {"model": "bert"}, tmp_path)


def test_data_check_marks_what_is_taken(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = []

    def here(request):  # type: ignore[no-untyped-def]
        asked.append(request)
        return preview(json.loads(json.dumps(request)), folder)["rows"]

    monkeypatch.setattr(taken_tokens, "taken_tokens", here)
    given = ["data", "check", "w.jsonl", "--model", "tiny", "--pooler", '{ pool = "mean" }']
    assert cli(given) == 0
    out = capsys.readouterr().out
    assert "  tokens   mean\n           [CLS] ⟦the⟧ cat sat [SEP]\n" in out
    assert "[CLS] a ⟦dog⟧ ran [SEP]" in out or "[CLS] ⟦a⟧ dog ran [SEP]" in out
    assert asked[0]["poolers"] == [{"pool": "mean"}]
    with pytest.raises(SpecError, match="no table of TOML"):
        list(taken_tokens.lines_of(*_read(folder), "tiny", ["{ pool"]))


def _read(folder: Path):  # type: ignore[no-untyped-def]
    from probing.datasets import facts_of, load
    from probing.spec import DatasetSpec

    entry = DatasetSpec(str(folder / "w.jsonl"))
    return entry, facts_of(load(entry, folder / "w.jsonl"))


def test_what_cannot_be_told_is_an_error(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = {"texts": ["the cat"], "turns": [[["user", 0, 7]]], "model": "tiny", "poolers": ["max"]}
    assert main(json.dumps(chat)) == ModelError("").exit_code
    assert "has no chat template" in json.loads(capsys.readouterr().out)["error"]


def test_runs_of_taken_tokens_share_their_brackets() -> None:
    assert marked(["a", "b", "c", "d"], [False, True, True, False]) == "a ⟦b·c⟧ d"
