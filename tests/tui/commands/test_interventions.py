"""Interventions from the command line, on the probes of a run of a tiny causal model."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
from transformers import AutoModelForCausalLM, AutoTokenizer

import tui.processes.computing.answers
from probing import Probe, intervening
from probing import spec as specs
from probing.engine.experiment import execute
from probing.engine.interventions import steered
from probing.interventions.costs import estimate_of, rate_name, work_of
from probing.interventions.folder import InterventionFolder
from probing.interventions.progress import end_of, told_from
from probing.interventions.requests import Erase, Explain, Steer
from probing.logs import RunFolder, create_run
from probing.plan import Rates, step
from probing.probes import Card, load_arrays, read_card, save
from tests.support.texts import make_texts
from tests.support.tiny_models import save_causal, save_model
from tui.cli import main
from tui.commands.of_interventions import asked_interventions
from tui.plot.comparisons.effect_cells import told_number, told_range

SPEC = """
datasets = ["{base}/cats.jsonl"]
models = ["{base}/{model}"]
poolers = [{{pool = "token", layer = 1}}]
classifiers = ["LogisticRegression"]
controls = []
n_folds = 2
save_probes = "all"
device = "cpu"
audit = false
"""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Logs with a probe of the causal model `gpt`, and one of the encoder `bert`."""
    folder = tmp_path_factory.mktemp("interventions")
    save_causal(folder / "gpt")
    save_model(folder / "bert", "bert")
    ends = ("cat", "dog", "dog")
    rows = [
        {"text": f"{text} {ends[at % 3]}", "label": ends[at % 3]}
        for at, text in enumerate(make_texts(36, 6))
    ]
    (folder / "cats.jsonl").write_text("\n".join(map(json.dumps, rows)))
    prompts = ["the red cat sat on", "", "a big dog ran in the", rows[0]["text"]]
    (folder / "prompts.txt").write_text("\n".join(prompts))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PROBE_TUI_CACHE", str(folder / "cache"))
        patch.setenv("PROBE_TUI_LOGS", str(folder / "logs"))
        for model in ("gpt", "bert"):
            run = create_run(folder / "logs", model, SPEC.format(base=folder, model=model))
            assert execute(run, specs.load(run.spec), run.path) == 0
        yield folder


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, base: Path) -> None:
    """The process that computes is this one, its answers those that it would print."""

    def computed(folder: InterventionFolder) -> Iterator[dict[str, object]]:
        place = end_of(folder)
        intervening.main([str(folder.path)])
        for one, _ in told_from(folder, place):
            if "error" in one:
                raise tui.processes.computing.answers.FailedElsewhereError(
                    str(one["error"]), int(str(one["exit_code"]))
                )
            if "of" in one or "told" in one:
                yield one

    monkeypatch.setattr(
        asked_interventions, "Intervening", lambda _: SimpleNamespace(told=computed)
    )
    monkeypatch.chdir(base)


def card_of(model: str) -> Path:
    runs = [path for path in Path("logs").iterdir() if path.name.startswith(model)]
    return next(RunFolder(runs[0]).probes.glob("*.json"))


def test_steering_is_printed_kept_and_not_done_again(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ["steer", str(card_of("gpt")), "--prompts", "prompts.txt", "--scales", "-1,0,1"]
    asked += ["--choices", "mat,house", "--max-new", "2", "--random", "2", "--layers", "each"]
    asked += ["--shuffled", "2"]
    assert main(asked) == 0
    shown = capsys.readouterr()
    assert "3 prompts under 31 conditions" in shown.err
    assert "the probe was fitted to 1 of the 3 prompts" in shown.err
    assert "change of the log odds by layer, scale +1" in shown.out
    assert "random: change of the log odds, least and most of 2 random directions" in shown.out
    assert "shuffled: likewise, along 2 probes fitted to shuffled labels" in shown.out
    assert "the red cat sat on" in shown.out
    assert main([*asked, "--format", "json"]) == 0
    rows = pl.DataFrame(json.loads(capsys.readouterr().out), infer_schema_length=None)
    card = read_card(card_of("gpt"))
    place = {"control": "", "layer": 1, "read_layer": 1, "scale": 1.0}
    moved = rows.filter(measure="score_change", **place)
    told = card.place.spread[0] * norm_of(card_of("gpt"))
    assert moved["value"][0] == pytest.approx(told, abs=1e-4)
    assert rows["n"].max() == 3

    def refuse(*_: object) -> None:
        raise AssertionError("it computes again")

    monkeypatch.setattr("probing.engine.interventions.work._measure", refuse)
    assert main(asked) == 0
    assert ", all of which is done" in capsys.readouterr().err


def norm_of(path: Path) -> float:
    return float(np.linalg.norm(load_arrays(path, read_card(path))["weights"]))


def test_a_probe_steers_in_a_notebook(base: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(base / "gpt").eval()
    tokenizer = AutoTokenizer.from_pretrained(base / "gpt")
    probe = Probe.load(card_of("gpt"), model, tokenizer)
    before = probe.scores(["the red cat sat on"])
    with steered(probe, 2.0):
        after = probe.scores(["the red cat sat on"])
        with steered(probe, -2.0):
            again = probe.scores(["the red cat sat on"])
    told = 2 * probe.spread[0] * norm_of(card_of("gpt"))
    assert after - before == pytest.approx(told, abs=1e-4)
    assert again == pytest.approx(before, abs=1e-4)


def test_erasing_lets_a_new_probe_fall_and_random_subspaces_do_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked = ["erase", str(card_of("gpt")), "--n-folds", "2", "--random", "1"]
    asked += ["--choices", "mat,house", "--limit", "30"]
    assert main([*asked, "--format", "json"]) == 0
    rows = pl.DataFrame(json.loads(capsys.readouterr().out), infer_schema_length=None)
    at = rows.filter(measure="accuracy", read_layer=1)
    values = dict(zip(at["edit"], at["value"], strict=True))
    assert values["none"] > 0.9
    assert values["random"] > 0.9
    assert values["leace"] < 0.8
    assert at["n"].to_list() == [30] * 4
    assert {"loss_change", "log_odds_change"} <= set(rows["measure"])
    trained = rows.filter(measure="training_accuracy", read_layer=1, edit="leace")["value"][0]
    assert trained <= 2 / 3 + 1e-6
    assert main(asked) == 0  # what is done is not done again
    shown = capsys.readouterr().out
    assert "LEACE" in shown
    assert "majority class: accuracy .667" in shown


def test_an_encoder_is_erased_too_but_predicts_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    card = str(card_of("bert"))
    asked = ["erase", card, "--n-folds", "2", "--random", "0", "--methods", "leace"]
    assert main([*asked, "--layers", "2,3", "--limit", "20"]) == 0
    shown = capsys.readouterr().out
    assert "change of the accuracy of a new probe at the last layer" in shown
    assert "loss" not in shown
    for asked in (
        ["steer", card, "--prompts", "prompts.txt", "--max-new", "3"],
        ["erase", card, "--choices", "mat,house"],
    ):
        assert main(asked) == 3
        assert "is an encoder (bert), which predicts no next token" in capsys.readouterr().err


def test_a_direction_is_explained_by_classes_tokens_and_texts(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["explain", str(card_of("gpt")), "--top", "3", "--random", "2"]) == 0
    shown = capsys.readouterr().out
    assert "mean projection of each class by layer" in shown
    assert shown.count("\nn of ") == 2
    assert "tokens whose logits it raises and lowers most" in shown
    assert main(["explain", str(card_of("gpt")), "--random", "2", "--format", "json"]) == 0
    rows = pl.DataFrame(json.loads(capsys.readouterr().out), infer_schema_length=None)
    apart = rows.filter(measure="separation")
    furthest = apart.filter(control="").sort("value").row(-1, named=True)
    of_draws = apart.filter(control="random").group_by("draw").agg(pl.col("value").max())["value"]
    ends = told_range(of_draws.to_list())
    line = f"{furthest['read_layer']} {told_number(furthest['value'])} {ends}"
    assert line in " ".join(shown.replace("│", " ").split())
    own = rows.filter(control="", read_layer=1, measure="class_mean")
    values = dict(zip(own["class"], own["value"], strict=True))
    # of all texts the mean is 0, and a third of them are cats
    assert values["cat"] * 12 + values["dog"] * 24 == pytest.approx(0, abs=1e-3)
    assert abs(values["cat"] - values["dog"]) > 1.5
    assert rows["draw"].max() == 1
    assert main(["explain", str(card_of("bert")), "--top", "2"]) == 0
    shown = capsys.readouterr().out
    assert "the model has no unembedding; add --input-embeddings" in shown
    assert "logits" not in shown
    assert main(["explain", str(card_of("bert")), "--input-embeddings", "--random", "2"]) == 0
    assert "tokens whose embeddings lie furthest along it" in capsys.readouterr().out
    asked = ["explain", str(card_of("bert")), "--random", "0", "--data"]
    some = Path("cats.jsonl").read_text().splitlines()[:12]
    Path("some.jsonl").write_text("\n".join(some))
    assert main([*asked, "some.jsonl"]) == 0
    shown = capsys.readouterr()
    assert "texts of the highest score (of another dataset)" in shown.out
    assert "the probe was fitted to 12 of the 12 texts" in shown.err
    assert main([*asked, "cast.jsonl"]) == 3


def test_directions_of_one_model_are_compared(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = card_of("gpt")
    card, weights = read_card(path), load_arrays(path, read_card(path))["weights"]
    turned = np.roll(weights, 1, axis=1)
    arrays = {"weights": turned, "bias": np.zeros(1)}
    save(tmp_path, dataclasses.replace(card, name="turned"), arrays)
    other = str(tmp_path / "turned.json")
    assert main(["probes", "cosines", str(path), other, "--format", "json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    told = float((weights @ turned.T).item() / np.linalg.norm(weights) ** 2)
    assert row["cosine"] == pytest.approx(told)
    assert (row["probe_a"], row["probe_b"], row["layer_b"]) == (card.name, "turned", 1)
    assert main(["probes", "cosines", str(path), other]) == 0
    assert "random directions in 16 dimensions: |cosine| .203 on average" in capsys.readouterr().out
    assert main(["probes", "cosines", str(path), str(card_of("bert"))]) == 0
    assert "left out: " in (told_of_bert := capsys.readouterr().out)
    assert "is a probe of bert" in told_of_bert
    assert main(["probes", "cosines", str(path)]) == 2


def test_patching_shows_where_the_twins_answer_is(
    base: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    twins = [("the red cat sat", "the red dog sat"), ("it ran on a mat", "it ran on")]
    lines = [json.dumps(dict(zip(("text", "twin"), pair, strict=True))) for pair in twins]
    (base / "pairs.jsonl").write_text("\n".join(lines))
    asked = ["patch", str(card_of("gpt")), "--pairs", "pairs.jsonl", "--choices", "mat,house"]
    assert main(asked) == 2
    refused = capsys.readouterr().err
    assert "pair 2 cannot be patched: its twins have 5 and 3 tokens" in refused
    assert main([*asked, "--skip-unaligned", "--along", "--random", "2"]) == 0
    shown = capsys.readouterr().out
    assert "1 pair left out: the twins do not align" in shown
    assert "random: all tokens, least and most of 2 random directions" in shown
    assert main([*asked, "--skip-unaligned", "--format", "json"]) == 0
    rows = pl.DataFrame(json.loads(capsys.readouterr().out), infer_schema_length=None)
    whole = rows.filter(pl.col("position").is_null(), control="")
    assert whole["value"].to_list() == pytest.approx([1.0] * 3, abs=1e-2)
    assert rows["position"].max() == 3
    assert set(rows["control"]) == {"", "other_text"}
    (base / "pairs.csv").write_text("text,twin\nthe cat,the dog\n")
    assert main(["patch", str(card_of("gpt")), "--pairs", "pairs.csv"]) == 3
    assert "has no column answer" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ([], "there is nothing to measure"),
        (["--choices", "mat,the cat"], "is 2 tokens"),
        (["--max-new", "1", "--layers", "9"], "'9' is not a layer"),
        (["--max-new", "1", "--class", "cat"], "it has one direction"),
        (["--max-new", "1", "--prompts", "cats.txt"], "cannot be read"),
        (["--max-new", "1", "--scales", "1,x"], "'x' is not a number"),
    ],
)
def test_what_cannot_be_steered_is_one_line(
    more: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = set(Path("logs").iterdir())
    assert main(["steer", str(card_of("gpt")), "--prompts", "prompts.txt", *more]) in (2, 3)
    (shown,) = capsys.readouterr().err.strip().splitlines()  # the plan is not told first
    assert told in shown and set(Path("logs").iterdir()) == kept


def test_a_report_has_what_was_kept_for_the_probes_of_a_run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    card = card_of("gpt")
    assert main(["erase", str(card), "--n-folds", "2", "--random", "1"]) == 0
    capsys.readouterr()
    assert main(["report", "gpt", "--output", "report.html"]) == 0
    assert "wrote report.html: " in capsys.readouterr().err
    page = Path("report.html").read_text()
    assert "Decodability: cats in gpt" in page and "Erasing the concept of" in page
    assert main(["report", "gpt", "--output", "report.md"]) == 0
    assert (Path("report-figures") / "1.svg").is_file()
    assert main(["report", "gpt", "--output", "report.pdf"]) == 2
    assert "name a file that ends in .html or .md" in capsys.readouterr().err
    monkeypatch.setattr("probing.reports.figures.find_spec", lambda name: None)
    assert main(["report", "gpt"]) == 2
    assert 'a report needs matplotlib; pip install "probe-tui[report]"' in capsys.readouterr().err


ASKED = ("--scales", "3", "--choices", "mat,house", "--random", "1", "--shuffled", "0")


def test_an_intervention_is_left_cancelled_and_gone_on_with_by_name(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ["steer", str(card_of("gpt")), "--prompts", "prompts.txt", *ASKED]
    kept = set(Path("logs").iterdir())
    assert main([*asked, "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert "3 prompts under 3 conditions: about" in shown and "\nabout " in shown
    assert set(Path("logs").iterdir()) == kept
    started: list[InterventionFolder] = []
    monkeypatch.setattr(asked_interventions, "start_intervention", started.append)
    assert main([*asked, "--detach"]) == 0
    name = capsys.readouterr().out.strip()
    assert [one.name for one in started] == [name]

    def stopped(folder: InterventionFolder, told: Callable[[dict[str, object]], None]) -> None:
        folder.append("0", {})
        told({"done": 1, "of": 3, "units": "prompts"})
        os.kill(os.getpid(), signal.SIGTERM)
        told({"done": 2, "of": 3, "units": "prompts"})

    with monkeypatch.context() as patch:
        patch.setattr("probing.engine.interventions.work.work", stopped)
        assert intervening.main([str(Path("logs") / name)]) == 130
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    assert main(["attach", name]) == 130
    assert "cancelled; 1 of 3 prompts are kept; to continue: probe-tui resume" in (
        capsys.readouterr().err
    )
    (Path("logs") / name / "measured.jsonl").unlink()  # of a stand-in
    assert main(["runs", "--json"]) == 0
    (row,) = [one for one in json.loads(capsys.readouterr().out) if one["run"] == name]
    assert (row["kind"], row["state"], row["n_done"], row["n_cells"]) == (
        "steer",
        "cancelled",
        1,
        3,
    )
    assert main(["resume", name[:-2]]) == 0
    assert "change of the log odds" in capsys.readouterr().out
    assert main(["attach", name]) == 0
    assert "change of the log odds" in capsys.readouterr().out
    assert main(["resume", name]) == 0
    assert "is finished" in capsys.readouterr().err
    assert main(["cancel", name]) == 0
    assert "is not running" in capsys.readouterr().err
    assert main([*asked, "--dry-run"]) == 0
    assert "all of which is done" in capsys.readouterr().out
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tui.commands.of_interventions.begun_interventions.read_card", _other_weights)
        (Path("logs") / name / "rows.parquet").unlink()
        assert main(["resume", name]) == 1
    assert "its probe has changed since it was begun" in capsys.readouterr().err
    assert main(["attach", "steer-cats-gpu"]) == 2


def _other_weights(path: Path) -> Card:
    return dataclasses.replace(read_card(path), sha256="0" * 64)


def test_estimates_follow_the_work_and_what_was_timed(base: Path) -> None:
    card = read_card(card_of("gpt"))
    asked = Steer(str(card_of("gpt")), ("a cat", "a dog"), (0, 1), (1.0,), (1,), n_shuffled=0)
    once, twice = (
        work_of(card, dataclasses.replace(asked, prompts=asked.prompts * n, n_random=0))
        for n in (1, 2)
    )
    assert (once.n_read, twice.n_read) == (2 * 4, 2 * 8)  # two words, under two conditions
    assert twice.flops == pytest.approx(2 * once.flops)
    name = rate_name(asked, card.model.dtype)
    rates = Rates.read("cpu").learned({name: {step(16): 1.0}})
    before = estimate_of(card, asked)
    rates.write()
    after = estimate_of(card, asked)
    assert (before.measured, after.measured) == (False, True)
    spent = after.work.flops
    assert after.seconds - estimate_of(card, asked, 0.5).seconds == pytest.approx(spent / 2)
    other = Erase(str(card_of("gpt")), places=((1,),), n_folds=2, n_random=0, methods=("leace",))
    assert work_of(card, other).n_read == 3 * work_of(card, Explain(str(card_of("gpt")))).n_read


def test_several_probes_are_explained_one_after_another_and_others_left_out(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = card_of("gpt")
    card, arrays = read_card(path), load_arrays(path, read_card(path))
    save(
        tmp_path,
        dataclasses.replace(card, name="turned"),
        {**arrays, "weights": -arrays["weights"]},
    )
    save(tmp_path, dataclasses.replace(card, name="votes", kind="closed"), arrays)
    others = [str(tmp_path / f"{name}.json") for name in ("turned", "votes")]
    asked = ["explain", str(path), *others, "--random", "1", "--top", "2"]
    assert main([*asked, "--format", "json"]) == 0
    shown = capsys.readouterr()
    rows = pl.DataFrame(json.loads(shown.out), infer_schema_length=None)
    assert set(rows["probe"]) == {card.name, "turned"}
    assert "left out: votes: is of LogisticRegression, whose scores are not linear" in shown.err
    at = {"measure": "class_mean", "read_layer": 1, "control": "", "class": "cat"}
    one, other = rows.filter(**at)["value"]
    assert other == pytest.approx(-one, abs=1e-4)
    assert main(asked) == 0
    assert capsys.readouterr().out.count("mean projection of each class by layer") == 2
    assert main(["explain", str(path), str(card_of("bert"))]) == 3
