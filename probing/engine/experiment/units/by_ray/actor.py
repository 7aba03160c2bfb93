"""The actor that does units on a node of Ray, and the environment that it finds there."""

from __future__ import annotations

import os
from typing import Any

from probing.activations.environment import cache_folder

_OF_HUB = ("HF_HOME", "HF_HUB_CACHE", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")


def environment_of(n_threads: int) -> dict[str, str]:
    """What a worker finds in its environment, whatever that of its node is."""
    own = {
        name: value
        for name, value in os.environ.items()
        if name.startswith("PROBE_TUI_") or name in _OF_HUB
    }
    threads = {name: str(n_threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}
    cache = os.environ.get("PROBE_TUI_CACHE") or str(cache_folder().parent)
    return {**own, **threads, "OMP_WAIT_POLICY": "PASSIVE", "PROBE_TUI_CACHE": cache}


def actor_class() -> type[Any]:
    """The actor; made here, so that it goes to nodes by value and sets their environment first."""

    class UnitWorker:
        def __init__(
            self, path: str, device: str, n_threads: int, environment: dict[str, str]
        ) -> None:
            import os

            os.environ.update(environment)
            from probing.engine.experiment.units.worker import Worker

            self.worker = Worker(path, device, n_threads)

        def placed(self) -> None:
            """Answers once the worker is made."""

        def ready(self, order_file: str) -> str:
            """Its node, once the worker is made, and has loaded what the order needs."""
            import socket

            self.worker.prepare(order_file)
            return socket.gethostname()

        def do(self, order_file: str, at: int, token_budget: int | None, mark: str) -> None:
            self.worker.do(order_file, at, token_budget, mark)

    return UnitWorker
