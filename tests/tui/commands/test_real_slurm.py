"""The same with Slurm itself, Debian's `slurm-wlm` and `munge`, as a cluster of one or two nodes.

It takes minutes, so it runs only where `PROBE_TUI_REAL_SLURM=1` asks for it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from probing import slurm
from probing.events import PUT_BACK, EngineStarted, JobStarted
from probing.logs import RunFolder, read_events
from probing.slurm import scripts
from tests.support import cli_runs
from tests.support.cli_runs import environment, until, working_folder, write_spec
from tests.support.nodes_of_ray import same
from tests.support.real_slurm import (
    PROGRAMS,
    SEARCHED,
    lacking,
    may_have_nodes,
    slurm_of,
    told_by,
)
from tests.support.tiny_models import save_model
from tests.tui.commands.test_slurm import (  # noqa: F401
    Cluster,
    is_at_work,
    status,
    test_several_specs_are_one_array_each_run_by_its_own_script,
)

MISSING = lacking(*PROGRAMS)
pytestmark = [
    pytest.mark.skipif(bool(MISSING), reason=f"no {MISSING}: apt-get install slurm-wlm munge"),
    pytest.mark.skipif(
        os.environ.get("PROBE_TUI_REAL_SLURM") != "1", reason="PROBE_TUI_REAL_SLURM=1 runs it"
    ),
]
ONE_NODE, TWO_NODES = 1, 2


@pytest.fixture
def cluster(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Cluster]:
    working_folder(tmp_path)
    monkeypatch.chdir(tmp_path)
    for key, value in (environment(tmp_path) | {"PATH": SEARCHED, "SLURM_CONF": ""}).items():
        monkeypatch.setenv(key, value)
    monkeypatch.setattr(scripts, "RUNNER", "tests.support.stand_in_runner")
    monkeypatch.setattr(cli_runs, "PATIENCE_S", 180.0)
    with slurm_of(getattr(request, "param", ONE_NODE), until) as folder:
        yield Cluster(folder, tmp_path, capsys)


def test_queue_cancel_resume_preemption_and_time_limit(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = ("sbatch", "--parsable", "--output=/dev/null", "-c4", "--time=10", "--wrap")
    other = told_by(*whole, "sleep 600").strip()
    until(lambda: "RUNNING" in told_by("squeue", "-h", "-o", "%T"))
    # queued with Slurm's reason, taken out of the queue, submitted again
    run = cluster.submit("--slurm", "partition=low,cpus=4,time=10")
    until(lambda: cluster.listed(run)["reason"] in ("Resources", "Priority"))
    assert status(run) == "queued"
    assert "cancelled" in cluster.call("cancel", run.name)[2] and status(run) == "cancelled"
    told_by("scancel", other)
    assert cluster.call("resume", run.name, "--detach")[0] == 0
    until(is_at_work(run, 0))
    assert status(run) == "running"
    # preempted by another job, and done in its next turn
    told_by(*whole[:2], "--partition=high", *whole[2:], "sleep 2")
    assert cluster.call("attach", run.name)[0] == 0
    events = [one.event for one in read_events(run.events)[0]]
    starts = [one.n_restarts for one in events if isinstance(one, JobStarted)]
    assert starts == [0, 1] and PUT_BACK in run.events.read_text()
    # a run that its job's time limit ends in the middle
    monkeypatch.setattr(scripts, "notice_s", lambda options: 60)  # told after 30 to 60 s
    late = cluster.submit("--slurm", "partition=low,time=2")
    until(is_at_work(late, 0))
    assert cluster.call("attach", late.name)[0] == 0
    assert PUT_BACK in late.events.read_text() and slurm.read_submitted(late.path) is not None
    # one that is cancelled at work
    last = cluster.submit()
    until(is_at_work(last, 0))
    assert "cancelled" in cluster.call("cancel", last.name)[2] and status(last) == "cancelled"
    assert cluster.call("resume", last.name)[0] == 0


@pytest.mark.skipif(find_spec("ray") is None, reason="no Ray: pip install 'probe-tui[cluster]'")
@pytest.mark.skipif(bool(may_have_nodes()), reason=may_have_nodes())
@pytest.mark.parametrize("cluster", [TWO_NODES], indirect=True)
def test_ray_joins_the_nodes_of_a_job(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scripts, "RUNNER", "probing.runner")
    monkeypatch.setenv("TMPDIR", str(cluster.folder / "scratch"))
    save_model(cluster.place / "real", "gpt2")

    def done(name: str, options: str) -> RunFolder:
        write_spec(cluster.place, name=name, models=["real"], audit=False)
        wish = "--batch", "s.toml", "--slurm", f"partition=low,time=10,{options}"
        code, _, err = cluster.call(*wish)
        assert code == 0, err
        (run,) = (cluster.place / "logs").glob(f"{name}-*")
        return RunFolder(run)

    plain, run = done("plain", "cpus=2"), done("ray", "cpus=1,nodes=2,ray=yes")
    (started,) = [
        one.event for one in read_events(run.events)[0] if isinstance(one.event, EngineStarted)
    ]
    assert started.engine == "ray" and set(started.nodes) == {"n1", "n2"}
    assert same(plain, run)
    left = "srun", "--nodes=2", "--ntasks-per-node=1", "ls", str(cluster.folder / "scratch")
    until(lambda: not told_by(*left))
