"""The process that applies probes: rows of files, of tokens, and one whole command."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from probing import Probe
from probing import spec as specs
from probing.applying import answered
from probing.engine.experiment import execute
from probing.errors import ProbeError, ProbingError
from probing.logs import RunFolder
from probing.probes import read_card
from tests.support.broken_off import break_off_and_resume
from tests.support.real_runs import new_run
from tui.cli import main
from tui.probes.tokens.held_out_texts import held_out_texts
from tui.processes.computing.text_scorer import TextScorer


@pytest.fixture(scope="module")
def run(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunFolder]:
    """A run that was interrupted and taken up again."""
    folder = tmp_path_factory.mktemp("applied")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PROBE_TUI_CACHE", str(folder / "cache"))
        changes = {
            "datasets": f'[{{path="{base}/cats.jsonl", template="it sat: {{text}}"}}]',
            "poolers": '["mean", {pool="token", quantile=[0.0, 1.0], layer=1}]',
            "save_probes": '"all"',
            "controls": "[]",
            "n_folds": "2",
        }
        made = new_run(base, folder / "logs", **changes)
        break_off_and_resume(made, 3)
        assert execute(made, specs.load(made.spec), made.path) == 0
        yield made


def asked(run: RunFolder, pattern: str, **request: Any) -> list[dict[str, Any]]:
    cards = sorted(map(str, run.probes.glob(f"*{pattern}*.json")))
    given = {"probes": cards, "texts": None, "file": None, "device": "cpu", **request}
    return list(answered(given))


def test_every_probe_is_there_once_a_broken_run_is_taken_up(run: RunFolder) -> None:
    names = sorted(path.name for path in run.probes.iterdir())
    assert len(names) == 10 and not any("draft" in name for name in names)


def test_rows_of_a_file_are_in_its_order_and_empty_ones_have_no_score(
    run: RunFolder, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("a red cat\n\nthe dog\na red cat\n")
    told = asked(run, "mean-L[12]", file=str(tmp_path / "a.txt"))
    assert told[0] == {"told": "row 2 has no score: it is empty"}
    rows = told[1]["columns"]
    assert rows["text"] == ["a red cat"] * 2 + [""] * 2 + ["the dog"] * 2 + ["a red cat"] * 2
    assert rows["score"][2:4] == [None, None] and rows["score"][:2] == rows["score"][6:]
    probe = Probe.load(next(run.probes.glob("*mean-L2*.json")))
    assert rows["probe"][1] == probe.card.name
    assert rows["score"][1::2][0] == pytest.approx(probe.scores(["a red cat"])[0], abs=1e-5)
    as_is = Probe.load(next(run.probes.glob("*mean-L2*.json")), as_is=True)
    assert as_is.scores(["it sat: a red cat"]) == pytest.approx(rows["score"][1], abs=1e-5)


def test_tokens_are_told_one_by_one_with_the_template(run: RunFolder) -> None:
    (rows,) = (told["columns"] for told in asked(run, "mean-L2", texts=["the mat"], tokens=True))
    assert rows["token"] == ["[CLS]", "it", "sat", "[UNK]", "the", "mat", "[SEP]"]
    assert rows["token_at"] == [*range(7)] and "probability" not in rows
    with pytest.raises(ProbeError, match="its tokens have no scores"):
        asked(run, "token", texts=["x"], tokens=True)


def test_the_command_draws_layers_by_tokens(
    run: RunFolder, capfd: pytest.CaptureFixture[str]
) -> None:
    command = ["apply", f"{run.name}/*mean*", "--tokens", "--text", "the mat", "--device", "cpu"]
    command += ["--logs", str(run.path.parent)]
    assert main(command) == 0
    told = capfd.readouterr()
    layers = [line.split()[0] for line in told.out.splitlines() if line.startswith("   ")][1:]
    assert layers == ["3", "2", "1", "0"] and told.err == ""


class Owner:
    """What a scorer needs of the widget that it answers."""

    is_running = True

    def call_later(self, then: Callable[..., object], *given: object) -> bool:
        then(*given)
        return True


def test_a_process_that_stays_answers_the_newest_text(run: RunFolder) -> None:
    cards = sorted(run.probes.glob("*mean-L[12]*.json"))
    told: queue.Queue[dict[str, Any] | ProbingError] = queue.Queue()
    request = {"probes": [*map(str, cards)], "device": "cpu"}
    scorer = TextScorer(Owner(), request, told.put)  # type: ignore[arg-type]
    scorer.ask(1, "the")
    scorer.ask(2, "the mat")
    scorer.start()
    lines = [told.get(timeout=120)]
    while "id" not in lines[-1]:
        lines.append(told.get(timeout=120))
    assert lines[0] == {"told": "loading the libraries"} and "ready" in lines[-2]
    first = lines[-1]
    assert first["id"] == 2  # the first text was given up, since a newer one came
    assert first["tokens"] == ["[CLS]", "it", "sat", "[UNK]", "the", "mat", "[SEP]"]
    (rows,) = (one["columns"] for one in asked(run, "mean-L[12]", texts=["the mat"], tokens=True))
    assert [one for row in first["scores"] for one in row] == pytest.approx(rows["score"], abs=1e-5)
    probe = Probe.load(cards[1])
    assert first["texts"][1]["score"] == pytest.approx(probe.scores(["the mat"])[0], abs=1e-5)
    scorer.ask(3, "it sat: the mat", as_is=True)
    whole = told.get(timeout=60)
    assert whole["scores"] == first["scores"] and whole["id"] == 3
    scorer.ask(4, "  ")
    assert told.get(timeout=60) == {"id": 4, "refused": "the text is empty"}
    process = scorer._process
    assert process is not None and process.stdin is not None
    process.stdin.close()  # as where the app is killed
    assert process.wait(60) == 0
    scorer.close()


def test_texts_of_a_run_stand_in_their_template_and_the_worst_come_first(run: RunFolder) -> None:
    path = next(run.probes.glob("*mean-L2*.json"))
    found = held_out_texts(path, read_card(path))
    assert found and all(one.text.startswith("it sat: ") for one in found)
    right = [one.correct for one in found]
    assert right == sorted(right) and {one.target for one in found} == set(read_card(path).classes)
    wrong = [one.far for one in found if not one.correct]
    assert wrong == sorted(wrong, reverse=True)
