"""The load of a machine as lines: bars, memory, temperatures, and who holds each GPU."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from tui.texts.sanitiser import clean

BAR, SHORT_BAR, WIDE = 10, 5, 64
GIB = 2**30


class WorkerLike(Protocol):
    """A process on a GPU."""

    @property
    def user(self) -> str: ...
    @property
    def name(self) -> str: ...


def processor_line(
    load: float | None,
    n_cores: int,
    used: int | None,
    total: int | None,
    celsius: float | None,
    width: int,
) -> str:
    """`CPU ███░░░ 45% of 2 cores  memory ███░░ 3.1 of 7.7 GiB  45 °C`."""
    cores = f" of {n_cores} core{'s' if n_cores != 1 else ''}" if n_cores else ""
    share = 100 * used / total if used is not None and total else None
    degrees = "" if celsius is None else f"  {celsius:.0f} °C"
    told = f"memory {memory(used, total)}"
    forms = (
        f"CPU  {bar(load, BAR)} {percent(load)}{cores}  {_barred(told, share, BAR)}{degrees}",
        f"CPU  {bar(load, SHORT_BAR)} {percent(load)}{cores}  {told}{degrees}",
        f"CPU  {bar(load, SHORT_BAR)} {percent(load)}  {told}",
    )
    return next((form for form in forms if len(form) <= width), forms[-1][:width])


def _barred(told: str, share: float | None, size: int) -> str:
    """What is said of memory, with a bar behind its first word."""
    return told.replace("memory ", f"memory {bar(share, size)} ", 1)


def gpu_line(
    at: int,
    load: int | None,
    used: int | None,
    total: int | None,
    celsius: int | None,
    holder: str,
    width: int,
) -> str:
    """`GPU0 ███░░░ 93%  61.0 of 140 GiB  62 °C  sweep`; the holder gives way last."""
    size = BAR if width >= WIDE else SHORT_BAR
    degrees = "" if celsius is None else f"  {celsius} °C"
    head = f"GPU{at} {bar(load, size)} {percent(load)}  {memory(used, total)}{degrees}  "
    return (head + clean(holder))[:width]


def holder_of(run: str, workers: Sequence[WorkerLike]) -> str:
    """Who holds a GPU: the run by its name, else the users and programs that compute on it."""
    if run:
        return run
    names = dict.fromkeys(
        f"{one.user or 'another user'} ({one.name})" if one.name else one.user or "a hidden process"
        for one in workers
    )
    return ", ".join(names) or "free"


def bar(share: float | None, size: int) -> str:
    """A share in percent as a bar."""
    full = 0 if share is None else round(min(max(share, 0.0), 100.0) / 100 * size)
    return "█" * full + "░" * (size - full)


def percent(share: float | None) -> str:
    """A share in four columns."""
    return "  ?%" if share is None else f"{share:3.0f}%"


def memory(used: int | None, total: int | None) -> str:
    """Memory that is used, of what there is."""
    if used is None or not total:
        return "memory unknown"
    return f"{_gib(used)} of {_gib(total)} GiB"


def _gib(n_bytes: int) -> str:
    gib = n_bytes / GIB
    return f"{gib:.0f}" if gib >= 99.5 else f"{gib:.1f}"
