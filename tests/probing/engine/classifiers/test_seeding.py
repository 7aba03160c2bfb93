"""Random numbers of fits in threads: those of each are as if it were alone."""

from __future__ import annotations

import random
import threading

import numpy as np
import torch

from probing.engine.classifiers.users.seeding import seeded


def drawn() -> tuple[float, float, float]:
    return random.random(), float(np.random.random()), float(torch.rand(()))


def test_threads_take_turns() -> None:
    def alone(seed: int) -> list[tuple[float, float, float]]:
        with seeded(seed):
            return [drawn(), drawn()]

    expected, before = [alone(1), alone(2)], random.getstate()
    has_begun, is_beside = threading.Event(), threading.Event()
    found: list[list[tuple[float, float, float]]] = []

    def first() -> None:
        with seeded(1):
            one = drawn()
            has_begun.set()
            is_beside.wait(timeout=0.3)
            found.append([one, drawn()])

    def second() -> None:
        has_begun.wait(timeout=10)
        with seeded(2):
            one = drawn()
            is_beside.set()
            found.append([one, drawn()])

    threads = [threading.Thread(target=work) for work in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == expected and random.getstate() == before
