import pytest

from probing import spec as specs
from probing.errors import SpecError
from probing.spec.engines import Engine
from probing.spec.slurm_options import limit_s, slurm_options

MINIMAL = 'datasets=["d"]\nmodels=["m"]\npoolers=[{}]\nclassifiers=["LDA"]\n'


def test_where_a_run_computes_is_a_key_that_reads_back() -> None:
    spec = specs.parse(MINIMAL)
    assert spec.engine == Engine() and 'engine = "local"' in specs.to_toml(spec)
    told = 'engine={slurm="time=4:00:00, nodes=2,gpus=8,partition=gpu"}'
    spec = specs.parse(MINIMAL, sets=[told])
    # in the order of the table of options, whatever order was typed
    assert spec.engine == Engine("slurm", "partition=gpu,time=4:00:00,nodes=2,gpus=8")
    assert specs.parse(specs.to_toml(spec)) == spec
    assert specs.parse(MINIMAL, sets=["engine=slurm"]).engine == Engine("slurm")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('"cloud"', "engine = 'cloud' is not a known engine"),
        ('{ slrum = "gpus=1" }', "did you mean 'slurm'"),
        ("{ slurm = 3 }", "slurm = 3 must be a text of options"),
        ('{ slurm = "partion=gpu" }', "unknown option 'partion'; did you mean 'partition'"),
        ('{ slurm = "partition" }', "'partition' has no value; write partition="),
        ('{ slurm = "gpus=two" }', "gpus=two is not a whole number of at least 1"),
        ('{ slurm = "gpus=0" }', "gpus=0 is not a whole number"),
        ('{ slurm = "time=4h" }', "time=4h is not a time such as"),
        ('{ slurm = "mem=lots" }', "mem=lots is not an amount such as 64G"),
        ('{ slurm = "gpus=1,gpus=2" }', "gpus comes twice"),
        ('{ slurm = "gpus=1,gres=gpu:1" }', "gpus and gres both ask for GPUs"),
        ('{ slurm = "gpu_type=a100" }', "gpu_type without gpus"),
        ('{ slurm = "partition=a b" }', "is not one word without spaces and quotes"),
        ('{ slurm = "account=$(reboot)" }', "is not one word without spaces and quotes"),
    ],
)
def test_a_wrong_engine_is_one_line_with_the_key_and_what_is_near(text: str, said: str) -> None:
    with pytest.raises(SpecError) as error:
        specs.parse(MINIMAL + f"engine = {text}\n", "s.toml")
    assert said in str(error.value) and str(error.value).startswith("s.toml: engine")


def test_options_are_read_as_sbatch_spells_them_too() -> None:
    read = slurm_options("--cpus-per-task=4,nodelist=n1,n2,--mem=64G")
    assert dict(read.given) == {"cpus": "4", "nodelist": "n1,n2", "mem": "64G"}
    assert slurm_options(str(read)) == read and read.number("cpus") == 4
    assert read.number("gpus") == 0 and read.get("partition") == ""


def test_time_limits_are_those_of_sbatch() -> None:
    # sbatch(1), --time: minutes, minutes:seconds, hours:minutes:seconds, days-hours…
    hour = 3600
    known = {"30": 1800, "2:30": 150, "4:00:00": 4 * hour, "1-2": 26 * hour, "1-2:30": 26.5 * hour}
    assert {text: limit_s(text) for text in known} == known
    assert limit_s("1-0:0:1") == 24 * hour + 1
    assert [limit_s(text) for text in ("", "4h", "0", "1:2:3:4", "-3")] == [None] * 5
