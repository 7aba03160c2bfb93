"""How a run reaches Ray: its token, what a Ray of its own is given, and the GPUs that it sees."""

from __future__ import annotations

import os
import secrets
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from probing.engine.experiment.units.by_ray.crew import Crew
from probing.errors import RunError, in_one_line
from probing.ray_reach import check_installed

STORE_BYTES = 80 * 2**20  # of Ray's object store: units go through files, so it holds next to none
_AUTH_MODE, _TOKEN = "RAY_AUTH_MODE", "RAY_AUTH_TOKEN"
_VISIBLE = "CUDA_VISIBLE_DEVICES"
_OF_RAY = {  # for a Ray that this run starts
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_DEDUP_LOGS": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_worker_register_timeout_seconds": "600",  # nodes of many cores start many at once
}


def load_ray(address: str | None) -> Any:
    """The module `ray`, which reads some of the environment when it is loaded."""
    authenticate(address)
    check_installed()  # a run may hold more GPUs than were seen when it was asked for
    import ray
    import ray.exceptions
    import ray.util.scheduling_strategies

    return ray


def connect(ray: Any, crew: Crew, address: str | None, folder: Path | None) -> None:
    """Connect to the cluster at an address, or start Ray with its files in `folder`.

    Raises `RunError` where Ray does not answer or start.
    """
    options: dict[str, Any] = {"logging_level": "ERROR", "log_to_driver": False}
    for name, value in _OF_RAY.items():
        os.environ.setdefault(name, value)
    if address is None:
        gpus = crew.n_workers * crew.gpus_each
        options |= {"address": "local", "num_cpus": crew.n_workers, "num_gpus": gpus}
        options |= {"include_dashboard": False, "object_store_memory": STORE_BYTES}
        options["_temp_dir"] = str(folder)
    else:
        options["address"] = address
    try:
        with _own_signals(), shown(crew.held if address is None else ()):
            ray.init(**options)
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        verb, where = ("answer", f"at {address}") if address else ("start", "here")
        what = f"Ray does not {verb} {where}: {in_one_line(error)}"
        hint = "start it with `ray start --head`; is its token, if it has one, in "
        hint += "~/.ray/auth_token here too?"
        raise RunError(what, where="engine", hint=hint) from None


def authenticate(address: str | None) -> None:
    """Ray of this run alone gets its own token; a cluster is shown the user's, if there is one.

    Ray reads this when it is loaded; left alone, it would keep a token in the user's home.
    """
    if _AUTH_MODE in os.environ:
        return
    if address is None:
        os.environ.setdefault(_TOKEN, secrets.token_hex(32))
    has_token = _TOKEN in os.environ or f"{_TOKEN}_PATH" in os.environ
    if has_token or Path("~/.ray/auth_token").expanduser().exists():
        os.environ[_AUTH_MODE] = "token"


@contextmanager
def _own_signals() -> Iterator[None]:
    """Ray ends the process at SIGTERM, which cancels a run: what was there before is kept."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in kept.items():
            with suppress(ValueError):  # raised outside the main thread, where Ray sets none
                signal.signal(number, handler)


@contextmanager
def shown(held: Sequence[str]) -> Iterator[None]:
    """Ray, when it starts, sees the GPUs that the run holds, and gives its workers these alone."""
    before = os.environ.get(_VISIBLE)
    if held and held[0].startswith("cuda"):
        os.environ[_VISIBLE] = ",".join(_shown_gpus(held, before))
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(_VISIBLE, None)
        else:
            os.environ[_VISIBLE] = before


def _shown_gpus(held: Sequence[str], visible: str | None) -> list[str]:
    """The names that the driver of CUDA has for GPUs that this process sees as `cuda:1`."""
    places = [int(name.partition(":")[2] or 0) for name in held]
    own = visible.split(",") if visible else []
    return [own[at].strip() if own else str(at) for at in places]
