"""Where a draft is to compute, as two fields of its settings: an engine, and its options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from probing.spec import Engine
from probing.spec.engines import HERE, LOCAL, RAY, SLURM
from tui.widgets.fields import Field

ENGINE, OPTIONS = "engine", "engine_options"
ENGINE_FIELDS = (
    Field(
        ENGINE,
        LOCAL,
        "where it computes: here (local), as a job of Slurm, or by workers of Ray",
        (LOCAL, SLURM, RAY),
    ),
    Field(
        OPTIONS,
        meaning="of Slurm: partition=gpu,gpus=1,time=4:00:00; of Ray: an address, or auto",
        is_text=True,
    ),
)


def shown_engine(field: str, settings: Mapping[str, Any]) -> str:
    """A field of the two as it is shown."""
    kind, options = _parts(settings[ENGINE])
    return kind if field == ENGINE else options


def engine_of(field: str, text: str, settings: Mapping[str, Any]) -> Any:
    """The setting once a field of the two is `text`; what is not valid stays, to be told."""
    kind, options = _parts(settings[ENGINE])
    if field == ENGINE:  # options of another engine mean nothing to this one
        kind, options = text, options if text == kind else ""
    else:
        options = text
    return {kind: options} if options else Engine(kind, HERE if kind == RAY else "")


def _parts(engine: Any) -> tuple[str, str]:
    if isinstance(engine, Engine):
        return engine.kind, engine.where
    if isinstance(engine, Mapping) and engine:
        kind, options = next(iter(engine.items()))
        return str(kind), str(options)
    return str(engine), ""
