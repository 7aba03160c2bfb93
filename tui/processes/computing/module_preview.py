"""Ask a process which modules a model is read at: it loads the model."""

from __future__ import annotations

from typing import Any

from probing.spec import ModelSpec, as_entry
from tui.processes.computing.asking import answer_of


def modules_of(model: ModelSpec) -> dict[str, Any]:
    """What `probing.module_preview` finds in a model.

    Raises `ModelError` for one that cannot be loaded.
    """
    request = {"model": as_entry(model, "model")}
    return answer_of("probing.module_preview", request, "the model")
