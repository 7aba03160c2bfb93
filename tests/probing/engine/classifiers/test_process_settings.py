"""Fitting a user's class leaves the process as it was, so that what comes next rounds the same."""

from __future__ import annotations

import os
import signal
import sys
import types
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_info, threadpool_limits

from probing.engine.blocks import FoldFit
from probing.engine.classifiers import Looped, MultiStepOpt, SingleStepOpt
from probing.engine.classifiers.users.one_thread import OneThread
from tests.support.blocks import block


def state() -> dict[str, object]:
    return {
        "folder": str(Path.cwd()),
        "environment": dict(os.environ),
        "numpy errors": np.geterr(),
        "threads": torch.get_num_threads(),
        "type": torch.get_default_dtype(),
        "gradients": torch.is_grad_enabled(),
        "precision": torch.get_float32_matmul_precision(),
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "signals": [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)],
        "libraries": sorted((one["filepath"], one["num_threads"]) for one in threadpool_info()),
        "random": np.random.random(1).tolist(),
    }


def change_all() -> None:
    os.chdir("/")
    os.environ["OMP_NUM_THREADS"] = "7"
    os.environ.pop("PATH", None)
    np.seterr(all="raise")
    np.random.seed(7)
    torch.set_num_threads(3)
    torch.set_default_dtype(torch.float64)
    torch.set_grad_enabled(False)
    torch.set_float32_matmul_precision("medium")
    torch.use_deterministic_algorithms(True)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


class Changes(SingleStepOpt):
    def __init__(self, input_size):
        super().__init__()
        self.classifier = LogisticRegression()

    def fit(self, *sets, **options):
        change_all()
        return super().fit(*sets, **options)


class ChangesAndRaises(Changes):
    def fit(self, *sets, **options):
        change_all()
        raise ValueError("no")


class ChangesAsANetwork(MultiStepOpt):
    def __init__(self, input_size):
        super().__init__(max_epoch=1)
        self.linear = torch.nn.Linear(input_size, 1)

    def forward(self, X):
        return self.linear(X)

    def init_optimizer(self, classification):
        super().init_optimizer(classification)
        torch.set_num_threads(3)
        os.chdir("/")


@pytest.mark.parametrize("cls", [Changes, ChangesAndRaises, ChangesAsANetwork])
def test_fitting_leaves_the_process_as_it_was(cls: type, tmp_path: Path) -> None:
    before_folder, n_threads = str(Path.cwd()), torch.get_num_threads()
    os.chdir(tmp_path)
    torch.set_num_threads(2)
    try:
        np.random.seed(1)
        before = state()
        np.random.seed(1)
        list(Looped(cls).fit(block("binary", n_layers=1)))
        assert state() == before
    finally:
        os.chdir(before_folder)
        torch.set_num_threads(n_threads)


def test_one_thread_gives_back_what_torch_had() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with threadpool_limits(2), OneThread():
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


class LoadsALibrary(Changes):
    """Loads a library when it is fitted for the first time."""

    def fit(self, *sets, **options):
        sys.modules.setdefault("a_library", types.ModuleType("a_library"))
        FITS.append(1)
        return super(Changes, self).fit(*sets, **options)


FITS: list[int] = []


def test_a_fold_that_loads_a_library_is_fitted_again_in_one_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "a_library", types.ModuleType("a_library"))
    del sys.modules["a_library"]
    paths = iter([{"numpy"}, {"numpy", "a_library"}])
    monkeypatch.setattr(
        "probing.engine.classifiers.users.one_thread._paths", lambda _: next(paths, {"numpy"})
    )
    FITS.clear()
    given = block("binary", n_layers=1)
    fits = list(Looped(LoadsALibrary).fit(given))
    assert all(isinstance(one, FoldFit) for one in fits)
    assert len(FITS) == len(serial_folds_of(given)) + 1


def serial_folds_of(given):
    return [fold for labelling in given.labellings for fold in labelling.folds]
