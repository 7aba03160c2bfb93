"""The command that makes an intervention again."""

from __future__ import annotations

import dataclasses
import shlex
from pathlib import Path
from typing import Any

from probing.interventions.requests import Request
from probing.reports.kept_interventions import Kept

_FILES = {"prompts": "--prompts", "twins": "--pairs"}
_OPTIONS = {
    "scales": "--scales",
    "choices": "--choices",
    "max_new": "--max-new",
    "n_random": "--random",
    "n_shuffled": "--shuffled",
    "class_name": "--class",
    "data": "--data",
    "n_folds": "--n-folds",
    "n_shown": "--top",
    "methods": "--methods",
    "limit": "--limit",
    "seed": "--seed",
    "dtype": "--dtype",
}
_SWITCHES = {
    "along": "--along",
    "skips": "--skip-unaligned",
    "input_embeddings": "--input-embeddings",
}


def command_of(kept: Kept) -> str:
    """The command of a request; files of prompts and pairs, which it does not name, by a word."""
    request = kept.request
    path = Path(request.probe)
    words = ["probe-tui", request.kind, f"{path.parent.parent.name}/{path.stem}"]
    words += [part for key, option in _FILES.items() if hasattr(request, key)
              for part in (option, f"{key}.jsonl")]  # fmt: skip
    words += _layers(request)
    for field in dataclasses.fields(request):
        value = getattr(request, field.name)
        if field.name in _SWITCHES and value:
            words.append(_SWITCHES[field.name])
        elif field.name in _OPTIONS and value != field.default:
            words.append(f"{_OPTIONS[field.name]}={_told(value)}")
    return " ".join(map(shlex.quote, words))


def _layers(request: Request) -> list[str]:
    places = getattr(request, "places", None)
    if places is not None:
        is_all = len(places) == 1 and len(places[0]) > 1
        return ["--layers=all"] if is_all else [f"--layers={_told([one for one, *_ in places])}"]
    layers = getattr(request, "layers", ())
    return [f"--layers={_told(layers)}"] if layers else []


def _told(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ",".join(map(_told, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
