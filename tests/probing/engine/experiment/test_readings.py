"""How often the files of datasets are read: once for the audit, the plan and the run."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from probing import datasets, plan
from probing import spec as specs
from probing.datasets import KeptDatasets, kept
from probing.datasets.formats import reader_choice
from probing.engine.splits import make_labellings
from probing.logs import RunFolder
from probing.plan import to_json

Run = Callable[..., RunFolder]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that were read."""
    names, read_file = list[str](), reader_choice.read_file

    def counted(path: Path, *more: object) -> object:
        names.append(path.name)
        return read_file(path, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(reader_choice, "read_file", counted)
    return names


@pytest.fixture
def files(base: Path, tmp_path: Path) -> str:
    """Two datasets that no other test has read."""
    for name in ("cats", "sizes"):
        shutil.copy(base / f"{name}.jsonl", tmp_path / f"own-{name}.jsonl")
    return f'["{tmp_path}/own-cats.jsonl", {{path="{tmp_path}/own-sizes.jsonl", limit=60}}]'


@pytest.mark.parametrize("audit", ["true", "false"])
def test_a_run_reads_each_file_once(run: Run, read: list[str], files: str, audit: str) -> None:
    done = run(datasets=files, audit=audit, classifiers='["LDA","Ridge"]')
    assert sorted(read) == ["own-cats.jsonl", "own-sizes.jsonl"]
    assert json.loads(done.plan.read_text())["folds"].keys() == {"own-cats", "own-sizes"}


def test_a_run_of_large_datasets_holds_one_at_a_time(
    run: Run, read: list[str], files: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "KEPT_TEXTS", 10)
    run(datasets=files, classifiers='["LDA","Ridge"]')
    assert read == ["own-cats.jsonl", "own-sizes.jsonl"] * 2


def test_a_plan_is_that_of_datasets_read_anew(files: str, base: Path, read: list[str]) -> None:
    lines = [
        f"datasets = {files}",
        f'models = ["{base}/tiny"]',
        'poolers = [{pool="mean"}]',
        'classifiers = ["LDA", "Ridge"]',
        'controls = ["shuffled_labels"]',
    ]
    spec, shared = specs.parse("\n".join(lines)), KeptDatasets()
    made = plan.look_up(spec, base, kept=shared)
    assert len(read) == 2
    anew, ours = plan.look_up(spec, base), to_json(made)
    assert made.cost.passes == anew.cost.passes
    assert {**to_json(anew), "cost": None} == {**ours, "cost": None}
    for one in made.datasets:
        about = one.spec, Path(one.facts.path), spec.seed, spec.n_class_folds
        data = shared.of(*about), datasets.load(*about)
        assert data[0].sha256 == data[1].sha256 and data[0].others == data[1].others == {}
        folds = [make_labellings(each, spec, one.name) for each in data]
        for labelling, other in zip(*folds, strict=True):
            assert labelling.key == other.key and (labelling.targets == other.targets).all()
            for fold, same in zip(labelling.folds, other.folds, strict=True):
                assert fold.test.tolist() == same.test.tolist()
                assert fold.train.tolist() == same.train.tolist()


def test_a_file_that_has_changed_is_read_again(base: Path, tmp_path: Path) -> None:
    path, shared = tmp_path / "changing.jsonl", KeptDatasets()
    shutil.copy(base / "cats.jsonl", path)
    entry = specs.DatasetSpec(str(path))
    before = shared.of(entry, path)
    assert shared.of(entry, path) is before
    path.write_text(path.read_text() + "\n" + json.dumps({"text": "one more", "label": True}))
    assert len(shared.of(entry, path)) == len(before) + 1
