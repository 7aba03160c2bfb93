"""Whether Ray is installed, and answers at an address: found without loading it."""

from __future__ import annotations

import os
import re
import socket
from importlib.util import find_spec
from pathlib import Path
from tempfile import gettempdir

from probing.errors import SpecError
from probing.hardware import n_workers_for
from probing.spec import Spec
from probing.spec.engines import HERE, LOCAL, RAY, SLURM
from probing.spec.slurm_options import slurm_options

PATIENCE_S = 5.0
_ALONE = "local"  # Ray's own word for: on this machine, whatever else runs
# what a client of HTTP/2 says first (RFC 9113, section 3.4), with settings that change nothing
_GREETING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
_SETTINGS = 4  # the kind of frame that a server says first


def check_reach(spec: Spec) -> None:
    """Raises `SpecError` where workers are asked for, and Ray is not there or does not answer."""
    if not needs_ray(spec):
        return
    check_installed()
    address = address_of(spec.engine.where) if spec.engine.kind == RAY else None
    if address is not None:
        check_answer(address)


def check_installed() -> None:
    """Raises `SpecError` where Ray is not there."""
    if find_spec("ray") is None:
        what = "Ray is not installed, which has several workers do the work of a run"
        hint = 'pip install "probe-tui[cluster]", or leave out workers and engine'
        raise SpecError(what, where="engine", hint=hint)


def needs_ray(spec: Spec) -> bool:
    """Whether Ray deals the work of a run: to a cluster, or to several workers of this machine.

    A cluster may be the nodes of a job of Slurm.
    """
    if spec.engine.kind == LOCAL:
        return n_workers_here(spec) > 1
    return spec.engine.kind == RAY or is_in_job(spec)


def is_in_job(spec: Spec) -> bool:
    """Whether Ray joins the nodes of a job of Slurm."""
    return spec.engine.kind == SLURM and slurm_options(spec.engine.where).by_ray


def n_workers_here(spec: Spec) -> int:
    """How many workers a run has on this machine, as far as its spec and the machine say."""
    if spec.takes_every_gpu and spec.device != "cpu":
        return 1
    return n_workers_for(spec.device, spec.workers, spec.max_parallel)


def address_of(where: str) -> str | None:
    """`HOST:PORT` of the cluster that `engine = { ray = … }` means; None for Ray of this run alone.

    `auto` is the cluster that this process or this machine belongs to, if there is one.
    """
    if where == _ALONE:
        return None
    if where != HERE:
        return where
    return os.environ.get("RAY_ADDRESS") or _address_here()


def _address_here() -> str | None:
    """The cluster a node of which runs on this machine, as Ray notes in its temporary folder.

    The note of a cluster that has ended may be left.
    """
    try:
        noted = Path(gettempdir(), "ray", "ray_current_cluster").read_text().strip()
        check_answer(noted)
    except (OSError, UnicodeDecodeError, SpecError):
        return None
    return noted


def check_answer(address: str) -> None:
    """Raises `SpecError` where no node of Ray answers at `address` within five seconds."""
    found = re.fullmatch(r"\[?([^\s/]+?)\]?:(\d{1,5})", address)
    if found is None or not 0 < int(found[2]) < 2**16:
        what = f"{address!r} is no address of a cluster of Ray"
        hint = 'use HOST:PORT of its head node, such as "10.0.0.1:6379", or "auto"'
        raise SpecError(what, where="engine", hint=hint)
    try:
        said = _said(found[1], int(found[2]))
    except OSError as error:
        hint = "is the head node up (ray start --head), and the port its own (6379)?"
        why = error.strerror or str(error) or "no answer"
        what = f"Ray does not answer at {address}: {why.lower()}"
        raise SpecError(what, where="engine", hint=hint) from None
    is_secret = os.environ.get("RAY_USE_TLS", "0") != "0"
    if not is_secret and said[3:4] != bytes([_SETTINGS]):
        hint = "name the port of its head node, which `ray start --head` prints (6379)"
        raise SpecError(f"what answers at {address} is not Ray", where="engine", hint=hint)


def _said(host: str, port: int) -> bytes:
    """What the server at a port says first."""
    with socket.create_connection((host, port), PATIENCE_S) as line:
        line.settimeout(PATIENCE_S)
        line.sendall(_GREETING)
        try:
            return line.recv(9)
        except TimeoutError:
            return b""
