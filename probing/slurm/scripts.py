"""The script of a job, plain enough to be read, changed and submitted by hand."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from probing.slurm.record import ARRAY_OUTPUT, ARRAY_SCRIPT, OUTPUT, SCRIPT, WORKER_OUTPUT
from probing.spec.slurm_options import SlurmOptions, limit_s

MOST_NOTICE_S = 120
RAY_ADDRESS = "PROBE_TUI_RAY"  # in the environment of a runner whose job is a cluster of Ray
RUNNER, WORKER = "probing.runner", "probing.working"
_NAMES = {"cpus": "cpus-per-task"}  # of sbatch, where it has another name
# which directives are made of
_OURS = ("nodes", "gpus", "gpu_type", "tasks", "max_parallel", "ray")


def directives(options: SlurmOptions, n_jobs: int = 1) -> list[str]:
    """The options of sbatch for each of the jobs that share out what is asked for."""
    asked = [
        f"--{_NAMES.get(key, key)}={value}" for key, value in options.given if key not in _OURS
    ]
    nodes = max(1, options.number("nodes")) if options.by_ray else 1
    if gpus := options.number("gpus") // (n_jobs * nodes):
        kind, of = options.get("gpu_type"), "gpus" if nodes == 1 else "gpus-per-node"
        asked.append(f"--{of}={kind}:{gpus}" if kind else f"--{of}={gpus}")
    tasks = "--ntasks-per-node=1" if options.by_ray else "--ntasks=1"
    signal = f"--signal=B:USR1@{notice_s(options)}"
    return [f"--nodes={nodes}", tasks, *asked, "--requeue", signal]


def notice_s(options: SlurmOptions) -> int:
    """How long before its time limit a job is told of it, in seconds.

    Slurm may tell it a minute sooner: of a short limit no more than a quarter is given up.
    """
    limit = limit_s(options.get("time"))
    return MOST_NOTICE_S if limit is None else max(1, min(MOST_NOTICE_S, limit // 4))


def script(name: str, folder: Path, options: SlurmOptions, n_jobs: int = 1) -> str:
    """The script that runs the run `name` in `folder`; what follows it goes to the runner.

    Of several jobs, elements of an array, the first has the runner, and all of them a worker.
    """
    most = options.get("max_parallel")
    array = [f"--array=0-{n_jobs - 1}" + (f"%{most}" if most else "")] if n_jobs > 1 else []
    output = f"{_pattern(folder)}/{WORKER_OUTPUT}" if array else _pattern(folder / OUTPUT)
    told = [
        f"--job-name={name}",
        *array,
        f"--chdir={folder}",
        f"--output={output}",
        "--open-mode=append",
        *directives(options, n_jobs),
    ]
    python = shlex.join([sys.executable, "-P", "-m"])
    command = f'{python} {RUNNER} {shlex.quote(str(folder))} "$@"'
    parts = {"directives": _lines(told), "script": SCRIPT, "above": "", "after": ""}
    if array:
        command = f'{python} "$work" {shlex.quote(str(folder))} "$@"'
        parts["above"] = _ELEMENT.format(runner=RUNNER, worker=WORKER, output=OUTPUT, n=n_jobs)
        parts["after"] = _NO_MORE
    if options.by_ray:
        n_nodes = max(1, options.number("nodes"))
        folder_of_ray = shlex.quote(str(Path(sys.executable).parent))
        parts["above"] = _RAY.format(programs=folder_of_ray, address=RAY_ADDRESS, n=n_nodes)
        command = f"{_BY_RAY.format(n=n_nodes)} {command}"
    return _SCRIPT.format(command=command, **parts)


def array_script(folders: Sequence[Path], options: SlurmOptions) -> str:
    """The script of an array whose elements are the runs in `folders`, each by its own script."""
    first, most = folders[0], options.get("max_parallel")
    told = [
        f"--job-name={first.name}",
        f"--array=0-{len(folders) - 1}" + (f"%{most}" if most else ""),
        f"--chdir={first}",
        f"--output={_pattern(first / ARRAY_OUTPUT)}",
        "--open-mode=append",
        *directives(options),
    ]
    runs = "\n".join(f"  {shlex.quote(str(folder))}" for folder in folders)
    parts = {"directives": _lines(told), "runs": runs, "script": SCRIPT, "output": OUTPUT}
    return _ARRAY.format(**parts, name=ARRAY_SCRIPT)


def _pattern(path: Path) -> str:
    """A path in which sbatch sees no patterns such as `%j`."""
    return str(path).replace("%", "%%")


def _lines(told: Sequence[str]) -> str:
    return "\n".join(f"#SBATCH {_quoted(one)}" for one in told)


def _quoted(option: str) -> str:
    """An option as sbatch reads it from a script: in double quotes where it has spaces."""
    key, _, value = option.partition("=")
    if all(char.isalnum() or char in "-_./:,@%+=()&|*[]" for char in value):
        return option
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{key}="{escaped}"'


_ELEMENT = """\
# every element has a worker, which finds what is to do in the folder; the first has the runner too
export PROBE_TUI_ELEMENTS={n}
work={worker}
if [ "$SLURM_ARRAY_TASK_ID" = 0 ]; then work={runner}; exec >>{output} 2>&1; else set --; fi

"""
_RAY = """\
# Ray over all {n} nodes of the job, at a port of its own; the first node has the runner
export PATH={programs}:"$PATH" RAY_USAGE_STATS_ENABLED=0 RAY_worker_register_timeout_seconds=600
head=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)
host=$(srun --nodes=1 --ntasks=1 --nodelist="$head" hostname -I | awk '{{print $1}}')
export RAY_AUTH_MODE=token RAY_AUTH_TOKEN=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
export {address}="$host:$((20000 + SLURM_JOB_ID % 10000))"
gpus=$(printf %s "${{CUDA_VISIBLE_DEVICES:-}}" | tr , '\n' | grep -c .)
# its sockets need a short path
export RAY_TMPDIR="/tmp/pt-$SLURM_JOB_ID-$(od -An -N4 -tx4 /dev/urandom | tr -d ' ')"
on_node() {{
  mkdir -p "$TMPDIR" && mkdir -p -m 700 "$RAY_TMPDIR" || return
  trap : TERM  # what it starts is told too, and waited for
  ray symmetric-run "$@" &
  while kill -0 $! 2>/dev/null; do wait $!; done
  wait $!
  local code=$?
  rm -rf "$TMPDIR" "$RAY_TMPDIR"
  return $code
}}
export -f on_node

"""
_BY_RAY = (
    'srun --nodes={n} --ntasks-per-node=1 --cpus-per-task="$OMP_NUM_THREADS"'
    """ bash -c 'on_node "$@"' node --address "$PROBE_TUI_RAY" --min-nodes {n}"""
    ' --num-cpus "$OMP_NUM_THREADS" --num-gpus "$gpus" --'
)
_NO_MORE = """\
# what is done needs no more elements
if [ "$SLURM_ARRAY_TASK_ID" = 0 ] && tail -n 1 events.jsonl | grep -q '"kind":"run_done"'; then
  scancel --state=PENDING "$SLURM_ARRAY_JOB_ID"
fi
"""
_ARRAY = """\
#!/bin/bash
# Several runs of probe-tui as an array of jobs. To submit it by hand: sbatch {name}
{directives}

runs=(
{runs}
)
run=${{runs[$SLURM_ARRAY_TASK_ID]}}
cd "$run" && exec ./{script} >>{output} 2>&1
"""
_SCRIPT = """\
#!/bin/bash
# A run of probe-tui as a job of Slurm. To submit it by hand: sbatch {script}
# After preemption and after its time limit it waits for another turn, and goes on where it was.
{directives}

# files that nobody else needs, on the disk of the node, gone when the job is over
TMPDIR=$(mktemp -d "${{TMPDIR:-/tmp}}/probe-tui-$SLURM_JOB_ID-XXXXXX") && export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT

# as many threads as the job has cores, whatever else the node has
export OMP_NUM_THREADS="${{SLURM_CPUS_PER_TASK:-${{SLURM_CPUS_ON_NODE:-1}}}}"

# shortly before the time limit: back into the queue, if this turn has finished anything; Slurm
# then ends the runner by SIGTERM
finished() {{
  grep -cE '"kind":"(pass|block|generation)_done"' events.jsonl 2>/dev/null
  find work -name '*.json' 2>/dev/null | wc -l
}}
before=$(finished)
out_of_time() {{
  if [ "$(finished)" != "$before" ]; then
    scontrol requeue "$SLURM_JOB_ID"
  else
    echo "nothing was finished within the time limit: raise --time in {script}, then resume the run"
    kill -TERM "$runner"
  fi
}}
trap out_of_time USR1
# cancelled or preempted: the runner ends in order, and is waited for
trap 'kill -TERM "$runner" 2>/dev/null' TERM

{above}{command} &
runner=$!
while kill -0 "$runner" 2>/dev/null; do wait "$runner"; done
wait "$runner"
code=$?
{after}exit $code
"""
