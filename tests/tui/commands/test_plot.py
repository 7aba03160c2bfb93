"""`probe-tui plot`: in the terminal, in a file, and what it says where it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from probing.reports import figures
from tests.support.fake_runs import FakeRuns, Shape
from tui.cli import main


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    FakeRuns(tmp_path).finished("run", Shape(classifiers=("LDA", "Ridge"), n_layers=4))
    return tmp_path


def test_curves_come_with_their_controls_and_a_caption(capsys, logs: Path) -> None:
    assert main(["plot", "--logs", str(logs), "--where", "classifier=LDA control="]) == 0
    told = capsys.readouterr().out
    assert "accuracy by layer" in told and "shuffled labels" in told and "Ridge" not in told
    assert "n = 2,000 held-out texts, 5 folds." in told
    assert main(["plot", "--logs", str(logs), "--where", "tag=paper classifier=LDA"]) == 1
    assert main(["tag", "run", "paper", "--logs", str(logs)]) == 0
    capsys.readouterr()
    assert main(["plot", "--logs", str(logs), "--where", "tag=paper classifier=LDA"]) == 0
    assert "accuracy by layer" in capsys.readouterr().out


def test_a_file_is_written_and_its_caption_printed(capsys, logs: Path) -> None:
    target = logs / "fig.txt"
    given = ["plot", "--logs", str(logs), "--kind", "heatmap", "--output", str(target)]
    assert main(given) == 0
    told = capsys.readouterr()
    assert f"wrote {target}" in told.err and "(rows) and classifier (columns)" in told.out
    assert "layer × classifier" in target.read_text()


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        (["--metric", "acuracy"], 2, "no metric 'acuracy' in these rows"),
        (["--x", "step"], 2, "no two values of training step"),
        (["--kind", "heatmap", "--columns", "site"], 2, "there are: layer × classifier"),
        (["--output", "fig.jpg"], 2, ".pdf"),
        (["--where", "layer>99"], 1, "no rows"),
        (["--where", "layer > 3 AND tag = 'paper'"], 2, "SQL knows no tags; use terms"),
    ],
)
def test_what_cannot_be_drawn_is_said_in_a_line(
    capsys, logs: Path, given: list[str], code: int, said: str
) -> None:
    assert main(["plot", "--logs", str(logs), *given]) == code
    err = capsys.readouterr().err
    assert said in err and err.count("\n") == 1


def test_without_matplotlib_text_is_written_still(
    capsys, logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "find_spec", lambda name: None)
    assert main(["plot", "--logs", str(logs), "--output", str(logs / "f.pdf")]) == 2
    err = capsys.readouterr().err
    assert "a figure needs matplotlib" in err and "probe-tui[report]" in err
    assert main(["plot", "--ascii", "--logs", str(logs), "--output", str(logs / "f.txt")]) == 0
    assert (logs / "f.txt").read_text().isascii()
