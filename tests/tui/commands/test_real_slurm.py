"""The same with Slurm itself, Debian's `slurm-wlm` and `munge`, as a cluster of one node.

It takes minutes, so it runs only where `PROBE_TUI_REAL_SLURM=1` asks for it.
"""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import tempfile
import time
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
from tests.support.tiny_models import save_model
from tests.tui.commands.test_slurm import (  # noqa: F401
    Cluster,
    is_at_work,
    status,
    test_several_specs_are_one_array_each_run_by_its_own_script,
)

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch")
MISSING = [
    one for one in PROGRAMS if shutil.which(one, path=f"{os.environ['PATH']}:/usr/sbin") is None
]
pytestmark = [
    pytest.mark.skipif(
        bool(MISSING), reason=f"no {', '.join(MISSING)}: apt-get install slurm-wlm munge"
    ),
    pytest.mark.skipif(
        os.environ.get("PROBE_TUI_REAL_SLURM") != "1", reason="PROBE_TUI_REAL_SLURM=1 runs it"
    ),
]
CONF = """\
ClusterName=one
SlurmctldHost=localhost
SlurmctldPort={control}
SlurmdPort={daemon}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
CryptoType=crypto/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=2
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
KillWait=20
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1,sched_min_interval=0
SlurmdParameters=config_overrides
NodeName=localhost NodeHostname={host} CPUs=4 State=UNKNOWN
PartitionName=low Nodes=ALL Default=YES PriorityTier=1 GraceTime=20
PartitionName=high Nodes=ALL PriorityTier=10
"""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("localhost", 0))
        return int(one.getsockname()[1])


@pytest.fixture
def cluster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Cluster]:
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))  # a socket's path must be short
    for name in ("state", "spool"):
        (folder / name).mkdir()
    told = {"control": free_port(), "daemon": free_port(), "user": getpass.getuser()}
    conf = CONF.format(folder=folder, host=socket.gethostname(), **told)
    (folder / "slurm.conf").write_text(conf)
    (folder / "key").write_bytes(os.urandom(1024))
    (folder / "key").chmod(0o600)
    working_folder(tmp_path)
    monkeypatch.chdir(tmp_path)
    path = f"{os.environ['PATH']}:/usr/sbin"
    for key, value in (environment(tmp_path) | {"PATH": path}).items():
        monkeypatch.setenv(key, value)
    monkeypatch.setenv("SLURM_CONF", str(folder / "slurm.conf"))
    monkeypatch.setattr(scripts, "RUNNER", "tests.support.stand_in_runner")
    monkeypatch.setattr(cli_runs, "PATIENCE_S", 180.0)
    files = [f"--{one}={folder / one}" for one in ("pid-file", "log-file", "seed-file")]
    sockets = [f"--socket={folder / 'munge.socket'}", f"--key-file={folder / 'key'}"]
    started = [
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for command in (
            ["munged", "--force", "--foreground", *files, *sockets],
            ["slurmctld", "-D", "-c"],
            ["slurmd", "-D", "-N", "localhost"],
        )
    ]
    try:
        until(lambda: "idle" in told_by("sinfo", "-h", "-o", "%T"))
        yield Cluster(folder, tmp_path, capsys)
    finally:
        told_by("scancel", f"--user={os.getuid()}")
        time.sleep(1)
        for one in reversed(started):
            one.terminate()
            one.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def told_by(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


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
def test_ray_joins_the_nodes_of_a_job(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scripts, "RUNNER", "probing.runner")
    save_model(cluster.place / "real", "gpt2")

    def done(name: str, options: str) -> RunFolder:
        write_spec(cluster.place, name=name, models=["real"], audit=False)
        wish = "--batch", "s.toml", "--slurm", f"partition=low,time=10,{options}"
        code, _, err = cluster.call(*wish)
        assert code == 0, err
        (run,) = (cluster.place / "logs").glob(f"{name}-*")
        return RunFolder(run)

    plain, run = done("plain", "cpus=2"), done("ray", "cpus=2,nodes=1,ray=yes")
    (started,) = [
        one.event for one in read_events(run.events)[0] if isinstance(one.event, EngineStarted)
    ]
    assert started.engine == "ray" and started.n_workers >= 1
    assert same(plain, run)
