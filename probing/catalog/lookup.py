"""From the name that a spec gives a model to the facts about it."""

from __future__ import annotations

import re
from pathlib import Path

from probing.catalog import config as reading
from probing.catalog import hub
from probing.catalog.block_sizes import block_shape
from probing.catalog.packages import PREFIX, carriers, package_folder
from probing.catalog.types import Location, ModelFacts
from probing.catalog.weights import check_weights, count_params, has_weights
from probing.errors import ModelError, nearest
from probing.spec import ModelSpec

_HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?(@[\w./-]+)?")


def locate(spec: ModelSpec, base: Path) -> Location:
    """Where the model of `spec` lives; folders are looked up from `base`, nothing is fetched.

    Raises `ModelError` for a folder or package that is missing, or a name of no known kind.
    """
    name = spec.model
    if name.startswith(PREFIX):
        return Location(name, "package", package_folder(name))
    folder = base / Path(name).expanduser()
    if folder.is_dir():
        return Location(name, "folder", folder.resolve())
    if name.startswith((".", "/", "~")) or not _HUB_ID.fullmatch(name):
        hint = "give a hub id, a folder that save_pretrained wrote, or package:NAME"
        raise ModelError(f"no such model folder: {folder}", where=name, hint=hint)
    repo, _, revision = name.partition("@")
    cached = hub.snapshot(repo, revision or None)
    if cached is not None and not has_weights(cached):
        cached = None  # only its configuration has been fetched so far
    return Location(name, "hub cache" if cached else "hub", cached, repo, revision or None)


def facts(spec: ModelSpec, base: Path) -> ModelFacts:
    """What is known of the model of `spec`: from files alone, the configuration fetched if need be.

    Raises `ModelError` for a model that is missing, is not a transformer or has no weights.
    """
    place = locate(spec, base)
    if place.folder is not None and place.source != "hub cache":
        check_weights(place.folder, place.name)
    if place.folder is None:
        assert place.repo is not None
        folder = hub.fetch_config(place.repo, place.revision, place.name, _nearest_local(place))
        return _facts(place, folder)
    return _facts(place, place.folder)


def _facts(place: Location, folder: Path) -> ModelFacts:
    config = reading.read_config(folder, place.name)
    n_layers, d_model = reading.n_layers(config), reading.d_model(config)
    if not n_layers or not d_model:
        kind = config.get("model_type", "unknown")
        what = f"not a transformer: its config.json ({kind}) tells no number of layers or width"
        raise ModelError(what, where=place.name, hint="give a Hugging Face transformer")
    n_params, n_head_params = reading.estimated_params(config), 0
    if has_weights(folder):
        n_params, n_head_params = count_params(folder, place.name)
    return ModelFacts(
        name=place.name,
        source=place.source,
        folder=folder,
        model_type=str(config.get("model_type", "")),
        n_layers=n_layers,
        d_model=d_model,
        n_params=n_params,
        n_head_params=n_head_params,
        max_length=reading.max_positions(config),
        dtype=reading.stored_dtype(config),
        has_final_norm=reading.has_final_norm(config),
        is_encoder_decoder=bool(config.get("is_encoder_decoder", False)),
        block=block_shape(config),
    )


def local_models(folders: tuple[Path, ...] | list[Path] = ()) -> list[ModelFacts]:
    """Every model on this machine: the Hugging Face cache, `folders` and installed packages.

    A folder counts itself and its direct children; what is not a usable model is left out.
    """
    places = [Location(repo, "hub cache", folder, repo) for repo, folder in hub.cached()]
    for root in folders:
        for config in sorted([*root.glob("config.json"), *root.glob("*/config.json")]):
            places.append(Location(str(config.parent), "folder", config.parent.resolve()))
    places += [Location(name, "package", folder) for name, folder in carriers()]
    return [known for place in places if (known := _usable(place)) is not None]


def _usable(place: Location) -> ModelFacts | None:
    try:
        assert place.folder is not None
        check_weights(place.folder, place.name)
        return _facts(place, place.folder)
    except ModelError:
        return None


def _nearest_local(place: Location) -> str:
    known = [repo for repo, _ in hub.cached()] + [name for name, _ in carriers()]
    return nearest(place.name, known) if known else "check the name, or give a local folder"


def label(spec: ModelSpec) -> str:
    """What the `model` column shows: a hub id or package as given, a folder by its own name."""
    path = Path(spec.model)
    if spec.model.startswith(PREFIX):
        return spec.model
    is_path = path.is_absolute() or spec.model.startswith((".", "~")) or len(path.parts) > 2
    return path.expanduser().resolve().name if is_path or path.is_dir() else spec.model
