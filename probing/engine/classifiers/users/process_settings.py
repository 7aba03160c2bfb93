"""Restore process-wide settings that a user's code may have changed."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np


class Setting(NamedTuple):
    """How a setting of the process is read, and how it is set."""

    read: Callable[[], Any]
    put: Callable[[Any], Any]


@contextmanager
def settings_kept() -> Iterator[None]:
    """Whatever is set inside, afterwards the process computes, and ends, as it did before."""
    kept = [(one, one.read()) for one in _settings()]
    try:
        yield
    finally:
        for one, before in kept:
            if one.read() != before:
                one.put(before)


def _settings() -> Iterator[Setting]:
    yield Setting(_folder, _to_folder)
    yield Setting(lambda: dict(os.environ), _to_environment)
    yield Setting(np.geterr, lambda before: np.seterr(**before))
    for number in (signal.SIGINT, signal.SIGTERM):
        yield _handler(number)
    torch: Any = sys.modules.get("torch")
    if torch is not None:
        yield from _of_torch(torch)


def _of_torch(torch: Any) -> Iterator[Setting]:
    """Threads, types, gradients and the choice of kernels."""
    yield Setting(torch.get_num_threads, torch.set_num_threads)
    yield Setting(torch.get_default_dtype, torch.set_default_dtype)
    yield Setting(torch.is_grad_enabled, torch.set_grad_enabled)
    yield Setting(torch.get_float32_matmul_precision, torch.set_float32_matmul_precision)
    yield Setting(torch.get_deterministic_debug_mode, torch.set_deterministic_debug_mode)
    for name in ("enabled", "benchmark", "deterministic"):
        yield _attribute(torch.backends.cudnn, name)


def _attribute(owner: Any, name: str) -> Setting:
    return Setting(lambda: getattr(owner, name), lambda before: setattr(owner, name, before))


def _handler(number: signal.Signals) -> Setting:
    def put(before: Any) -> None:
        with suppress(ValueError, TypeError):  # not the main thread's, or not Python's
            signal.signal(number, before)

    return Setting(lambda: signal.getsignal(number), put)


def _folder() -> str:
    try:
        return str(Path.cwd())
    except OSError:
        return ""


def _to_folder(before: str) -> None:
    with suppress(OSError):  # a folder that was removed meanwhile
        os.chdir(before)


def _to_environment(before: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(before)
