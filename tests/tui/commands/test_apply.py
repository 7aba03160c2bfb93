"""`apply` and `probes`: rows in every format, what is refused before a model loads, look-up."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import tui.commands.of_probes.apply
from probing.probes import save, sharing
from tests.support.probe_cards import a_card
from tui.cli import main
from tui.probes.sheet import sheet

ROWS = {
    "text": ["=a cat", "", "a dog"],
    "score": [1.5, None, -2.25],
    "prediction": ["yes", None, "no"],
    "probability": [0.75, None, 0.1],
}


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """Runs with two probes of one model, one of another, and one that is damaged."""
    for run, names in (("one", ["p-1", "p-2"]), ("two", ["q", "bad"]), ("bare", [])):
        folder = tmp_path / "logs" / run / "probes"
        folder.mkdir(parents=True)
        (folder.parent / "spec.toml").write_text("")
        for at, name in enumerate(names, 1):
            card = a_card(name, layer=at, run=run)
            if run == "two":
                entry = {"model": "n", "name": "other"}
                model = card.model.__class__(**{**vars(card.model), "name": "n", "entry": entry})
                card = a_card(name, layer=at, run=run, model=model)
            save(folder, card, {"weights": np.ones((1, 4)), "bias": np.zeros(1)})
    with (tmp_path / "logs" / "two" / "probes" / "bad.safetensors").open("ab") as file:
        file.write(b"x")
    return tmp_path / "logs"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The requests of a process that answers with the same rows twice."""
    requests: list[dict[str, Any]] = []

    def answer(request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        requests.append(request)
        yield {"columns": ROWS}
        yield {"told": "row 2 has no score: it is empty"}
        yield {"columns": ROWS}

    monkeypatch.setattr(tui.commands.of_probes.apply, "applied", answer)
    return requests


def run(logs: Path, *arguments: str) -> int:
    return main([*arguments, "--logs", str(logs)])


def test_rows_come_in_every_format(
    logs: Path, asked: list[dict[str, Any]], capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    rows = [dict(zip(ROWS, row, strict=True)) for row in zip(*ROWS.values(), strict=True)] * 2
    given = ("apply", "one/p-1", "--text", "x")
    assert run(logs, *given, "--format", "json") == 0
    told = capfd.readouterr()
    assert json.loads(told.out) == rows and "row 2 has no score: it is empty" in told.err
    run(logs, *given, "--format", "jsonl")
    assert [json.loads(line) for line in capfd.readouterr().out.splitlines()] == rows
    run(logs, *given, "--format", "csv")
    lines = capfd.readouterr().out.splitlines()
    assert lines[0] == "text,score,prediction,probability" and len(lines) == 7
    assert lines[1].startswith("'=a cat,1.5,yes")  # no formula
    run(logs, *given)
    table = capfd.readouterr().out
    assert table.count("prediction") == 1 and table.count("-2.25") == 2 and "0.750" in table
    run(logs, *given, "--output", str(tmp_path / "o.parquet"))
    assert pl.read_parquet(tmp_path / "o.parquet").to_dicts() == rows
    assert "wrote 6 rows" in capfd.readouterr().err
    assert asked[0]["texts"] == ["x"] and asked[0]["file"] is None
    run(logs, "apply", "one", "-", "--tokens", "--device", "cpu")
    assert asked[-1]["file"] == "-" and len(asked[-1]["probes"]) == 2 and asked[-1]["tokens"]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("one/p-1",), 2, "there is nothing to apply the probe to"),
        (("one/p-1", "one/p-2"), 2, "there is nothing to apply the probe to"),
        (("one/p-1", "--text", " "), 2, "--text is empty"),
        (("one/p-1", "--text", "x", "--watch", "f"), 2, "--watch follows a file"),
        (("one/p-9", "--text", "x"), 3, "no saved probe named 'one/p-9'; did you mean"),
        (("bare", "--text", "x"), 3, "run 'bare' saved no probes; run its spec again with"),
        (("bar", "--text", "x"), 3, "run 'bare' saved no probes; run its spec again with"),
        (("bare/p-1", "--text", "x"), 3, "run 'bare' saved no probes; run its spec again with"),
        (("two/bad", "--text", "x"), 3, "SHA-256"),
        (("one/*", "two/q", "--text", "x"), 3, "is a probe of n, and p-1 one of m"),
        (
            ("one/p-1", "--text", "x", "--output", "o", "--format", "table"),
            2,
            "cannot hold a table",
        ),
    ],
)
def test_what_files_can_tell_is_refused_before_a_process_starts(
    logs: Path,
    asked: list[dict[str, Any]],
    capfd: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    code: int,
    says: str,
) -> None:
    assert run(logs, "apply", *arguments) == code
    told = capfd.readouterr().err
    assert says in told and len(told.splitlines()) == 1 and not asked


def test_a_file_without_texts_is_told(
    logs: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tui.commands.of_probes.apply, "applied", lambda request: iter(()))
    assert run(logs, "apply", "one", "empty.jsonl") == 0
    assert capfd.readouterr() == ("", "empty.jsonl: no texts, so there are no scores\n")


def test_a_sheet_says_that_scores_are_those_of_choosing() -> None:
    card = a_card("best")
    score = dataclasses.replace(card.score, cell="chosen")
    assert "of choosing it inside each fold" in "\n".join(
        sheet(dataclasses.replace(card, score=score))
    )
    own = dataclasses.replace(card.score, cell=card.cell)
    assert "of choosing" not in "\n".join(sheet(dataclasses.replace(card, score=own)))


def test_one_bad_probe_is_one_bad_row(logs: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(logs, "probes", "list", "--format", "json") == 0
    rows = {row["probe"]: row for row in json.loads(capfd.readouterr().out)}
    assert set(rows) == {"p-1", "p-2", "q", "bad"}
    assert "SHA-256" in rows["bad"]["error"] and rows["bad"]["score"] is None
    assert rows["p-2"]["layer"] == 2 and rows["p-2"]["score"] == 0.9 and not rows["p-2"]["error"]
    run(logs, "probes", "list", "--where", "layer=2 run=one")
    out = capfd.readouterr().out
    assert "p-2" in out and "p-1" not in out
    row = next(line.split() for line in out.splitlines() if "p-2" in line)
    score = [".900", "[.85,", ".95]"]
    assert row[-9:] == ["accuracy", *score, "80", "majority", *score]
    assert rows["p-2"]["control_low"] == 0.85 and rows["p-2"]["chosen"] is False
    run(logs, "probes", "show", "p-1")
    assert "accuracy .900 [.85, .95] · n 80" in capfd.readouterr().out
    run(logs, "probes", "rm", "two/*")
    assert "removed 2 probes" in capfd.readouterr().err
    assert not list((logs / "two" / "probes").iterdir())


def test_nothing_is_uploaded_that_nobody_has_confirmed(
    logs: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pushed: list[tuple[list[str], str, bool]] = []

    def push(folder: Path, repo: str, *, private: bool) -> str:
        pushed.append((sorted(path.name for path in folder.iterdir()), repo, private))
        return "there"

    monkeypatch.setattr(sharing, "push", push)
    monkeypatch.setattr(sys, "stdin", open("/dev/null"))  # noqa: PTH123, SIM115
    assert run(logs, "probes", "push", "p-1", "me/p") == 2 and not pushed
    told = capfd.readouterr()
    assert "# p-1" in told.out and "nobody is there to confirm" in told.err
    assert run(logs, "probes", "push", "p-1", "me/p", "--yes") == 0
    files = ["README.md", "probe.json", "probe.safetensors"]
    assert pushed == [(files, "me/p", True)]
