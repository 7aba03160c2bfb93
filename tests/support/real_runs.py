"""Whole runs on a tiny model: started as a process, waited for, and read."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from probing.logs import RunFolder, RunView, create_run
from tests.support.warm_processes import WarmProcess

SLOW_PLUGIN = """
import time
from sklearn.naive_bayes import GaussianNB
from probing import SingleStepOpt

class Slow(SingleStepOpt):
    def __init__(self, input_size):
        super().__init__()
        self.name = "Slow"
        self.discrete_targets = True
        self.classifier = GaussianNB()

    def fit(self, *args, **kwargs):
        time.sleep(0.05)
        return super().fit(*args, **kwargs)

class Broken(SingleStepOpt):
    def __init__(self, input_size):
        super().__init__()
        self.discrete_targets = True
        raise ValueError("no such luck")
"""


def new_run(base: Path, logs: Path, **changes: str) -> RunFolder:
    values = {
        "datasets": f'["{base}/cats.jsonl"]',
        "models": f'["{base}/tiny"]',
        "poolers": '[{pool="mean"}]',
        "classifiers": '["LDA"]',
        "n_folds": "4",
        "n_shuffles": "2",
        "device": '"cpu"',
        "audit": "false",
        **changes,
    }
    text = "\n".join(f"{key} = {value}" for key, value in values.items())
    return create_run(logs, "test", text)


def start(run: RunFolder) -> WarmProcess:
    """Its runner, with the libraries loaded."""
    return WarmProcess("probing.runner", [str(run.path)], run.log)


def start_anew(run: RunFolder) -> subprocess.Popen[bytes]:
    """Its runner as users have it: Python starts, imports, and draws the seed of its hashes."""
    command = [sys.executable, "-P", "-m", "probing.runner", str(run.path)]
    with run.log.open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)


def finish(run: RunFolder, begin: Callable[..., Any] = start) -> int:
    code = begin(run).wait(timeout=240)
    assert code in (0, 5, 130) or run.log.read_text(), run.log.read_text()
    return code


def viewed(run: RunFolder) -> RunView:
    view = RunView(run)
    view.update()
    return view


def scores(run: RunFolder) -> pl.DataFrame:
    keys = ["pooler", "layer", "classifier", "control", "permutation", "fold"]
    return pl.read_parquet(run.scores).drop("run", "fit_s").sort(keys)


def wait_for(condition, seconds: float = 90.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to it in time"
        time.sleep(0.02)


RIDGE = '[{name="Ridge",alpha=1.0}]'


def passes(run: RunFolder) -> list[tuple[bool, int, int]]:
    return [(one.cached, one.n_cached, one.n_computed) for one in viewed(run).state.passes]


def same(left: RunFolder, right: RunFolder) -> bool:
    predictions = [pl.read_parquet(run.predictions) for run in (left, right)]
    return scores(left).equals(scores(right)) and predictions[0].equals(predictions[1])
