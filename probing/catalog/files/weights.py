"""Find, check and count the weights in a folder from the headers of their files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from probing.catalog.files.foreign_files import MIB, is_regular, read_json
from probing.catalog.files.read_part import is_read
from probing.catalog.files.safetensors_header import tensor_sizes
from probing.errors import ModelError

_HEADS = frozenset({"lm_head.weight", "embed_out.weight"})
_INDEX = "model.safetensors.index.json"
_MOST_SHARDS = 10_000
_LONGEST = 255  # characters of a file name


def has_weights(folder: Path) -> bool:
    """Whether `folder` holds safetensors weights, or the index of some."""
    return any(folder.glob("*.safetensors")) or (folder / _INDEX).is_file()


@dataclass(frozen=True)
class Counts:
    """The parameters of a checkpoint: all, those of a language head, those that a run uses."""

    whole: int
    head: int
    run: int

    @classmethod
    def of(cls, whole: int, head: int = 0) -> Counts:
        """The counts where all but a language head is run."""
        return cls(whole, head, whole - head)


def count_params(folder: Path, name: str, is_encoder_decoder: bool) -> Counts:
    """The parameters in the safetensors files of `folder`.

    Raises `ModelError` where a file is missing, truncated or not what it should be.
    """
    files = weight_files(folder, name)
    sizes = [item for path in files for item in tensor_sizes(path, name).items()]
    return Counts(
        sum(size for _, size in sizes),
        sum(size for key, size in sizes if key in _HEADS),
        sum(size for key, size in sizes if is_read(key, is_encoder_decoder)),
    )


def weight_files(folder: Path, name: str) -> list[Path]:
    """The safetensors files that hold the checkpoint: the single one, else those of its index.

    Any other files hold the same weights again, or something else. Raises `ModelError` for
    shards that are missing.
    """
    single = folder / "model.safetensors"
    if single.exists() or single.is_symlink():
        return [single]
    if not (folder / _INDEX).exists():
        found = sorted(path.name for path in folder.glob("*.safetensors"))
        what = f"has {found[0]}, but no model.safetensors"
        raise ModelError(what, where=name, hint="save the model with save_pretrained")
    names = _shards(folder / _INDEX, name)
    missing = [file for file in names if not is_regular(folder / file)]
    if missing:
        what = f"{len(missing)} of {len(names)} weight files are missing, such as {missing[0]!r}"
        raise ModelError(what, where=name, hint="download the whole checkpoint")
    return [folder / file for file in names]


def _is_file_name(file: object) -> bool:
    return isinstance(file, str) and len(file) <= _LONGEST and Path(file).name == file


def _shards(index: Path, name: str) -> list[str]:
    content = read_json(index, name, 64 * MIB)
    weight_map = content.get("weight_map") if isinstance(content, dict) else None
    files = weight_map.values() if isinstance(weight_map, dict) else ()
    # a shard lies beside its index: a path that leads elsewhere is not followed
    if not files or not all(map(_is_file_name, files)):
        what = f"{_INDEX} does not list files by weight"
        raise ModelError(what, where=name, hint="download the whole checkpoint")
    names = sorted(set(files))
    if len(names) > _MOST_SHARDS:
        raise ModelError(f"{_INDEX} lists {len(names):,} files", where=name, hint="replace it")
    return names
