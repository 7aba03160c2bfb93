"""Whether the system ends the runs of a user at logout, and what to do about it."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

WAY_OUT = (
    "this system ends all your processes when you log out; to keep runs, call loginctl "
    "enable-linger once and start probe-tui (or tmux around it) with systemd-run --user --scope, "
    "or submit probe-tui --batch to your cluster"
)
JOB_WAY_OUT = (
    "the run ends with batch job {job}; give that job enough time, "
    "or submit probe-tui --batch as a job of its own"
)


def warning(root: Path = Path("/"), environment: Mapping[str, str] = os.environ) -> str | None:
    """What would end a run in the background, and what to do; None if nothing would."""
    if job := environment.get("SLURM_JOB_ID"):
        return JOB_WAY_OUT.format(job=job)
    return WAY_OUT if ends_at_logout(root, environment) else None


def ends_at_logout(root: Path = Path("/"), environment: Mapping[str, str] = os.environ) -> bool:
    """Whether systemd-logind ends the processes of this user's session (see logind.conf(5)).

    Lingering does not save a session's processes: only those in a scope of the user's own.
    """
    told = dict(_settings(root))
    if told.get("KillUserProcesses", "no").lower() not in ("yes", "true", "y", "t", "1", "on"):
        return False
    user, only = _user(), told.get("KillOnlyUsers", "").split()
    if user in told.get("KillExcludeUsers", "root").split() or (only and user not in only):
        return False
    return not _in_own_scope(root) and "XDG_SESSION_ID" in environment


def _in_own_scope(root: Path) -> bool:
    """Whether the user's own manager holds this process, not the session."""
    try:
        return "/user@" in (root / "proc/self/cgroup").read_text()
    except OSError:
        return False


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _settings(root: Path) -> Iterator[tuple[str, str]]:
    """Keys and values of logind.conf, then of its drop-in files; later ones win."""
    homes = [root / "usr/lib/systemd", root / "run/systemd", root / "etc/systemd"]
    parts = [part for home in homes for part in home.glob("logind.conf.d/*.conf")]
    parts.sort(key=lambda part: part.name)
    for path in (root / "etc/systemd/logind.conf", *parts):
        try:
            lines = path.read_text(errors="replace").splitlines()
        except OSError:
            continue
        for line in lines:
            key, equals, value = line.partition("=")
            if equals and not key.lstrip().startswith(("#", ";")):
                yield key.strip(), value.strip()


def farewell(n_going: int) -> str:
    """The message when the user quits while runs are live; empty if none is."""
    if not n_going:
        return ""
    runs = "1 run continues" if n_going == 1 else f"{n_going:,} runs continue"
    line = f"{runs} in the background; start probe-tui again to see the progress."
    return f"{line}\nWarning: {WAY_OUT}." if ends_at_logout() else line
