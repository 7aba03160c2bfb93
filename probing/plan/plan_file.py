"""`plan.json`: the resolved plan, with the folds and batches that a resumed run uses again."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import re
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import Any

from probing.logs.folders.plain_files import opened
from probing.plan.cells import Cell
from probing.plan.stored_plan import records_of
from probing.plan.types import Plan, PlannedBlock, PlannedCells

FORMAT = 1
ADDED = ("seeds", "folds", "batches")  # by the run, a number for each row
_SUM = ',"checksum":"'
_END = re.compile(rf'{_SUM}([0-9a-f]{{64}})"}}'.encode())
_LENGTH = len(_SUM) + 64 + len('"}')
_PIECE = 2**22


def to_json(plan: Plan) -> dict[str, Any]:
    """The JSON object of `plan`: datasets, models, cells, blocks and cost.

    The runner adds `folds` (per dataset and labelling: validation and test rows of every fold,
    the rest is training) and `batches` (per model and dataset: rows of every batch).
    """
    passes = plan.passes
    named_datasets = {one.dataset.name: one.dataset for one in passes}
    named_models = {one.model.name: one.model for one in passes}
    return {
        "format": FORMAT,
        "datasets": [
            {
                "name": name,
                "path": one.facts.path,
                "task": one.facts.task,
                "n_rows": one.facts.n_rows,
                "n_classes": one.facts.n_classes,
                "classes": [name for name, _ in one.facts.class_counts],
                "sha256": one.facts.sha256,
            }
            for name, one in named_datasets.items()
        ],
        "models": [
            {
                "name": name,
                "model": one.spec.model,
                "n_layers": one.facts.n_layers,
                "d_model": one.facts.d_model,
                "n_params": one.facts.n_params,
            }
            for name, one in named_models.items()
        ],
        "cells": [_cell(cell) for cell in plan.cells],
        "blocks": [_block(block) for block in plan.blocks],
        "notes": list(plan.notes),
        "findings": {
            one.name: [dataclasses.asdict(each) for each in one.findings] for one in plan.datasets
        },
        "pass_findings": [
            [dataclasses.asdict(each) for each in one.findings] for one in plan.passes
        ],
        "cost": dataclasses.asdict(plan.cost),
        **_transfers(plan),
        "data": records_of(plan),
        **{key: {} for key in ADDED},
    }


def _transfers(plan: Plan) -> dict[str, Any]:
    """What is trained on by the name that it has in the results; nothing without transfers."""
    named = {one.trained_on: [each.name for each in one.sources] for one in plan.transfers}
    return {"transfers": named} if named else {}


def _cell(cell: Cell) -> dict[str, Any]:
    """A cell; `trained_on` is told where it differs from the dataset."""
    parts = {"id": cell.id, **dataclasses.asdict(cell)}
    if not cell.trained_on:
        del parts["trained_on"]
    return parts


def _block(block: PlannedCells) -> dict[str, Any]:
    """A block; its model is that of the pass, which may be untrained."""
    of_layers = block if isinstance(block, PlannedBlock) else None
    return {
        "at": block.at,
        "dataset": block.cells[0].dataset,
        "model": of_layers.model if of_layers else block.cells[0].model,
        "layers_at": list(of_layers.layers_at) if of_layers else [],
        "cells": [cell.id for cell in block.cells],
    }


def json_pieces(stored: Any) -> Iterator[str]:
    """The text of a stored plan, piece by piece; row numbers may be arrays."""
    if isinstance(stored, dict):
        for at, (key, value) in enumerate(stored.items()):
            yield f"{',' if at else '{'}{_dumped(key)}:"
            yield from json_pieces(value)
        yield "}" if stored else "{}"
    elif isinstance(stored, list) and stored and isinstance(stored[0], (dict, list)):
        for at, value in enumerate(stored):
            yield "," if at else "["
            yield from json_pieces(value)
        yield "]"
    else:
        yield _dumped(stored.tolist() if hasattr(stored, "tolist") else stored)


def _dumped(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    # of a path that is not UTF-8, as JSON writes it
    return text.encode("utf-8", "backslashreplace").decode()


def checked_pieces(stored: Any) -> Iterator[str]:
    """The text of a stored plan with a last key, the SHA-256 of all that is before it."""
    digest, waiting = hashlib.sha256(), ""
    for piece in json_pieces(stored):
        digest.update(waiting.encode())
        yield waiting
        waiting = piece
    yield f'{_SUM}{digest.hexdigest()}"}}'


def from_json(path: Path) -> dict[str, Any] | None:
    """The stored plan at `path`, with what in it is of its kind; None where there is none or it
    is damaged."""
    try:
        with opened(path) as file:
            if not _is_whole(file):
                return None
            file.seek(0)
            stored = json.loads(file.read().decode("utf-8", "surrogatepass"))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(stored, dict) or stored.get("format") != FORMAT:
        return None
    return {key: value for key, value in stored.items() if _fits(key, value)}


def stored_part(path: Path) -> dict[str, Any] | None:
    """What is stored of the plan itself, before all that the run has added, of which there may be
    millions of rows; None where it is not there, whole, and of this version."""
    try:
        with opened(path) as file:
            if not _is_whole(file):
                return None
            file.seek(0)
            text = file.read().decode("utf-8", "surrogatepass")
        stored = dict(_first_pairs(text))
    except (OSError, ValueError, RecursionError):
        return None
    return stored if stored.get("format") == FORMAT and "data" in stored else None


def _first_pairs(text: str) -> Iterator[tuple[str, Any]]:
    """The keys and values of the object that a text is, up to those that a run adds."""
    decoder, at = json.JSONDecoder(), 0
    while text[at] != "}":
        key, at = decoder.raw_decode(text, at + 1)
        if key in ADDED:
            return
        value, at = decoder.raw_decode(text, at + 1)
        yield key, value


def _is_whole(file: BufferedReader) -> bool:
    """Whether the checksum at the end is right; most files that are none are told by their end."""
    start = os.fstat(file.fileno()).st_size - _LENGTH
    if start < 0:
        return False
    found = _END.fullmatch(os.pread(file.fileno(), _LENGTH, start))
    digest = hashlib.sha256()
    while found and start and (piece := file.read(min(start, _PIECE))):
        digest.update(piece)
        start -= len(piece)
    return found is not None and found[1].decode() == digest.hexdigest()


def _fits(key: str, value: Any) -> bool:
    if key in ("datasets", "models", "cells", "blocks", "data"):
        return isinstance(value, list) and all(isinstance(one, dict) for one in value)
    if key in ("cost", "seeds", "folds", "batches", "transfers"):
        return isinstance(value, dict)
    return True
