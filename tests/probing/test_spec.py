# ruff: noqa: E501
import pytest

from probing import spec as specs
from probing.errors import SpecError
from probing.spec import DatasetSpec, ModelSpec, PoolerSpec

WHOLE = """
name        = "quickstart"
datasets    = ["capitals", "my/texts.csv", { path = "more/*.jsonl", text = "statement", target = "label", group = "pair", split = "fold", task = "binary", positive = "true", template = "Is this true? {text}", limit = 2000 }]
models      = ["gpt2", "EleutherAI/pythia-160m@step1000", { model = "/models/llama-3-8b", max_length = 256, truncation = "right", trust_remote_code = false }]
poolers     = [{ pool = "token", quantile = -1, layer = "each" }, { pool = "mean", layer = "each", site = "mlp", specials = "drop" }]
classifiers = ["LogisticRegression", "LDA", { name = "SingleLayer", max_epoch = 20 }, "my_probes.py:MyProbe"]
controls    = ["majority", "shuffled_labels"]
n_folds     = 10
split       = "kfold"
val_size    = 0.1
scale       = "standard"
n_shuffles  = 5
seed        = 0
device      = "auto"
dtype       = "auto"
"""
MINIMAL = 'datasets=["d"]\nmodels=["m"]\npoolers=[{}]\nclassifiers=["LDA"]\n'


def test_all_controls_are_asked_for_at_once() -> None:
    text = 'datasets = ["a"]\nmodels = ["b"]\npoolers = [{}]\nclassifiers = ["LDA"]\n'
    for spec in (specs.parse(text + 'controls = "all"'), specs.parse(text, sets=["controls=all"])):
        assert spec.controls == tuple(specs.CONTROLS)
        assert specs.parse(specs.to_toml(spec)) == spec
    with pytest.raises(SpecError, match='must be a list of strings, or "all"'):
        specs.parse(text + 'controls = "majority"')


def test_a_control_stands_beside_the_tasks_that_share_its_parts() -> None:
    task = ("cats", "gpt2", "mean")
    assert specs.is_of(("cats", "", ""), task) and specs.is_of(task, task)
    assert not specs.is_of(("dogs", "", ""), task) and not specs.is_of(("cats", "", "max"), task)
    roles = {name: specs.role_of(name) for name in ("", "majority", "shuffled_labels")}
    assert roles == {"": "", "majority": "", "shuffled_labels": "shuffled_labels"}


def test_the_documented_spec_reads_and_writes_back_to_itself() -> None:
    spec = specs.parse(WHOLE)
    assert spec.datasets[2].template == "Is this true? {text}"
    assert spec.models[2].max_length == 256
    assert spec.classifiers[2].parameters == {"max_epoch": 20}
    assert spec.classifiers[3].is_file
    assert specs.parse(specs.to_toml(spec)) == spec


def test_defaults_are_those_that_are_documented() -> None:
    spec = specs.parse(MINIMAL)
    assert (spec.n_folds, spec.split, spec.val_size, spec.scale) == (10, "kfold", 0.1, "standard")
    assert spec.poolers[0] == PoolerSpec(pool="token", quantile=-1, layer="each")
    assert spec.controls == ("majority", "shuffled_labels")


@pytest.mark.parametrize(
    "text", ["a = " + "[" * 5000, "n_folds = " + "9" * 5000, "a = {" * 3000, "a = 1\na = 2"]
)
def test_what_no_reader_of_toml_can_read_is_one_line(text: str) -> None:
    with pytest.raises(SpecError, match=r"^spec: not valid TOML: [^\n]+$"):
        specs.parse(text)


def test_a_file_that_never_ends_is_no_spec() -> None:
    with pytest.raises(SpecError, match=r"^/dev/zero: is larger than 16 MiB"):
        specs.load("/dev/zero")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("n_flods = 5", "did you mean 'n_folds'"),
        ("n_folds = 1", "at least 2"),
        ('split = "kfld"', "did you mean 'kfold'"),
        ("val_size = 1.0", "below 1"),
        ('controls = ["majorty"]', "did you mean 'majority'"),
        ('name = "../up"', "cannot be used as a folder name"),
        ('name = ""', "non-empty string"),
        ("seed = -1", "at least 0"),
        ("seed = true", "whole number"),
        ('scale = "minmax"', "not a known value"),
        ("n_folds = 2\nval_size = 0.5", "leave nothing to train on"),
        ('split = "shuffle"\ntest_size = 0.5\nval_size = 0.6', "leave nothing to train on"),
    ],
)
def test_a_wrong_key_or_value_is_named_with_its_remedy(line: str, said: str) -> None:
    with pytest.raises(SpecError, match="x") as caught:
        specs.parse(MINIMAL + line, where="x.toml")
    assert said in str(caught.value)
    assert str(caught.value).startswith("x.toml")


@pytest.mark.parametrize(
    ("pooler", "said"),
    [
        ("{quantile = 1.5}", "not between 0 and 1"),
        ("{quantile = [0.5, nan]}", "not between 0 and 1"),
        ("{quantile = []}", "give at least one position"),
        ("{layer = -2}", "is not valid"),
        ('{layer = "every"}', "is not valid"),
        ('{pool = "median"}', "not a known value"),
        ('{site = "head"}', "not a known value"),
        ("{quantil = 1}", "did you mean 'quantile'"),
        ('{layer_method = "sum"}', "not a known value"),
    ],
)
def test_a_wrong_pooler_is_refused(pooler: str, said: str) -> None:
    text = MINIMAL.replace("poolers=[{}]", f"poolers=[{pooler}]")
    with pytest.raises(SpecError) as caught:
        specs.parse(text)
    assert said in str(caught.value)
    assert "poolers[0]" in str(caught.value)


def test_what_is_missing_or_not_toml_is_told() -> None:
    with pytest.raises(SpecError, match="'models' is missing"):
        specs.parse('datasets=["d"]\npoolers=[{}]\nclassifiers=["LDA"]')
    with pytest.raises(SpecError, match="not valid TOML"):
        specs.parse("datasets = [")
    with pytest.raises(SpecError, match="datasets is empty"):
        specs.parse(MINIMAL.replace('["d"]', "[]"))
    with pytest.raises(SpecError, match="no such spec file"):
        specs.load("does/not/exist.toml")


def test_set_overrides_a_key_with_a_toml_value_or_a_bare_text() -> None:
    spec = specs.parse(MINIMAL, sets=["n_folds=5", "name=taste", 'models=["a","b"]'])
    assert (spec.n_folds, spec.name, len(spec.models)) == (5, "taste", 2)
    with pytest.raises(SpecError, match="key=value"):
        specs.parse(MINIMAL, sets=["n_folds"])


@pytest.mark.parametrize("key", ["name", "text", "target", "group", "split"])
def test_a_column_that_is_no_text_is_refused(key: str) -> None:
    with pytest.raises(SpecError, match=f"{key} = 3 must be a non-empty string"):
        specs.parse(MINIMAL.replace('["d"]', f'[{{path="d", {key}=3}}]'))


def test_entries_check_their_own_values() -> None:
    with pytest.raises(SpecError, match=r"names no column"):
        DatasetSpec("x", template="no place")
    with pytest.raises(SpecError, match="true or false"):
        ModelSpec("x", trust_remote_code="yes")  # type: ignore[arg-type]
    with pytest.raises(SpecError, match="at least 2"):
        DatasetSpec("x", limit=1)


def test_a_pooler_label_tells_all_that_is_not_the_default() -> None:
    assert PoolerSpec(pool="mean").label == "mean"
    assert PoolerSpec(quantile=0.4).label == "token(quantile=0.4)"
    label = PoolerSpec(pool="max", layer="all", layer_method="mean", skip_first=1).label
    assert label == "max(layer=all, layer_method=mean, skip_first=1)"


@pytest.mark.parametrize("device", ["auto", "cpu", "cuda", "cuda:1"])
def test_devices_that_can_be_named(device: str) -> None:
    assert specs.parse(MINIMAL, sets=[f"device={device}"]).device == device


@pytest.mark.parametrize("device", ["foo", "cuda:", "cuda:x", "mps", "gpu"])
def test_devices_that_no_machine_has(device: str) -> None:
    with pytest.raises(SpecError, match="Apple" if device == "mps" else "not a known device"):
        specs.parse(MINIMAL, sets=[f"device={device}"])
