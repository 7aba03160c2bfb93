"""Slurm itself, Debian's `slurm-wlm` and `munge`: one node, or several in namespaces of their own.

Nodes in namespaces have a name, an address, processes and a folder for temporary files that are
their own; only root may make them.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch")
OF_NODES = ("ip", "nsenter", "unshare", "mount")
SEARCHED = f"{os.environ['PATH']}:/usr/sbin"
NETWORK = "10.77.0"  # of nodes in namespaces
CONF = """\
ClusterName=one
SlurmctldHost={host}({address})
SlurmctldPort={control}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
CryptoType=crypto/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=2
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
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
{nodes}
PartitionName=low Nodes=ALL Default=YES PriorityTier=1 GraceTime=20
PartitionName=high Nodes=ALL PriorityTier=10
"""
_NODE = 'hostname {name} && mount --make-rprivate / && mount -t tmpfs tmpfs "{scratch}" && '


def lacking(*programs: str) -> str:
    """Those of the programs that are not installed."""
    return ", ".join(one for one in programs if shutil.which(one, path=SEARCHED) is None)


def told_by(*command: str) -> str:
    """What a command prints, whatever its exit code."""
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


@contextmanager
def slurm_of(n_nodes: int, until: Callable[[Callable[[], bool]], None]) -> Iterator[Path]:
    """A cluster whose nodes are idle; its folder, which has its `slurm.conf`.

    One node is this machine; several have the folder `scratch` in it for temporary files, each
    its own. `until` waits for what it is given to be true.
    """
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))  # a socket's path must be short
    os.environ["SLURM_CONF"] = str(folder / "slurm.conf")
    for name in ("state", "scratch"):
        (folder / name).mkdir()
    (folder / "key").write_bytes(os.urandom(1024))
    (folder / "key").chmod(0o600)
    with contextlib.ExitStack() as after:
        after.callback(shutil.rmtree, folder, ignore_errors=True)
        lines, starts = _one_node() if n_nodes == 1 else _several(n_nodes, folder, after)
        told = {"control": _free_port(), "user": getpass.getuser(), "nodes": "\n".join(lines)}
        address = "127.0.0.1" if n_nodes == 1 else f"{NETWORK}.1"
        conf = CONF.format(folder=folder, host=socket.gethostname(), address=address, **told)
        (folder / "slurm.conf").write_text(conf)
        for command in (_munged(folder), ["slurmctld", "-D", "-c"], *starts):
            after.callback(_ended, _begun(command))
        after.callback(told_by, "scancel", f"--user={os.getuid()}")
        until(
            lambda: (
                told_by("sinfo", "-h", "-N", "-p", "low", "-o", "%T").split() == ["idle"] * n_nodes
            )
        )
        yield folder


def _begun(command: list[str]) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PATH": SEARCHED}
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, env=environment)


def _ended(one: subprocess.Popen[bytes]) -> None:
    one.terminate()
    try:
        one.wait(30)
    except subprocess.TimeoutExpired:
        one.kill()


def _munged(folder: Path) -> list[str]:
    files = [f"--{one}={folder / one}" for one in ("pid-file", "log-file", "seed-file")]
    own = [f"--socket={folder / 'munge.socket'}", f"--key-file={folder / 'key'}"]
    return ["munged", "--force", "--foreground", *files, *own]


def _one_node() -> tuple[list[str], list[list[str]]]:
    """The lines of the only node, and the command that starts it."""
    told = f"NodeHostname={socket.gethostname()} Port={_free_port()} CPUs=4 State=UNKNOWN"
    return [f"NodeName=localhost {told}"], [["slurmd", "-D", "-N", "localhost"]]


def _several(
    n_nodes: int, folder: Path, after: contextlib.ExitStack
) -> tuple[list[str], list[list[str]]]:
    """The lines of nodes that are joined by a bridge, and the commands that start them."""
    bridge = f"pt{os.getpid()}"
    _run("ip", "link", "add", bridge, "type", "bridge")
    after.callback(told_by, "ip", "link", "del", bridge)
    _run("ip", "addr", "add", f"{NETWORK}.1/24", "dev", bridge)
    _run("ip", "link", "set", bridge, "up")
    lines, starts, port = [], [], _free_port()
    for at in range(1, n_nodes + 1):
        name, address = f"n{at}", f"{NETWORK}.{at + 10}"
        space = f"{bridge}-{name}"
        _run("ip", "netns", "add", space)
        after.callback(told_by, "ip", "netns", "del", space)
        inside = ("ip", "-n", space)
        _run("ip", "link", "add", f"{bridge}{at}", "type", "veth", "peer", "eth0", "netns", space)
        _run("ip", "link", "set", f"{bridge}{at}", "master", bridge, "up")
        _run(*inside, "addr", "add", f"{address}/24", "dev", "eth0")
        for device in ("eth0", "lo"):
            _run(*inside, "link", "set", device, "up")
        _run(*inside, "route", "add", "default", "via", f"{NETWORK}.1")
        lines.append(f"NodeName={name} NodeAddr={address} Port={port} CPUs=2 State=UNKNOWN")
        own = _NODE.format(name=name, scratch=folder / "scratch") + f"exec slurmd -D -N {name}"
        spaces = ["nsenter", f"--net=/run/netns/{space}", "unshare", "--uts", "--pid", "--fork"]
        starts.append([*spaces, "--kill-child", "--mount-proc", "bash", "-c", own])
    return lines, starts


def _run(*command: str) -> None:
    subprocess.run(command, check=True, env={**os.environ, "PATH": SEARCHED})


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("localhost", 0))
        return int(one.getsockname()[1])


def may_have_nodes() -> str:
    """Why there cannot be several nodes here; empty where there can."""
    if sys.platform != "linux" or os.getuid():
        return "only root makes nodes in namespaces"
    missing = lacking(*OF_NODES)
    return f"no {missing}" if missing else ""
