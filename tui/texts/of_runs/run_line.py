"""A run as a row of a list: its state, its progress and the time left."""

from __future__ import annotations

import time
from dataclasses import dataclass

from probing.logs import RunView
from probing.logs.folders.run_marks import NO_MARKS, Marks
from probing.logs.states.run_view import GOING
from tui.texts.of_runs.run_progress import time_left
from tui.texts.sanitiser import clean

SYMBOLS = {
    "queued": "◌",
    "starting": "○",
    "waiting": "◌",
    "running": "●",
    "done": "✓",
    "failed": "✗",
    "cancelled": "■",
    "killed": "!",
    "damaged": "!",
    "paused": "=",
}
TICKING = (*GOING, "killed")
RESUMABLE = ("failed", "cancelled", "killed", "damaged")
LOOKS = {
    "queued": "live",
    "starting": "live",
    "waiting": "live",
    "running": "live",
    "failed": "bad",
    "killed": "bad",
    "damaged": "bad",
    "cancelled": "quiet",
}
SILENT_S = 60.0


@dataclass(frozen=True)
class RunLine:
    """What a list of runs shows of one run."""

    name: str
    status: str
    n_cells: int
    n_done: int
    n_failed: int
    share: float
    left_s: float | None
    started: float
    silent_s: float
    took_s: float = 0.0
    read: tuple[tuple[str, str], ...] = ()
    marks: Marks = NO_MARKS
    place: str = ""
    reason: str = ""

    @classmethod
    def of(cls, view: RunView, now: float | None = None, marks: Marks = NO_MARKS) -> RunLine:
        """The current line of a run."""
        brief, status = view.brief, view.status()
        going = status in GOING
        now = time.time() if now is None else now
        return cls(
            name=view.run.name,
            status=status,
            n_cells=brief.n_cells,
            n_done=brief.n_done,
            n_failed=brief.n_failed,
            share=brief.share_done,
            left_s=time_left(view) if going and status != "queued" else None,
            started=brief.first_time or created(view),
            silent_s=max(now - brief.last_time, 0.0) if going and brief.last_time else 0.0,
            took_s=worked_s(view, now if going and status != "queued" else brief.last_time),
            read=brief.read,
            marks=marks,
            reason=reason_of(view) if status == "queued" else "",
        )

    @property
    def is_going(self) -> bool:
        """Whether it is starting, waiting or running."""
        return self.status in GOING

    @property
    def can_retry(self) -> bool:
        """Whether it is over, and some of its cells failed."""
        return self.status == "done" and self.n_failed > 0

    @property
    def is_paused(self) -> bool:
        """Whether it is live, and its user has it paused."""
        return self.is_going and self.marks.is_paused

    @property
    def is_silent(self) -> bool:
        """Whether it is live but has logged nothing for a minute."""
        is_still = self.status in ("waiting", "queued") or self.is_paused
        return self.silent_s >= SILENT_S and not is_still

    @property
    def word(self) -> str:
        """What it does, in one word."""
        return "paused" if self.is_paused else self.status

    @property
    def state(self) -> str:
        """Symbol and word."""
        return f"{SYMBOLS[self.word]} {self.word}"

    @property
    def cells(self) -> str:
        """Cells done of all cells, then failed cells."""
        failed = f" {self.n_failed:,}✗" if self.n_failed else ""
        return f"{self.n_done:,}/{self.n_cells:,}{failed}" if self.n_cells else "…"

    @property
    def percent(self) -> str:
        """The share of cells that are done or failed."""
        return f"{int(self.share * 100)}%" if self.n_cells else ""

    @property
    def left(self) -> str:
        """Time left, its place in the queue, or how long it has logged nothing."""
        if self.is_paused or self.place:
            return self.place
        if self.status == "queued":
            return self.reason
        if self.is_silent:
            return f"silent {span(self.silent_s)}"
        return "" if self.left_s is None else clock(self.left_s)

    @property
    def row(self) -> dict[str, object]:
        """The values that a filter compares, by column."""
        return {
            "run": self.name,
            "state": self.word,
            "cells": self.n_cells,
            "done": self.n_done,
            "failed": self.n_failed,
            "progress": self.share * 100,
            "started": moment(self.started),
            "took": self.took_s,
            "model": tuple(dict.fromkeys(model for model, _ in self.read)),
            "dataset": tuple(dict.fromkeys(dataset for _, dataset in self.read)),
            "tag": self.marks.tags,
            "note": self.marks.note,
            "archived": "yes" if self.marks.is_archived else "",
        }

    def is_shown(self, query: str) -> bool:
        """Whether lists that this filter narrows show it: archived ones only where it asks."""
        return not self.marks.is_archived or "archived" in query

    def texts(self) -> tuple[str, ...]:
        """The cells of its row in the list."""
        name = clean(self.name)
        return self.state, name, self.cells, self.percent, self.left, moment(self.started)


def reason_of(view: RunView) -> str:
    """Why a run waits in the queue of Slurm, in Slurm's words."""
    job = view.run.job()
    return clean(job.text) if job is not None else ""


def worked_s(view: RunView, until: float) -> float:
    """Seconds that a run has worked, all attempts together."""
    began = view.brief.attempt_time
    return view.brief.earlier_s + max(until - began, 0.0) if began else 0.0


def created(view: RunView) -> float:
    """When the run's folder was made."""
    try:
        return view.run.spec.stat().st_mtime
    except OSError:
        return 0.0


def moment(seconds: float) -> str:
    """A point in time: the time if it is today, else also the date."""
    if not seconds:
        return ""
    then, now = time.localtime(seconds), time.localtime()
    today = (then.tm_year, then.tm_yday) == (now.tm_year, now.tm_yday)
    return time.strftime("%H:%M:%S" if today else "%Y-%m-%d %H:%M", then)


def clock(seconds: float) -> str:
    """A time to wait: `0:15`, `1:02:03`."""
    whole = max(round(seconds), 0)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def span(seconds: float) -> str:
    """A length of time in words: `40 s`, `3 min`, `2 h`, `5 days`."""
    for size, word in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= size * (2 if word == "days" else 1):
            return f"{int(seconds // size)} {word}"
    return f"{int(seconds)} s"
