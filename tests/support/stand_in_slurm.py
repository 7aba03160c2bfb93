"""A stand-in for Slurm on one machine: its commands in one file, named by the link they run as.

Jobs are real processes of the real script. Each has a file in the folder `$STAND_IN_SLURM`, and a
process that starts it, signals it and puts it back as slurmctld and slurmd do: SIGTERM to all of
a job that is cancelled or put back, SIGUSR1 to its script alone before its time limit. While the
file `full` is there, nothing starts. Job 7 of array 5 is `5_7`, and its own number is 12.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

COMMANDS = ("sbatch", "squeue", "scancel", "sinfo", "scontrol")
PARTITIONS = ("low", "high")
OVER = ("COMPLETED", "FAILED", "CANCELLED")
KILL_WAIT_S = 10.0
BACK_S = 0.3  # in which a job that was put back is not started
POLL_S = 0.02
ROOT = Path(os.environ.get("STAND_IN_SLURM", "."))


def install(folder: Path) -> dict[str, str]:
    """Make the commands in `folder`; returns the environment in which they are found."""
    (folder / "bin").mkdir(parents=True)
    (folder / "jobs").mkdir()
    start = f'#!/bin/sh\nexec "{sys.executable}" -I -S "{Path(__file__)}" "${{0##*/}}" "$@"\n'
    for name in COMMANDS:
        (folder / "bin" / name).write_text(start)
        (folder / "bin" / name).chmod(0o755)
    return {
        "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "STAND_IN_SLURM": str(folder),
    }


def tell(folder: Path, job: str, what: str) -> None:
    """Have a job cancelled, preempted, or told that its time is nearly over."""
    draft = folder / "jobs" / f"{job}.draft"
    draft.write_text(what)
    draft.rename(draft.with_suffix(".told"))


def state(folder: Path, job: str) -> str:
    """The state of a job."""
    return str(json.loads((folder / "jobs" / f"{job}.json").read_text())["state"])


def _file(job: str) -> Path:
    return ROOT / "jobs" / f"{job}.json"


def _read(job: str) -> dict[str, str]:
    return dict(json.loads(_file(job).read_text()))


def _write(job: str, **changes: object) -> None:
    known = _read(job) if _file(job).exists() else {}
    draft = _file(job).with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps({**known, **changes}))
    draft.replace(_file(job))


def _jobs() -> list[str]:
    return sorted(path.stem for path in (ROOT / "jobs").glob("*.json"))


def sbatch(arguments: list[str]) -> int:
    given = [one for one in arguments if one.startswith("--")]
    rest = [one for one in arguments if not one.startswith("--")]
    text = Path(rest[0]).read_text() if rest else sys.stdin.read()
    told = re.findall(r"^#SBATCH (.*)$", text, re.MULTILINE)
    pairs = (one.lstrip("-").partition("=") for one in (*told, *given))
    options = {key: value.strip('"') for key, _, value in pairs}
    if options.get("partition", "low") not in PARTITIONS:
        return _refuse(f"invalid partition specified: {options['partition']}")
    if int(options.get("gpus", "0").split(":")[-1]) > 8:
        return _refuse("Requested node configuration is not available")
    if "test-only" in options:
        return 0
    array = re.match(r"0-(\d+)", options.get("array", ""))
    n_jobs = int(array[1]) + 1 if array else 1
    first = _number(n_jobs)
    for at in range(n_jobs):
        job = f"{first}_{at}" if array else str(first)
        _write(job, state="PENDING", reason="None", number=first + at, restarts=0)
        options |= {"script": rest[0], "job": job, "more": "\n".join(rest[1:])}
        command = [sys.executable, "-I", "-S", __file__, "_keep", json.dumps(options)]
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    print(first)
    return 0


def _refuse(why: str) -> int:
    print(f"sbatch: error: Batch job submission failed: {why}", file=sys.stderr)
    return 1


def _number(n: int) -> int:
    """The first of `n` new numbers of jobs."""
    with (ROOT / "last").open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        first = int(file.read() or "0") + 1
        file.truncate(0)
        file.write(str(first + n - 1))
    return first


def _keep(options: dict[str, str]) -> None:
    """Start a job whenever it may, until it is over."""
    job = options["job"]
    while _waits(job, _before(job, options)):
        if _run(job, options):
            return
        _write(job, state="PENDING", reason="BeginTime", nodes="")
        time.sleep(BACK_S)


def _before(job: str, options: dict[str, str]) -> str:
    """The element that is to be over before this one, where only some may run at once."""
    (of, _, at), most = job.partition("_"), options.get("array", "").partition("%")[2]
    return f"{of}_{int(at) - int(most)}" if most and int(at) >= int(most) else ""


def _waits(job: str, before: str) -> bool:
    """Wait until there is room; False where it is cancelled meanwhile."""
    while (ROOT / "full").exists() or (before and _read(before)["state"] not in OVER):
        _write(job, state="PENDING", reason="Resources")
        if _told(job) == "cancel":
            _write(job, state="CANCELLED", reason="None")
            return False
        time.sleep(POLL_S)
    return True


def _told(job: str) -> str:
    path = ROOT / "jobs" / f"{job}.told"
    what = path.read_text() if path.exists() else ""
    path.unlink(missing_ok=True)
    return what


def _run(job: str, options: dict[str, str]) -> bool:
    """Run a job once; whether it is over then."""
    _write(job, state="RUNNING", reason="None", nodes="node1")
    path = options["output"].replace("%a", job.partition("_")[2]).replace("%%", "%")
    with Path(path).open("ab") as output:
        batch = subprocess.Popen(
            ["/bin/bash", options["script"], *options["more"].split("\n")[: bool(options["more"])]],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=options["chdir"],
            env=_environment(job, options),
            start_new_session=True,
        )
    while batch.poll() is None:
        what = _told(job)
        if what == "time":
            batch.send_signal(signal.SIGUSR1)
        elif what:
            return _end(job, batch, is_back=what != "cancel")
        time.sleep(POLL_S)
    _write(job, state="FAILED" if batch.returncode else "COMPLETED", nodes="")
    return True


def _end(job: str, batch: subprocess.Popen[bytes], *, is_back: bool) -> bool:
    """SIGTERM to all that a job runs, then SIGKILL; whether it is over then."""
    restarts = int(_read(job)["restarts"]) + is_back
    _write(job, state="COMPLETING", restarts=restarts)
    for number, patience_s in ((signal.SIGTERM, KILL_WAIT_S), (signal.SIGKILL, None)):
        try:
            os.killpg(batch.pid, number)
            batch.wait(patience_s)
        except subprocess.TimeoutExpired:
            continue
        except ProcessLookupError:
            batch.wait()
        break
    if not is_back:
        _write(job, state="CANCELLED", nodes="")
    return not is_back


def _environment(job: str, options: dict[str, str]) -> dict[str, str]:
    known, (of, _, at) = _read(job), job.partition("_")
    array = {"SLURM_ARRAY_JOB_ID": of, "SLURM_ARRAY_TASK_ID": at} if at else {}
    cpus = options.get("cpus-per-task")
    return {
        **os.environ,
        **array,
        **({"SLURM_CPUS_PER_TASK": cpus} if cpus else {}),
        **({"SLURM_RESTART_COUNT": str(known["restarts"])} if known["restarts"] else {}),
        "SLURM_JOB_ID": str(known["number"]),
        "SLURM_CPUS_ON_NODE": "1",
        "SLURM_JOB_PARTITION": options.get("partition", "low"),
        "SLURMD_NODENAME": "node1",
    }


def squeue(arguments: list[str]) -> int:
    for job in _jobs():
        known = _read(job)
        print(job, known["state"], known.get("reason", "None"), known.get("nodes", ""), sep="|")
    return 0


def scancel(arguments: list[str]) -> int:
    for job in _jobs():
        is_meant = job in arguments or job.partition("_")[0] in arguments
        if is_meant and (arguments[0] != "--state=PENDING" or _read(job)["state"] == "PENDING"):
            tell(ROOT, job, "cancel")
    return 0


def scontrol(arguments: list[str]) -> int:
    job = next(one for one in _jobs() if str(_read(one)["number"]) == arguments[-1])
    if arguments[0] == "requeue":
        tell(ROOT, job, "requeue")
    else:
        known = _read(job)
        print(f"JobId={known['number']} JobState={known['state']} Restarts={known['restarts']}")
    return 0


def sinfo(arguments: list[str]) -> int:
    print(*PARTITIONS, sep="\n")
    return 0


if __name__ == "__main__":
    if sys.argv[1] == "_keep":
        _keep(json.loads(sys.argv[2]))
        sys.exit(0)
    sys.exit(globals()[sys.argv[1]](sys.argv[2:]))
