import json
from pathlib import Path

import pytest

from probing import plan
from probing import spec as specs
from probing.errors import DatasetError, ModelError, SpecError
from probing.plan import Rates, alternatives
from probing.plan.remarks.spec_notes import too_few_permutations


@pytest.fixture
def base(tmp_path: Path) -> Path:
    rows = [{"text": f"text number {at} is here", "label": at % 2 == 0} for at in range(40)]
    numbers = [{"text": f"another text {at}", "label": at / 3} for at in range(40)]
    for name, content in (("even", rows), ("third", numbers)):
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, content)))
    model = tmp_path / "tiny"
    model.mkdir()
    config = {
        "model_type": "bert",
        "num_hidden_layers": 3,
        "hidden_size": 32,
        "num_attention_heads": 4,
        "intermediate_size": 64,
        "vocab_size": 100,
        "max_position_embeddings": 64,
    }
    (model / "config.json").write_text(json.dumps(config))
    (model / "vocab.txt").write_text("[PAD]\n[UNK]\n")
    (model / "model.safetensors").write_bytes((8).to_bytes(8, "little") + b"{}      ")
    return tmp_path


def spec(**changes: object) -> specs.Spec:
    values = {
        "datasets": '["even.jsonl"]',
        "models": '["tiny"]',
        "poolers": '[{pool="mean"}]',
        "classifiers": '["LDA"]',
        **changes,
    }
    return specs.parse("\n".join(f"{key} = {value}" for key, value in values.items()))


def test_every_combination_is_a_cell_with_its_controls(base: Path) -> None:
    made = plan.look_up(spec(classifiers='["LDA","Ridge"]'), base)
    assert len(made.cells) == 4 * 2 * 2 + 2
    assert made.cost.n_passes == 1
    assert len({cell.id for cell in made.cells}) == len(made.cells)
    assert {cell.control for cell in made.cells} == {"", "majority", "shuffled_labels"}
    assert made.cost.n_fits == 4 * 2 * (1 + 5) * 10 + 2 * 10


def test_a_given_split_is_one_fold(base: Path) -> None:
    rows = [{"text": f"a {at}", "label": at % 2, "split": "test" if at > 60 else "train"}
            for at in range(80)]  # fmt: skip
    (base / "parted.jsonl").write_text("\n".join(map(json.dumps, rows)))
    made = plan.look_up(spec(datasets='["parted.jsonl"]', split='"given"'), base)
    assert made.cost.n_fits == 4 * (1 + 5) + 1


def test_every_control_is_counted_with_its_fits(base: Path) -> None:
    def cost(*controls: str) -> tuple[int, int]:
        names = json.dumps(list(controls))
        made = plan.look_up(spec(classifiers='["LDA","Ridge"]', controls=names), base)
        assert made.cost.n_cells == len(made.cells)
        return made.cost.n_cells, made.cost.n_fits

    of_the_task, n_layers, n_classifiers = cost(), 4, 2
    added = {
        "majority": n_classifiers,
        "length": n_classifiers,
        "bag_of_words": 1,
        "random_direction": n_layers * n_classifiers,
        "control_task": n_layers * n_classifiers,
        "untrained": n_layers * n_classifiers,
    }
    for name, n_cells in added.items():
        more = cost(name)
        told = more[0] - of_the_task[0], more[1] - of_the_task[1]
        assert told == (n_cells, 10 * n_cells), name


def test_one_feature_costs_less_than_all_of_a_layer(base: Path) -> None:
    seconds = {
        name: plan.look_up(spec(controls=f'["{name}"]'), base).cost.fits_s
        for name in ("random_direction", "control_task")
    }
    assert 0 < seconds["random_direction"] < seconds["control_task"]


@pytest.mark.parametrize(
    ("classifier", "times"), [("LogisticRegression", 1), ("LDA", 1), ("SingleLayer", 6)]
)
def test_inner_folds_of_a_choice_are_counted(base: Path, classifier: str, times: int) -> None:
    def fits_s(**changes: object) -> float:
        made = spec(classifiers=f'["{classifier}"]', **changes)
        return plan.look_up(made, base).cost.fits_s

    assert fits_s(select='["layer"]') == pytest.approx(times * fits_s(), rel=1e-3)


@pytest.mark.parametrize(
    "extra",
    [{"description_length": "true"}, {"learning_curve": "[0.5]"}, {"conditional_on": '"length"'}],
)
def test_what_chooses_nothing_has_no_inner_folds(base: Path, extra: dict[str, object]) -> None:
    def fits_s(**changes: object) -> float:
        return plan.look_up(spec(classifiers='["SingleLayer"]', **changes), base).cost.fits_s

    chosen = {"select": '["layer"]'}
    beside, beside_a_choice = (
        fits_s(**extra) - fits_s(),
        fits_s(**extra, **chosen) - fits_s(**chosen),
    )
    assert beside > 0 and beside_a_choice == pytest.approx(beside, rel=1e-3)


def test_random_weights_are_passes_of_their_own(base: Path) -> None:
    both = spec(datasets='["*.jsonl"]', classifiers='["Ridge"]', controls='["untrained"]')
    made = plan.look_up(both, base)
    assert [(one.dataset.name, one.model.name, one.model.random_seed) for one in made.passes] == [
        ("even", "tiny", None), ("third", "tiny", None),
        ("even", "tiny (untrained)", 0), ("third", "tiny (untrained)", 0),
    ]  # fmt: skip
    assert len(made.cells) == 2 * 2 * 4 and made.cost.n_forward == 4
    assert {cell.model for cell in made.cells} == {"tiny"}
    assert [block.cells[0].control for block in made.beside(made.passes[1])] == ["untrained"] * 4
    assert {block.dataset for block in made.beside(made.passes[1])} == {"third"}  # type: ignore[attr-defined]


def test_each_model_meets_each_dataset_once(base: Path) -> None:
    poolers = '[{pool="mean"},{pool="last",layer=2},{layer="all",layer_method="mean"}]'
    both = spec(datasets='["*.jsonl"]', poolers=poolers, classifiers='["Ridge"]')
    made = plan.look_up(both, base)
    assert [(one.dataset.name, one.model.name) for one in made.passes] == [
        ("even", "tiny"),
        ("third", "tiny"),
    ]
    assert len(made.cells) == 2 * (4 + 1 + 1) * 2 + 2


def test_a_classifier_that_does_not_serve_a_task_is_left_out_with_a_note(base: Path) -> None:
    made = plan.look_up(spec(datasets='["*.jsonl"]', classifiers='["LDA","Ridge"]'), base)
    assert {(cell.dataset, cell.classifier) for cell in made.cells} == {
        ("even", "LDA"),
        ("even", "Ridge"),
        ("third", "Ridge"),
    }
    assert made.notes[0] == "LDA is skipped on third: it does not support regression"
    told = plan.look_up(spec(datasets='["*.jsonl"]', classifiers='["LDA","LowRank"]'), base).notes
    assert any("LowRank(rank=1) is skipped on third: a single number" in note for note in told)
    with pytest.raises(SpecError, match="no classifier serves"):
        plan.look_up(spec(datasets='["third.jsonl"]'), base)


def test_a_cell_is_known_by_what_it_is_not_by_its_place(base: Path) -> None:
    one = plan.look_up(spec(classifiers='["LDA","Ridge"]'), base)
    two = plan.look_up(spec(classifiers='["Ridge","LDA"]'), base)
    assert {cell.id for cell in one.cells} == {cell.id for cell in two.cells}


def test_same_classifier_with_other_parameters_gets_a_longer_name(base: Path) -> None:
    entries = '[{name="KNN",n_neighbors=3},{name="KNN",n_neighbors=9},"LDA"]'
    made = plan.look_up(spec(classifiers=entries), base)
    assert {cell.classifier for cell in made.cells} == {
        "KNN(n_neighbors=3)",
        "KNN(n_neighbors=9)",
        "LDA",
    }


def test_what_cannot_be_had_is_told_before_any_work(base: Path) -> None:
    with pytest.raises(DatasetError):
        plan.look_up(spec(datasets='["nothing.jsonl"]'), base)
    with pytest.raises(ModelError):
        plan.look_up(spec(models='["./nothing"]'), base)
    with pytest.raises(SpecError, match="tiny has no layer 9"):
        plan.look_up(spec(poolers="[{layer=9}]"), base)
    with pytest.raises(SpecError, match="appears twice"):
        plan.look_up(spec(datasets='["even.jsonl","even.jsonl"]'), base)


def test_the_cost_grows_with_the_work(base: Path) -> None:
    small, large = plan.look_up(spec(), base).cost, plan.look_up(spec(n_folds="20"), base).cost
    assert large.fits_s == pytest.approx(2 * small.fits_s)
    assert large.pass_s == small.pass_s
    assert small.total_s > small.start_s


def test_rates_are_kept_whole_for_each_kind_of_device(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "rates.json"
    assert Rates.read("cpu", path) == Rates("cpu")
    Rates("cpu").learned({"fit LDA": {3: 0.5}}).write(path)
    Rates("Big 80").learned({"fit LDA": {3: 0.1}}).write(path)
    assert Rates.read("cpu", path).unit_s("fit LDA", 8) == 0.5
    assert Rates.read("Big 80", path).unit_s("fit LDA", 8) == 0.1
    assert not Rates.read("other", path).is_known("fit LDA")
    for torn in ("torn {", "[]", '{"devices": []}', '{"devices": {"cpu": {"fit LDA": 3}}}'):
        path.write_text(torn)
        assert Rates.read("cpu", path) == Rates("cpu")


def test_a_rate_is_that_of_the_nearest_size_and_the_mean_of_what_was_seen() -> None:
    first = Rates("cpu").learned({"fit LDA": {3: 4.0, 10: 1.0}})
    assert [first.unit_s("fit LDA", size) for size in (1, 8, 50, 2000)] == [4.0, 4.0, 4.0, 1.0]
    assert first.learned({"fit LDA": {3: 2.0}}).unit_s("fit LDA", 8) == 3.0
    assert not first.is_known("fit KNN") and first.unit_s("fit KNN") > 0


def test_the_arithmetic_is_that_of_the_blocks_run(base: Path) -> None:
    whole = plan.look_up(spec(), base).cost
    early = plan.look_up(
        spec(poolers='[{pool="mean",layer=1},{pool="max",layer=[0,1]}]'), base
    ).cost
    none = plan.look_up(spec(poolers='[{pool="mean",layer=0}]'), base).cost
    assert whole.forward_flops == pytest.approx(3 * early.forward_flops)
    assert none.forward_flops == 0 and none.n_forward == 1
    weights = 4 * 32 * 32 + 2 * 32 * 64
    context = whole.n_tokens / whole.n_texts
    assert whole.forward_flops == 3 * whole.n_tokens * (2 * weights + 4 * 32 * context)


@pytest.mark.parametrize(
    ("pooler", "n_vectors"),
    [
        ('{pool="mean"}', 4),
        ('{pool="mean",layer=2}', 1),
        ('{pool="token",quantile=[0.0,0.5,1.0],layer=2}', 3),
        ('{pool="token",quantile=[0.0,1.0],quantile_method="mean",layer=2}', 1),
        ('{pool="token",quantile=[0.0,1.0],quantile_method="concat",layer=2}', 2),
        ('{pool="mean",layer="all"}', 2),
        ('{pool="mean",layer=[1,2,3],layer_method="max"}', 1),
    ],
)
def test_the_disk_that_features_take(base: Path, pooler: str, n_vectors: int) -> None:
    cost = plan.look_up(spec(poolers=f"[{pooler}]"), base).cost
    assert cost.disk_gib * 2**30 == 40 * n_vectors * 32 * 4


def test_nothing_is_written_where_the_cache_is_off(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROBE_TUI_CACHE_GIB", "0")
    cost = plan.look_up(spec(), base).cost
    assert (cost.n_cached, cost.cache_limit_gib) == (0, 0)


def test_what_a_machine_lacks_is_told(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert plan.look_up(spec(), base).lacks == ()
    monkeypatch.setattr("probing.hardware.memory", lambda: (2**20, 2**30))
    (memory,) = plan.look_up(spec(), base).lacks
    assert memory.startswith("tiny needs about 0.5 GiB, but cpu has 0.0 GiB free; set dtype")
    assert plan.look_up(spec(models='[{model="tiny",device_map="auto"}]'), base).lacks == ()
    monkeypatch.setattr("probing.plan.costs.estimate._disk_free", lambda folder: 100)
    assert "the disk has 0.0 GiB free" in plan.look_up(spec(), base).lacks[1]


def test_what_would_fit_is_found_where_memory_lacks(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half the memory does; what needs a library that is missing is not offered."""
    whole = plan.look_up(spec(), base).cost.memory_gib
    monkeypatch.setattr("probing.hardware.memory", lambda: (round((whole - 1e-5) * 2**30), 2**36))
    monkeypatch.setattr("probing.catalog.extras.find_spec", lambda name: None)
    short = plan.look_up(spec(), base)
    assert alternatives.too_large(short) == ("tiny",)
    found = alternatives.alternatives(short, lambda one: plan.look_up(one, base))
    assert [one.spec.dtype for one in found] == ["bfloat16"]
    assert found[0].plan.cost.memory_gib < whole
    assert alternatives.too_large(found[0].plan) == ()


def test_a_library_for_big_models_is_asked_for_while_planning(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("probing.catalog.extras.find_spec", lambda name: None)
    with pytest.raises(SpecError, match=r"needs accelerate; pip install \"probe-tui\[big\]\""):
        plan.look_up(spec(models='[{model="tiny",device_map="auto"}]'), base)


def test_a_cell_that_is_asked_for_twice_is_planned_once(base: Path) -> None:
    twice = spec(
        poolers='[{pool="mean"},{pool="mean",layer=2},{pool="mean",layer=-1}]',
        classifiers='["LDA","LDA"]',
        controls='["majority","majority"]',
    )
    made = plan.look_up(twice, base)
    ids = [cell.id for cell in made.cells]
    assert len(ids) == len(set(ids)) == 4 + 1
    assert sorted(block.at for block in made.blocks) == [0, 1, 2, 3, 4]


def test_pairs_that_are_not_there_are_one_line_of_the_plan(base: Path) -> None:
    rows = [
        {"text": f"text {at}", "label": at % 2, "of": at // 2, "form": (at // 2 + at) % 2}
        for at in range(40)
    ]
    rows += [{"text": f"lone {at}", "label": at % 2, "of": 99, "form": 0} for at in range(3)]
    (base / "pairs.jsonl").write_text("\n".join(map(json.dumps, rows)))
    both = """["even.jsonl", {path = "pairs.jsonl", pair = "of"}]"""
    made = plan.look_up(spec(datasets=both, classifiers='["LDA", "CCS", "PairMassMean"]'), base)
    assert {cell.dataset for cell in made.cells if cell.classifier == "CCS"} == {"pairs"}
    (lacking,) = [note for note in made.notes if note.startswith("even")]
    assert lacking == (
        "even has no pairs of one text of each class, which PairDifference, PairMassMean, CCS, "
        'CRCTPC compare; name the column that exactly two texts share with pair = "..."'
    )
    alone = "CCS on pairs: 3 of 43 texts are in no pair of two classes: they are not trained on"
    assert any(note.startswith(alone) for note in made.notes)
    with pytest.raises(SpecError, match=r"no classifier serves any dataset.*has no pairs"):
        plan.look_up(spec(classifiers='["CCS"]'), base)
    told = """[{path = "pairs.jsonl", pair = "of", target = "label", half = "label"}]"""
    with pytest.raises(SpecError, match="halves that tell the class"):
        plan.look_up(spec(datasets=told, classifiers='["CRCTPC"]'), base)


def test_what_surprises_in_a_spec_is_a_note_of_its_plan(base: Path) -> None:
    told = plan.look_up(spec(poolers='[{pool = "mean", layer = [1, 2]}]'), base).notes
    joined = [note for note in told if "are concatenated to one vector" in note]
    assert len(joined) == 1 and "layers 1 and 2" in joined[0] and 'layer = "each"' in joined[0]
    few = too_few_permutations(spec())
    assert few.startswith("n_shuffles = 5 permutations give no p value below .17; set 19 or more")
    poolers = '[{pool = "mean", layer = [1, 2], layer_method = "mean"}, {pool = "mean", layer = 1}]'
    enough = spec(poolers=poolers, n_shuffles="19")
    assert not any("concatenated" in note for note in plan.look_up(enough, base).notes)
    assert not too_few_permutations(enough)
