"""Look up the facts about a model, and about every model on this machine."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from probing.catalog import config as reading
from probing.catalog import hub
from probing.catalog.block_sizes import BlockShape, block_shape
from probing.catalog.config_keys import LAST_WIDTH, first_int
from probing.catalog.files.adapters import check_peft
from probing.catalog.files.folder_kinds import refuse
from probing.catalog.files.foreign_files import check_regular
from probing.catalog.files.gguf import gguf_config, gguf_params
from probing.catalog.files.gguf_header import read_gguf
from probing.catalog.files.weights import Counts, count_params, has_weights
from probing.catalog.packages import PREFIX
from probing.catalog.places import base_place, local_places, locate, nearest_local
from probing.catalog.types import Location, ModelFacts
from probing.errors import ModelError
from probing.spec import ModelSpec

DEEPEST = 2000  # blocks; the deepest transformers published have a thousand
WIDEST = 2**20


def facts(spec: ModelSpec, base: Path) -> ModelFacts:
    """What is known of the model of `spec`: from files alone, the configuration fetched if need be.

    Raises `ModelError` for a model that is missing, is not a transformer or lacks weights.
    """
    place = locate(spec, base)
    under = base_place(place, base)
    if under is not None:
        check_peft(under.name, place.name)
        known = _facts_at(under)
        return replace(
            known,
            name=place.name,
            source=place.source,
            folder=place.folder,
            base_folder=known.folder,
        )
    return _facts_at(place)


def facts_of(config: dict[str, Any], name: str) -> ModelFacts:
    """What a configuration says of a model that is loaded; raises `ModelError` for no transformer.

    It lies nowhere: it has no folder.
    """
    place = Location(name, "folder", None)
    known = _made(place, Path(), reading.text_part(config), Counts.of(0))
    return replace(known, folder=None)


def _facts_at(place: Location) -> ModelFacts:
    if place.folder is not None:
        check_regular(place.folder, place.name)
    if place.folder is None:
        assert place.repo is not None
        hint = nearest_local(place.name)
        folder = hub.fetch_config(place.repo, place.revision, place.name, hint)
        config = reading.read_config(folder, place.name)
        return _made(place, folder, config, Counts.of(reading.estimated_params(config)))
    if place.gguf:
        header = read_gguf(place.folder / place.gguf, place.name)
        return _made(place, place.folder, gguf_config(header), Counts.of(*gguf_params(header)))
    if not has_weights(place.folder) or not (place.folder / "config.json").exists():
        raise refuse(place.folder, place.name)
    config = reading.read_config(place.folder, place.name)
    has_decoder = bool(config.get("is_encoder_decoder", False))
    return _made(place, place.folder, config, count_params(place.folder, place.name, has_decoder))


def _made(place: Location, folder: Path, config: dict[str, Any], counts: Counts) -> ModelFacts:
    n_layers, d_model = _sizes(config, place)
    return ModelFacts(
        name=place.name,
        source=place.source,
        folder=folder,
        gguf=place.gguf,
        model_type=reading.model_type(config),
        n_layers=n_layers,
        d_model=d_model,
        is_causal=reading.is_causal(config),
        n_params=counts.whole,
        n_head_params=counts.head,
        n_run_params=counts.run,
        max_length=reading.max_positions(config),
        dtype=reading.stored_dtype(config),
        has_final_norm=reading.has_final_norm(config),
        is_encoder_decoder=bool(config.get("is_encoder_decoder", False)),
        block=block_shape(config),
        last_width=first_int(config, LAST_WIDTH),
    )


def _sizes(config: dict[str, Any], place: Location) -> tuple[int, int]:
    n_layers, d_model = reading.n_layers(config), reading.d_model(config)
    file = place.gguf or "config.json"
    if not n_layers or not d_model:
        kind = reading.model_type(config) or "unknown"
        what = f"not a transformer: its {file} ({kind}) states no number of layers or width"
        raise ModelError(what, where=place.name, hint="use a Hugging Face transformer")
    if n_layers > DEEPEST or d_model > WIDEST:
        what = f"{file} claims {n_layers:,} layers of width {d_model:,}"
        hint = f"the most allowed is {DEEPEST:,} layers of width {WIDEST:,}; correct the file"
        raise ModelError(what, where=place.name, hint=hint)
    return n_layers, d_model


def local_models(folders: Sequence[Path] = ()) -> list[ModelFacts]:
    """Every model on this machine: the Hugging Face cache, `folders` and installed packages.

    A folder counts itself and its direct children. One that cannot be used says why in `error`.
    """
    return [
        _row(found) if isinstance(found, Location) else unusable(str(found[0]), found[1])
        for found in local_places(folders)
    ]


def _row(place: Location) -> ModelFacts:
    spec = ModelSpec(str((place.folder or Path()) / (place.gguf or "")))
    try:
        return replace(facts(spec, Path()), name=place.name, source=place.source)
    except ModelError as error:
        return unusable(place.name, error, place)
    except Exception as error:  # a file of a kind that was not foreseen costs its own row alone
        return unusable(place.name, ModelError(f"cannot be read ({type(error).__name__})"), place)


def unusable(name: str, error: ModelError, place: Location | None = None) -> ModelFacts:
    """The row of a model that cannot be used."""
    readable = os.fsencode(name).decode("utf-8", "replace")
    return ModelFacts(
        name=readable,
        source=place.source if place else "folder",
        folder=place.folder if place else None,
        model_type="",
        n_layers=0,
        d_model=0,
        n_params=0,
        max_length=None,
        dtype="",
        has_final_norm=None,
        is_encoder_decoder=False,
        block=BlockShape(0, 0, 0),
        error=str(ModelError(error.what, where=readable, hint=error.hint)),
    )


def label(spec: ModelSpec) -> str:
    """What the `model` column shows: a hub id or package as given, a folder by its own name."""
    path = Path(spec.model)
    if spec.model.startswith(PREFIX):
        return spec.model
    is_path = path.is_absolute() or spec.model.startswith((".", "~")) or len(path.parts) > 2
    try:
        return path.expanduser().resolve().name if is_path or path.is_dir() else spec.model
    except (OSError, RuntimeError):  # a name that no path can have
        return spec.model
