"""What a run imports before it needs it: a second run on cached activations pays for no more."""

from __future__ import annotations

import subprocess
import sys


def test_the_engine_loads_without_the_libraries_that_few_runs_need() -> None:
    heavy = {"transformers", "sklearn", "scipy", "pyarrow", "polars", "pandas"}
    code = f"import sys, probing.engine.experiment; print(*({heavy} & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == ""
