"""What the audits of its datasets say in a plan, and in a run beside its results."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from probing import plan
from probing.errors import SpecError
from probing.events import Warned
from probing.logs import RunView, create_run
from probing.logs.results.tables import results
from probing.logs.states.event_log import read_events
from probing.spec import parse
from tests.support.audit_sets import prose
from tests.support.tiny_models import save_model

LENGTH = "label follows length: "


def write(folder: Path, name: str = "a.jsonl", **columns: object) -> Path:
    texts = [*prose(100, 0, (4, 8)), *prose(100, 1, (12, 20))]
    rows = [{"text": text, "label": at // 100} for at, text in enumerate(texts)]
    for at, row in enumerate(rows):
        row |= {key: value[at % len(value)] for key, value in columns.items()}  # type: ignore[index]
    path = folder / name
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def spec_text(folder: Path, more: str = "") -> str:
    save_model(folder / "tiny", "bert")
    return (
        f'datasets=["{folder}/a.jsonl"]\nmodels=["{folder}/tiny"]\npoolers=["mean"]\n'
        f'classifiers=["LDA"]\nn_folds=3\n{more}'
    )


def test_a_plan_holds_them_unless_the_spec_does_without(tmp_path: Path) -> None:
    write(tmp_path)
    made = plan.look_up(parse(spec_text(tmp_path)), tmp_path)
    [dataset] = made.datasets
    assert [one.kind for one in dataset.findings] == ["label_follows_length"]
    [warning] = dataset.warnings
    assert warning.startswith(LENGTH)
    assert plan.to_json(made)["findings"]["a"][0]["message"] == warning
    without = plan.look_up(parse(spec_text(tmp_path, "audit=false")), tmp_path)
    assert without.datasets[0].findings == ()


def test_a_given_split_matters_where_it_is_used(tmp_path: Path) -> None:
    write(tmp_path, split=["train", "test"], group=[at // 2 for at in range(200)])
    told = {
        split: plan.look_up(parse(spec_text(tmp_path, f'split="{split}"')), tmp_path)
        for split in ("kfold", "given")
    }
    dividing = {split: one.datasets[0].warnings for split, one in told.items()}
    assert not any("split" in one for one in dividing["kfold"])
    assert "given split divides groups: 100 of 100" in dividing["given"]


def test_audit_is_true_or_false() -> None:
    with pytest.raises(SpecError, match="audit = 3 must be true or false"):
        parse('datasets=["a"]\nmodels=["m"]\npoolers=["mean"]\nclassifiers=["LDA"]\naudit=3')


def test_the_dry_run_says_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from tui.cli import main

    write(tmp_path)
    (tmp_path / "s.toml").write_text(spec_text(tmp_path))
    assert main(["--batch", str(tmp_path / "s.toml"), "--dry-run"]) == 0
    said = capsys.readouterr().out
    head, _, told = said.partition("audit of a\n")
    assert head and told.startswith(f"  warning  {LENGTH}") and "\n           0: " in told
    assert main(["--batch", str(tmp_path / "s.toml"), "--dry-run", "--json"]) == 0
    [finding] = json.loads(capsys.readouterr().out)["findings"]["a"]
    assert finding["message"].startswith(LENGTH) and len(finding["examples"]) == 4


def test_a_run_warns_and_flags_every_cell(tmp_path: Path) -> None:
    from probing.engine.experiment import execute

    write(tmp_path)
    text = spec_text(tmp_path, 'device="cpu"')
    run = create_run(tmp_path / "logs", "test", text)
    assert execute(run, parse(text), tmp_path) == 0
    warned = [one.event for one in read_events(run.events)[0] if isinstance(one.event, Warned)]
    [message] = [one.message for one in warned if one.where == "a"]
    assert message.startswith(LENGTH)
    view = RunView(run)
    view.update()
    flags = results([view])["flags"].to_list()
    assert flags and all(message in cell.split("; ") for cell in flags)


class TestTokens:
    """Texts as a model's tokenizer cuts them; the tiny model's knows thirteen words."""

    def write(self, folder: Path, texts: list[str]) -> None:
        rows = [{"text": text, "label": at % 2} for at, text in enumerate(texts)]
        (folder / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))

    def test_unknown_and_cut_texts_are_counted(self, tmp_path: Path) -> None:
        long, short = "the cat sat on a big red mat in the house it ran", "the dog ran"
        self.write(tmp_path, [f"{long} xyzzy", short, short + " on", f"{long} a"] * 5)
        text = spec_text(tmp_path).replace(
            f'["{tmp_path}/tiny"]', f'[{{model="{tmp_path}/tiny", max_length=10}}]'
        )
        [one] = plan.look_up(parse(text), tmp_path).passes
        told = {each.kind: each for each in one.findings}
        assert told["texts_cut"].message == "texts cut: .50 of the texts have more than 10 tokens"
        assert told["texts_cut"].count == 10
        assert told["unknown_tokens"].message.startswith("unknown tokens: .03 of the tokens")
        assert plan.look_up(parse(text + "audit=false"), tmp_path).passes[0].findings == ()

    def test_texts_that_fit_have_no_finding(self, tmp_path: Path) -> None:
        self.write(tmp_path, ["the cat sat", "a dog ran in"] * 10)
        [one] = plan.look_up(parse(spec_text(tmp_path)), tmp_path).passes
        assert one.findings == ()
