"""Run folders: where they lie, their files, and whether a runner is alive (or its lock lost)."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from probing import spec as specs
from probing.errors import SpecError, UnknownRunError, nearest
from probing.logs.folders.lock_holders import holder_of
from probing.logs.folders.locks import is_held, run_lock
from probing.logs.folders.owners import read_owner
from probing.logs.folders.plain_files import draft_of, opened
from probing.logs.mirrors.places import mirror_id, url_of
from probing.slurm import JobState, read_submitted, state_of
from probing.spec import Spec
from probing.stores import is_url

ENVIRONMENT = "PROBE_TUI_LOGS"
BEAT_S = 20.0
SILENT_S = 180.0


@dataclass(frozen=True)
class RunFolder:
    """The files of one run; of thousands that are looked at each second, names are made once."""

    path: Path

    @cached_property
    def name(self) -> str:
        """The run's name: that of its folder."""
        return self.path.name

    @cached_property
    def column_name(self) -> str:
        """The name in tables, which hold no bytes that are not UTF-8."""
        return self.name.encode("utf-8", "replace").decode()

    @property
    def spec(self) -> Path:
        """The spec as given, paths made absolute."""
        return self.path / "spec.toml"

    @property
    def plan(self) -> Path:
        """The resolved plan."""
        return self.path / "plan.json"

    @property
    def owner(self) -> Path:
        """Who runs it: pid, start, boot and host."""
        return self.path / "owner.json"

    @cached_property
    def events(self) -> Path:
        """The log of events."""
        return self.path / "events.jsonl"

    @property
    def log(self) -> Path:
        """What the runner printed."""
        return self.path / "runner.log"

    @property
    def scores(self) -> Path:
        """Every fold of every finished cell, written at the end."""
        return self.path / "scores.parquet"

    @cached_property
    def results(self) -> Path:
        """The row of every finished cell, written at the end."""
        return self.path / "results.parquet"

    @property
    def predictions(self) -> Path:
        """Every out-of-fold prediction, written at the end."""
        return self.path / "predictions.parquet"

    @property
    def texts(self) -> Path:
        """The texts of the predictions, and what the row of each marks, written at the end."""
        return self.path / "texts.parquet"

    @property
    def learning_curves(self) -> Path:
        """The scores of the run by the number of training texts, where they were asked for."""
        return self.path / "learning_curves.parquet"

    @property
    def neurons(self) -> Path:
        """The features that probes chose, and how often, written at the end where some did."""
        return self.path / "neurons.parquet"

    @property
    def training(self) -> Path:
        """The epochs of the networks of the run, written at the end where they were asked for."""
        return self.path / "training.parquet"

    @property
    def generated(self) -> Path:
        """What models continued texts by, written at the end where they were asked to."""
        return self.path / "generated.parquet"

    @property
    def influences(self) -> Path:
        """How far every group of texts moves every metric of every cell, written at the end."""
        return self.path / "influences.safetensors"

    @property
    def probes(self) -> Path:
        """The saved probes, where some were asked for: a card and its arrays for each."""
        return self.path / "probes"

    @property
    def parts(self) -> Path:
        """Predictions of finished blocks while the run goes on."""
        return self.path / "blocks"

    @property
    def training_so_far(self) -> Path:
        """The epochs of the networks that are being trained, while the run goes on."""
        return self.path / "training"

    @property
    def work(self) -> Path:
        """What is dealt to workers, and what they have done, while the run goes on."""
        return self.path / "work"

    def is_alive(self) -> bool:
        """Whether a runner works on it: its lock is held here, or it works on another machine."""
        return self.is_alive_elsewhere() or is_held(run_lock(self.path))

    def is_alive_elsewhere(self) -> bool:
        """Whether a runner works on it on another machine, whose locks cannot be seen.

        Of a job of Slurm its queue tells; of others, of those that work in another folder for the
        same store, and where the queue tells nothing, whether the runner gave a sign lately.
        """
        owner = self.read_owner()
        if not self.is_own(owner):
            return "ended" not in owner and self._has_beaten()
        job = self._job_of(owner)
        if job is not None and job.is_live:
            return not job.is_own and not (job.is_ending and "ended" in owner)
        if job is not None and owner.get("job") == job.job:
            return False
        if owner.get("host") in (None, socket.gethostname()) or "ended" in owner:
            return False
        return self._has_beaten()

    def is_own(self, owner: dict[str, Any]) -> bool:
        """Whether that owner worked in this folder, not in another one for the same store."""
        return "mirror" not in owner or owner["mirror"] == mirror_id(self.path.parent)

    def _has_beaten(self) -> bool:
        try:
            return time.time() - self.owner.stat().st_mtime < SILENT_S
        except OSError:
            return False

    def job(self, most_s: float | None = None) -> JobState | None:
        """What Slurm says of the job that the run was submitted as last, at most `most_s` old.

        None where it was not, or Slurm says nothing.
        """
        submitted = read_submitted(self.path)
        return None if submitted is None else state_of(submitted.job, most_s=most_s)

    @property
    def waits_in_queue(self) -> bool:
        """Whether it is in the queue of Slurm, which will start it."""
        job = self.job()
        return job is not None and job.waits

    @property
    def is_submitted(self) -> bool:
        """Whether it runs as a job of Slurm, now or when its turn comes."""
        job = self.job()
        return job is not None and (job.waits or job.is_live)

    def _job_of(self, owner: dict[str, Any]) -> JobState | None:
        """What Slurm says of its job, also where somebody ran it by hand inside one."""
        if (job := self.job()) is not None:
            return job
        is_over = "ended" in owner or owner.get("host") in (None, socket.gethostname())
        return None if is_over or "job" not in owner else state_of(owner["job"])

    def runner_pid(self) -> int | None:
        """The process that says it runs this, and does: it holds the run's lock on this machine."""
        claimed = self.read_owner().get("pid")
        return claimed if claimed == holder_of(run_lock(self.path)) else None

    def beat(self) -> None:
        """Give the sign that other machines go by; due every `BEAT_S`."""
        with contextlib.suppress(OSError):
            os.utime(self.owner)

    def read_spec(self) -> Spec:
        """The spec; raises `SpecError`, also for what is no plain file."""
        try:
            with opened(self.spec) as file:
                return specs.read(file, str(self.spec))
        except OSError as error:
            what = f"cannot be read ({error.strerror})"
            raise SpecError(what, where=str(self.spec)) from None

    def read_owner(self) -> dict[str, Any]:
        """What `owner.json` says of the runner; empty where it says nothing that can be used."""
        return read_owner(self.owner)

    def write(self, path: Path, text: str | Iterable[str]) -> None:
        """Write a file of this folder, a text or its pieces, whole or not at all."""
        draft, file = draft_of(path)
        # a path that is not UTF-8 has half surrogate pairs
        with os.fdopen(file, "w", encoding="utf-8", errors="surrogatepass") as stream:
            stream.writelines([text] if isinstance(text, str) else text)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)


def logs_folder(given: str | Path | None = None) -> Path:
    """The folder of all runs: as given, else `$PROBE_TUI_LOGS`, else `logs/` here.

    Of a URL it is the folder on this machine, with what is in the store now. Raises `SpecError`
    and `StoreError` for a store that cannot be used.
    """
    named = given or os.environ.get(ENVIRONMENT) or "logs"
    if isinstance(named, str) and is_url(named):
        from probing.logs.mirrors.opening import opened_logs  # which knows run folders

        return opened_logs(named, _told)
    return Path(named).expanduser().absolute()


def _told(line: str) -> None:
    text = "".join(char if char.isprintable() else "?" for char in line)  # of whoever writes there
    print(f"probe-tui: {text}", file=sys.stderr, flush=True)


def create_run(logs: Path, name: str, spec_text: str) -> RunFolder:
    """A new run folder that holds the spec; a name already taken gets a number.

    Raises `SpecError` where the logs folder cannot be written.
    """
    stamp = time.strftime("%Y%m%d-%H%M%S")
    try:
        logs.mkdir(parents=True, exist_ok=True)
        # other machines make runs in a store at the same time
        more = f"-{secrets.token_hex(2)}" if url_of(logs) else ""
        run = RunFolder(_new_folder(logs, f"{name}-{stamp}{more}"))
        run.write(run.spec, spec_text)
    except OSError as error:
        raise SpecError(
            f"the logs folder cannot be written ({error.strerror})",
            where=str(logs),
            hint="choose another with --logs DIR or $PROBE_TUI_LOGS",
        ) from None
    return run


def _new_folder(logs: Path, name: str) -> Path:
    for number in range(1, 1000):
        folder = logs / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            continue
        return folder
    raise SpecError(f"too many runs named {name!r}", where=str(logs), hint="change the name")


def list_runs(logs: Path) -> list[RunFolder]:
    """All runs in `logs`, the latest first."""
    try:
        folders = [path for path in logs.iterdir() if is_run(path)]
    except OSError:
        return []
    return [RunFolder(path) for path in sorted(folders, key=_created, reverse=True)]


def is_run(folder: Path) -> bool:
    """Whether a folder was made as that of a run: also where its spec is no file any more."""
    return any(os.path.lexists(folder / name) for name in ("spec.toml", "events.jsonl"))


def _created(folder: Path) -> tuple[float, str]:
    try:
        return (folder / "spec.toml").stat().st_mtime, folder.name
    except OSError:
        return 0.0, folder.name


def find_run(logs: Path, name: str) -> RunFolder:
    """The run of that name, or the only one whose name starts with it.

    Raises `UnknownRunError` naming the nearest.
    """
    runs = {run.name: run for run in list_runs(logs)}
    starting = [run for known, run in runs.items() if known.startswith(name)]
    if name in runs:
        return runs[name]
    if name and len(starting) == 1:
        return starting[0]
    if len(starting) > 1 and name:
        raise UnknownRunError(
            f"{name!r} matches {len(starting)} runs",
            where=str(logs),
            hint="give more of the name",
        )
    hint = nearest(name, runs) if runs else "there are no runs yet"
    raise UnknownRunError(f"no run named {name!r}", where=str(logs), hint=hint)
