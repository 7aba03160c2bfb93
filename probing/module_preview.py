"""Show which modules a model is read at: `python -P -m probing.module_preview < REQUEST`.

The request and the answer are JSON objects. `{"model"}`, an entry of a spec, gives `{"sites":
{site: [module of each layer, …]}, "missing": {site: why}, "n_params", "seconds"}` and exit code 0;
or `{"error"}` and its exit code. It is a separate process because models load torch.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import nn

from probing import computing
from probing.engine.models import LMModel
from probing.errors import ProbingError, SpecError
from probing.spec import SITES, ModelSpec, read_entry


def preview(request: Mapping[str, Any], base: Path) -> dict[str, Any]:
    """Load the model, and find the blocks and what in them writes each site.

    Raises `ProbingError` for a model that cannot be loaded.
    """
    begun = time.monotonic()
    spec = read_entry(request["model"], ModelSpec, "model", "model")
    model = LMModel.from_spec(spec, base=base)
    names: dict[nn.Module, str] = {module: name for name, module in model.body.named_modules()}
    sites, missing = {}, {}
    for site in SITES:
        try:
            modules = model.hidden.blocks if site == "resid" else model.writers(site)
        except SpecError as error:
            missing[site] = str(error)
            continue
        sites[site] = [names[module] for module in modules]
    if not model.hidden.blocks:
        missing["resid"] = model.hidden.note
    return {
        "sites": {site: found for site, found in sites.items() if found},
        "missing": missing,
        "n_params": model.n_params,
        "seconds": time.monotonic() - begun,
    }


def main(request: str) -> int:
    """Answer on the standard output; returns the exit code."""
    try:
        told, code = preview(json.loads(request), Path.cwd()), 0
    except ProbingError as error:
        told, code = {"error": str(error)}, error.exit_code
    print(json.dumps(told), flush=True)
    return code


if __name__ == "__main__":
    computing.end_quickly()
    sys.exit(main(sys.stdin.read()))
