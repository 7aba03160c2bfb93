"""Runs as jobs of Slurm: a stand-in for its commands, real scripts, processes and signals."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from probing import ray_reach, slurm
from probing.events import PUT_BACK, JobStarted, RunCancelled, RunStarted
from probing.logs import RunFolder, RunView, read_events
from probing.slurm import queue, scripts
from tests.support import stand_in_slurm
from tests.support.cli_runs import environment, until, working_folder, write_spec
from tui.cli import main
from tui.processes import jobs, launcher

JOB = "partition=low,cpus=2,time=10"


@dataclass
class Cluster:
    """The stand-in in a folder; runs are those of `place`."""

    folder: Path
    place: Path
    capsys: pytest.CaptureFixture[str]

    @property
    def full(self) -> Path:
        """While it is there, nothing starts."""
        return self.folder / "full"

    def tell(self, job: str, what: str) -> None:
        stand_in_slurm.tell(self.folder, job, what)

    def call(self, *arguments: str) -> tuple[int, str, str]:
        """The exit code of a command, and what it printed."""
        code = main(arguments)
        out, err = self.capsys.readouterr()
        return code, out, err

    def submit(self, *arguments: str, name: str = "slow") -> RunFolder:
        write_spec(self.place, name=name)
        code, out, err = self.call("--batch", "s.toml", "--slurm", JOB, "--detach", *arguments)
        assert code == 0, err
        return RunFolder(self.place / "logs" / out.split()[-1])

    def listed(self, run: RunFolder) -> dict[str, object]:
        (one,) = json.loads(self.call("runs", "--json", "--where", f"run={run.name}")[1])
        return dict(one)


@pytest.fixture
def cluster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Cluster:
    place = tmp_path / "p 1%j"  # a folder that sbatch must be told of with care
    place.mkdir()
    working_folder(place)
    (tmp_path / "own").mkdir()
    kept = environment(place) | stand_in_slurm.install(tmp_path / "slurm")
    kept["TMPDIR"] = str(tmp_path / "own")
    for key, value in kept.items():
        monkeypatch.setenv(key, value)
    monkeypatch.chdir(place)
    monkeypatch.setattr(scripts, "RUNNER", "tests.support.stand_in_runner")
    monkeypatch.setattr(queue, "LEAST_S", 0.0)
    monkeypatch.setattr(queue, "SHARE", 1e9)
    monkeypatch.setattr(jobs, "POLL_S", 0.02)
    monkeypatch.setattr(jobs, "ASKED_S", 0.0)
    return Cluster(tmp_path / "slurm", place, capsys)


def status(run: RunFolder) -> str:
    view = RunView(run)
    view.skim()
    return view.status()


def is_at_work(run: RunFolder, attempt: int) -> Callable[[], bool]:
    """Whether an attempt has finished the first of two blocks."""

    def holds() -> bool:
        view = RunView(run)
        view.update()
        return view.state.n_attempts == attempt + 1 and bool(view.state.blocks)

    return holds


def test_a_run_is_queued_cancelled_resumed_preempted_and_done(cluster: Cluster) -> None:
    cluster.full.touch()
    run = cluster.submit()
    until(lambda: cluster.listed(run)["reason"] == "Resources")
    assert cluster.listed(run)["state"] == "queued" and not run.is_alive()
    assert "◌ queued" in (shown := cluster.call("runs")[1]) and "Resources" in shown
    assert "is in the queue already" in cluster.call("resume", run.name, "--detach")[2]
    with pytest.raises(Exception, match="is live in the queue of Slurm, so it cannot be deleted"):
        from probing.logs.folders import trash

        trash.delete(run)
    # taken out of the queue: nobody but the command can log that
    assert "cancelled" in cluster.call("cancel", run.name)[2] and status(run) == "cancelled"
    cluster.full.unlink()
    assert "resumes as job 2 of Slurm" in cluster.call("resume", run.name, "--detach")[2]
    until(is_at_work(run, 0))
    assert status(run) == "running" and run.is_alive()
    # preempted: it stops in order, and goes on in its next turn without anybody's help
    cluster.tell("2", "preempt")
    assert cluster.call("attach", run.name)[0] == 0
    told = [one.event for one in read_events(run.events)[0]]
    starts = [one for one in told if isinstance(one, JobStarted)]
    assert [(one.job, one.node, one.n_restarts) for one in starts] == [
        ("2", "node1", 0),
        ("2", "node1", 1),
    ]
    assert [one.by for one in told if isinstance(one, RunCancelled)] == ["scancel", PUT_BACK]
    assert [one.attempt for one in told if isinstance(one, RunStarted)] == [0, 1]
    kept = slurm.read_submitted(run.path)
    assert kept is not None and (kept.job, kept.earlier) == ("2", ("1",))
    line = cluster.listed(run)
    assert (line["state"], line["job"], line["reason"]) == ("done", "2", None)


def test_before_its_time_limit_a_run_goes_back_into_the_queue(cluster: Cluster) -> None:
    run = cluster.submit()
    until(is_at_work(run, 0))
    cluster.tell("1", "time")
    code, _, err = cluster.call("attach", run.name)
    assert code == 0 and "job 1 of Slurm on node1 (low), put back 1 time" in err
    assert PUT_BACK in run.events.read_text()
    # what is stopped where it works is not put back
    second = cluster.submit()
    until(is_at_work(second, 0))
    assert "cancelled" in cluster.call("cancel", second.name)[2]
    end = read_events(second.events)[0][-1].event
    assert isinstance(end, RunCancelled) and end.by == "signal" and status(second) == "cancelled"
    until(lambda: not any((cluster.folder.parent / "own").glob("probe-tui-*")))


def test_several_specs_are_one_array_each_run_by_its_own_script(cluster: Cluster) -> None:
    (cluster.place / "sweep").mkdir()
    for at in range(3):
        text = write_spec(cluster.place, name="quick", seed=at).read_text()
        (cluster.place / "sweep" / f"{at}.toml").write_text(text)
    code, _, err = cluster.call("--batch", "sweep/*.toml", "--slurm", f"{JOB},max_parallel=2")
    assert code == 0, err
    runs = sorted((cluster.place / "logs").iterdir())
    kept = [slurm.read_submitted(one) for one in runs]
    parts = [one.job.split("_") for one in kept if one]
    assert [at for _, at in parts] == ["0", "1", "2"] and len({job for job, _ in parts}) == 1
    assert [RunFolder(one).read_spec().seed for one in runs] == [0, 1, 2]
    assert "#SBATCH --array=0-2%2" in (runs[0] / "slurm-array.sh").read_text()
    # one of them again, by itself
    assert cluster.call("resume", runs[1].name, "--detach")[0] == 0
    with pytest.raises(Exception, match="no spec file matches"):
        main_raising("--batch", "none/*.toml", "--slurm", JOB)


def main_raising(*arguments: str) -> None:
    from tui import arguments as given
    from tui.commands.of_runs.batch import batch

    batch(given.read(arguments))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("partition=lwo", "slurm: there is no partition 'lwo'; did you mean 'low'?"),
        ("gpus=9,nodes=1", "slurm: sbatch refuses the job: "),
        ("gpsu=1", "slurm: unknown option 'gpsu'; did you mean 'gpus'?"),
    ],
)
def test_what_slurm_cannot_do_is_one_line_before_anything_is_read(
    cluster: Cluster, options: str, said: str
) -> None:
    write_spec(cluster.place, datasets=["none.csv"])
    code, _, err = cluster.call("--batch", "s.toml", "--slurm", options)
    assert code == 2 and said in err and err.count("\n") == 1
    assert not (cluster.place / "logs").exists()


def test_a_machine_without_slurm_says_what_to_do(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(cluster.place))
    code, _, err = cluster.call("--batch", "s.toml", "--slurm", JOB)
    assert code == 2 and "no command sbatch" in err and "login node" in err
    assert cluster.call("runs")[0] == 0


def test_a_run_of_several_jobs_is_an_array_whose_first_has_the_runner(cluster: Cluster) -> None:
    cluster.full.touch()
    write_spec(cluster.place, name="quick")
    _, out, _ = cluster.call(
        "--batch", "s.toml", "--slurm", "gpus=8,nodes=2,max_parallel=1", "--detach"
    )
    run = RunFolder(cluster.place / "logs" / out.split()[-1])
    text = (run.path / "slurm.sh").read_text()
    assert "#SBATCH --array=0-1%1\n" in text and "#SBATCH --gpus=4\n" in text
    assert cluster.listed(run)["job"] == "1_0" and status(run) == "queued"
    cluster.full.unlink()
    assert cluster.call("attach", run.name)[0] == 0
    # the other element has nothing to do, and ends: before it loads anything, or in the queue
    until(lambda: stand_in_slurm.state(cluster.folder, "1_1") in stand_in_slurm.OVER)
    worker = run.path / "worker-1.log"
    assert not worker.exists() or not worker.read_text()


def test_the_script_is_shown_without_a_run(cluster: Cluster) -> None:
    code, out, _ = cluster.call("--batch", "s.toml", "--slurm", JOB, "--dry-run")
    assert code == 0 and not (cluster.place / "logs").exists()
    for line in ("--partition=low", "--time=10", "--cpus-per-task=2", "--signal=B:USR1@120"):
        assert f"#SBATCH {line}\n" in out
    # sbatch reads % as a pattern, and a path with a space in quotes
    assert f'#SBATCH --output="{cluster.place}/logs/'.replace("%", "%%") in out


def test_ray_joins_the_nodes_of_one_job_where_that_is_asked_for(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_spec(cluster.place)
    wish = "--batch", "s.toml", "--slurm", "gpus=8,nodes=2,cpus=4,ray=yes", "--dry-run"
    monkeypatch.setattr(ray_reach, "find_spec", lambda name: None)
    code, _, err = cluster.call(*wish)
    assert code == 2 and "Ray is not installed" in err and err.count("\n") == 1
    monkeypatch.setattr(ray_reach, "find_spec", lambda name: name)
    code, out, err = cluster.call(*wish)
    assert code == 0, err
    for line in ("--nodes=2", "--ntasks-per-node=1", "--gpus-per-node=4", "--cpus-per-task=4"):
        assert f"#SBATCH {line}\n" in out
    assert "--array" not in out and "ray symmetric-run" in out and "--min-nodes 2 " in out
    assert "dashboard" not in out  # only the head node may be asked for one
    assert "as a job of Slurm" in out + err
    for more in ("tasks=2", "max_parallel=2"):
        code, _, err = cluster.call("--batch", "s.toml", "--slurm", f"ray=yes,{more}")
        assert code == 2 and "is of an array of jobs" in err
    assert (
        "8 GPUs cannot be shared out evenly to 3 nodes"
        in (cluster.call("--batch", "s.toml", "--slurm", "ray=yes,nodes=3,gpus=8")[2])
    )


def test_a_run_on_another_node_lives_as_long_as_slurm_says(cluster: Cluster) -> None:
    run = cluster.submit()
    until(is_at_work(run, 0))
    told = json.loads(run.owner.read_text())
    run.write(run.owner, json.dumps(told | {"host": "node1"}))
    assert run.is_alive_elsewhere() and launcher.cancel(run)
    # killed there without a word, with a fresh sign of life: Slurm knows better
    run.write(run.owner, json.dumps(told | {"host": "node1"}))
    until(lambda: not run.is_alive())
