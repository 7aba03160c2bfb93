"""Runs that are interrupted before a commit, and then taken up again."""

from __future__ import annotations

from typing import Any

import pytest

from probing import spec as specs
from probing.engine.experiment import execute
from probing.engine.experiment.run_writer import Store
from probing.logs import RunFolder


def break_off_and_resume(run: RunFolder, at: int) -> None:
    """Interrupt a run before its commit number `at`, from 1, then execute it to its end."""
    spec, commit, n = specs.load(run.spec), Store.commit, [0]

    def interrupted(self: Store, *given: Any) -> None:
        n[0] += 1
        if n[0] == at:
            raise KeyboardInterrupt
        commit(self, *given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "commit", interrupted)
        with pytest.raises(KeyboardInterrupt):
            execute(run, spec, run.path)
    assert execute(run, spec, run.path) == 0
