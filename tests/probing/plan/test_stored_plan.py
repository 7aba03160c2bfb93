"""The plan that workers make from `plan.json` is that of the run, and reads no dataset."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from probing import plan
from probing import spec as specs
from probing.datasets.formats import reader_choice
from probing.plan import Plan, plan_again, stored_part, to_json
from probing.plan.plan_file import checked_pieces

WIDE = """
datasets = ["{base}/cats.jsonl", {{ path = "{base}/two.jsonl", target = ["label", "size"] }},
            {{ path = "{base}/two.jsonl", subset = "topic" }}]
models = ["{base}/tiny"]
poolers = [{{ pool = "mean" }}, {{ pool = "last", layer = [1, 2] }}]
classifiers = ["LDA", "Ridge"]
controls = ["majority", "shuffled_labels", "untrained", "bag_of_words"]
transfer = true
select = ["layer"]
ensemble = "mean"
n_folds = 2
"""


def work(made: Plan) -> list[object]:
    """What a plan runs, with all that workers ask of it."""
    passes = [(one.model.name, one.dataset.name, one.findings) for one in made.passes]
    blocks = [(one.blocks, one.choices, one.ensembles) for one in made.passes]
    texts = [(one.at, one.control, one.cells, one.dataset.findings) for one in made.texts]
    moved = [
        (one.joined.blocks, [each.cells for each in one.texts], [each.name for each in one.sources])
        for one in made.transfers
    ]
    return [passes, blocks, texts, moved, [one.spec for one in made.datasets]]


@pytest.mark.parametrize("audit", ["true", "false"])
def test_it_is_that_of_the_run(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, audit: str
) -> None:
    rows = [json.loads(line) for line in (base / "cats.jsonl").read_text().splitlines()]
    two = [{**row, "size": at % 3 == 0, "topic": "ab"[at // 2 % 2]} for at, row in enumerate(rows)]
    (tmp_path / "two.jsonl").write_text("\n".join(map(json.dumps, two)))
    text = WIDE.replace("{base}/two", f"{tmp_path}/two").format(base=base)
    spec = specs.parse(f"audit = {audit}\n{text}")
    made = plan.look_up(spec, base)
    file = tmp_path / "plan.json"
    file.write_text("".join(checked_pieces(to_json(made))), encoding="utf-8")
    stored = stored_part(file)
    assert stored is not None and "folds" not in stored

    def refuse(*asked: object) -> None:
        raise AssertionError("a dataset is read")

    monkeypatch.setattr(reader_choice, "read_file", refuse)
    again = plan_again(spec, stored, base, plan.serving.known_tasks)
    assert work(again) == work(made)
    assert again.cost == made.cost
    assert [one.facts.sha256 for one in again.datasets] == [
        one.facts.sha256 for one in made.datasets
    ]
    file.write_bytes(file.read_bytes().replace(b'"LDA"', b'"QDA"', 1))
    assert stored_part(file) is None
