"""Nodes of Ray on this machine, and what can happen to them while a run goes on.

`python -m tests.support.nodes_of_ray 50` kills workers, nodes and runners that often, at random
moments of runs, and compares what comes out with a plain run.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import psutil

from probing.events import EngineStarted, RunDone, UnitDone, UnitFailed
from probing.logs import RunFolder, read_events
from tests.support.real_runs import SLOW_PLUGIN, new_run, start
from tests.support.texts import make_texts
from tests.support.tiny_models import save_model

KEYS = ["dataset", "pooler", "layer", "classifier", "control"]
MOST_S = 900.0  # of an attempt: longer is a hang


class Nodes:
    """A head node and another one, of a worker each."""

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster

        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        os.environ.setdefault("RAY_worker_register_timeout_seconds", "600")
        self.cluster = Cluster(initialize_head=True, head_node_args=self._takes())
        self.other = self.cluster.add_node(**self._takes())

    @staticmethod
    def _takes() -> dict[str, Any]:
        return {"num_cpus": 1, "object_store_memory": 80 * 2**20, "include_dashboard": False}

    @property
    def address(self) -> str:
        """Where the head node answers."""
        return str(self.cluster.address)

    def lose_one(self) -> None:
        """Kill the raylet of the other node; another node takes its place."""
        own = self.other.all_processes["raylet"][0].process
        os.kill(own.pid, signal.SIGKILL)
        self.cluster.remove_node(self.other, allow_graceful=False)
        self.other = self.cluster.add_node(wait=False, **self._takes())

    def lose_worker(self, chance: random.Random) -> bool:
        """Kill a worker; whether there was one."""
        found = workers()
        if found:
            os.kill(chance.choice(found), signal.SIGKILL)
        return bool(found)

    def close(self) -> None:
        """End them."""
        self.cluster.shutdown()


def workers() -> list[int]:
    """The processes of all workers that this process's nodes have."""
    own = psutil.Process().children(recursive=True)
    return [one.pid for one in own if "UnitWorker" in " ".join(_line(one))]


def _line(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def make_base(folder: Path, n_texts: int) -> Path:
    """A tiny model, so many texts, and a slow classifier."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = make_texts(n_texts)
    lines = [
        {"text": f"{text} {at % 7 * 'the '}", "label": "cat" in text}
        for at, text in enumerate(texts)
    ]
    (folder / "cats.jsonl").write_text("\n".join(map(json.dumps, lines)))
    (folder / "slow.py").write_text(SLOW_PLUGIN)
    save_model(folder / "tiny", "gpt2")
    return folder


def made(base: Path, name: str, **changes: str) -> RunFolder:
    """A run over the texts, with a cache of its own."""
    values = {
        "poolers": '[{pool="mean"},{pool="last"}]',
        "classifiers": f'["LDA","{base}/slow.py:Slow"]',
        "controls": '["majority","shuffled_labels"]',
        **changes,
    }
    os.environ["PROBE_TUI_CACHE"] = str(base / f"{name}-cache")
    return new_run(base, base / name, **values)


def numbers(folder: RunFolder) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The results and predictions of a run without times."""
    frame = pl.read_parquet(folder.results).sort(KEYS)
    frame = frame.drop("run", *[name for name in frame.columns if name.endswith("_s")])
    return frame, pl.read_parquet(folder.predictions).sort([*KEYS, "text"])


def same(left: RunFolder, right: RunFolder) -> bool:
    """Whether two runs have the same results."""
    return all(a.equals(b) for a, b in zip(numbers(left), numbers(right), strict=True))


def told(folder: RunFolder, kind: type) -> list[Any]:
    """The events of a kind, of all attempts."""
    return [one.event for one in read_events(folder.events)[0] if isinstance(one.event, kind)]


def doubled(folder: RunFolder) -> list[str]:
    """Cells that were committed twice, and units that were taken twice after they had been."""
    cells = Counter(
        cell
        for one in read_events(folder.events)[0]
        if hasattr(one.event, "cells")
        for cell in one.event.cells
        if one.event.kind == "block_done"
    )
    units = Counter(one.unit for one in told(folder, UnitDone))
    return [name for name, n in (*cells.items(), *units.items()) if n > 1]


def run_through(
    folder: RunFolder, happen: Callable[[Any], list[str]] = lambda runner: []
) -> tuple[list[str], list[int]]:
    """Run to the end, let things happen meanwhile; what they were, and the codes of attempts."""
    what, codes = list[str](), list[int]()
    for _ in range(20):
        runner = start(folder)
        what += happen(runner)
        codes.append(runner.wait(timeout=MOST_S))
        if told(folder, RunDone):
            break
    return what, codes


class Accidents:
    """Kills something every now and then while runs go on, up to so many times in a run."""

    def __init__(self, nodes: Nodes, chance: random.Random, pause_s: float, most: int) -> None:
        self.nodes, self.chance, self.pause_s, self.most = nodes, chance, pause_s, most

    def __call__(self, runner: Any) -> list[str]:
        """What happened until it ended."""
        found = list[str]()
        while len(found) < self.most:
            end = time.monotonic() + self.chance.uniform(0, self.pause_s)
            while time.monotonic() < end:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    runner.wait(timeout=0.2)
                    return found
            kind = self.chance.choice(["worker", "worker", "node", "runner"])
            if kind == "runner":
                runner.kill()
                return [*found, kind]
            if kind == "node":
                self.nodes.lose_one()
            elif not self.nodes.lose_worker(self.chance):
                continue
            found.append(kind)
        return found


def main(n: int, seed: int, most: int) -> int:
    """Print a line for each run, `most` accidents each; how many did not come out the same."""
    chance, n_wrong, n_accidents, at = random.Random(seed), 0, 0, 0
    base = make_base(Path(tempfile.mkdtemp(prefix="nodes-")), 1500)
    plain = made(base, "plain")
    assert run_through(plain)[1] == [0]
    nodes = Nodes()
    try:
        engine = f'{{ray="{nodes.address}"}}'
        while n_accidents < n:
            folder, began = made(base, f"run{at}", engine=engine), time.monotonic()
            accidents = Accidents(nodes, chance, 60.0, most if at else 0)
            what, codes = run_through(folder, accidents)
            is_same = codes[-1] == 0 and same(plain, folder) and not doubled(folder)
            n_wrong, n_accidents = n_wrong + (not is_same), n_accidents + len(what)
            _tell(f"{at}: {', '.join(what)}", folder, codes, is_same, time.monotonic() - began)
            at += 1
    finally:
        nodes.close()
    print(f"{n_accidents} accidents in {at} runs, {n_wrong} runs came out wrong")
    return n_wrong


def _tell(what: str, folder: RunFolder, codes: list[int], is_same: bool, took: float) -> None:
    tries = [(one.unit, one.reasons) for one in told(folder, UnitDone) if one.n_tries > 1]
    starts = [(one.n_workers, round(one.elapsed_s)) for one in told(folder, EngineStarted)]
    print(
        f"{what}: {'same' if is_same else 'WRONG'}, {len(codes)} attempts {codes}, {took:.0f} s, "
        f"engine {starts}, units {len(told(folder, UnitDone))}, tried again {tries}, "
        f"failed {told(folder, UnitFailed)}, twice {doubled(folder)}",
        flush=True,
    )
    if not is_same:
        print(folder.log.read_text()[-1500:], flush=True)


if __name__ == "__main__":
    given = [int(one) for one in sys.argv[1:]]
    sys.exit(main(*given, *[50, 0, 4][len(given) :]))
