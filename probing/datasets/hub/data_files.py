"""Which files of a repository are which split of which configuration."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from probing.datasets.formats.split_names import make_a_split, part_of
from probing.datasets.hub.listings import Listing
from probing.errors import MOST_LISTED, DatasetError, nearest

DEFAULT = "default"
_CONVERTED = re.compile(r"(?P<config>.+)/(?:partial-)?(?P<split>[^/]+)/\d{4,}\.parquet")
_SHARD = re.compile(r"(?P<name>.+?)-(?P<at>\d{5})-of-(?P<of>\d{5})")
_WORD = re.compile(r"[a-z]+")

Splits = dict[str, list[str]]


def chosen_files(listing: Listing, config: str | None, splits: Sequence[str]) -> tuple[str, Splits]:
    """The configuration, and the files of each split that is asked for, or of all its parts.

    Raises `DatasetError` that lists those there are for one that is not, or where the entry must
    name one of several configurations.
    """
    every = configurations(listing)
    name = _config(listing, every, config)
    found = every[name]
    where = f"hub:{listing.repo}"
    for split in splits:
        if split not in found:
            hint = f"{nearest(split, found)}; splits: {_listed(found)}"
            raise DatasetError(f"has no split {split!r}", where=where, hint=f"split: {hint}")
    parts = [split for split in found if part_of(split)] if make_a_split(found) else list(found)
    return name, {split: found[split] for split in splits or parts}


def configurations(listing: Listing) -> dict[str, Splits]:
    """The Parquet files of each configuration and split: as the card says, else by their names."""
    said = {name: files for name, files in _of_card(listing) if files}
    if said:
        return said
    found: dict[str, Splits] = {}
    matches = {name: _CONVERTED.fullmatch(name) for name in listing.files}
    for name, match in matches.items():
        is_converted = match is not None and all(matches.values())
        config, split = (
            (match["config"], match["split"]) if is_converted and match else _named(name)
        )
        found.setdefault(config, {}).setdefault(split, []).append(name)
    return {config: _ordered(splits) for config, splits in found.items()}


def is_whole(files: Sequence[str]) -> bool:
    """Whether no shard of a split is lacking, as far as their names tell."""
    shards = [match for name in files if (match := _SHARD.search(name)) is not None]
    return all(int(one["of"]) == len(shards) for one in shards)


def _config(listing: Listing, every: Mapping[str, Splits], said: str | None) -> str:
    where, listed = f"hub:{listing.repo}", _listed(every)
    if said is not None:
        if said not in every:
            hint = f"{nearest(said, every)}; configurations: {listed}"
            raise DatasetError(f"has no config {said!r}", where=where, hint=f"config: {hint}")
        return said
    configs = listing.card.get("configs")
    flagged = [
        str(one.get("config_name"))
        for one in (configs if isinstance(configs, list) else ())
        if isinstance(one, dict) and one.get("default")
    ]
    usual = [name for name in (*flagged, DEFAULT) if name in every]
    if usual or len(every) == 1:
        return usual[0] if usual else next(iter(every))
    hint = f'name one with config = "{next(iter(every))}"'
    raise DatasetError(f"has {len(every)} configurations: {listed}", where=where, hint=hint)


def _listed(names: Iterable[str]) -> str:
    """The names, or the first of many, so that an error stays one readable line."""
    shown = list(names)
    more = len(shown) - MOST_LISTED
    return ", ".join(shown[:MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


def _of_card(listing: Listing) -> Iterator[tuple[str, Splits]]:
    configs = listing.card.get("configs")
    for one in configs if isinstance(configs, list) else ():
        if isinstance(one, dict) and "data_files" in one:
            name = str(one.get("config_name", DEFAULT))
            yield name, _said(listing, one["data_files"], str(one.get("data_dir") or ""))


def _said(listing: Listing, data_files: Any, folder: str) -> Splits:
    """The files of each split that a card's patterns match."""
    entries = data_files if isinstance(data_files, list) else [data_files]
    found: Splits = {}
    for entry in entries:
        is_named = isinstance(entry, dict)
        split = str(entry.get("split", "train")) if is_named else "train"
        paths = entry.get("path", []) if is_named else entry
        for pattern in paths if isinstance(paths, list) else [paths]:
            whole = f"{folder}/{pattern}" if folder else str(pattern)
            wanted = re.compile(_expression(whole))
            found.setdefault(split, []).extend(filter(wanted.fullmatch, listing.files))
    return {split: sorted(set(files)) for split, files in found.items() if files}


def _expression(pattern: str) -> str:
    """A pattern of paths as a regular expression: `*` stays in a folder, `**` does not."""
    parts = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    pieces = re.split(r"(\*\*/|\*\*|\*|\?|\[[^\]]+\])", pattern.removeprefix("./"))
    return "".join(
        parts.get(
            piece, piece if piece.startswith("[") and piece.endswith("]") else re.escape(piece)
        )
        for piece in pieces
    )


def _named(path: str) -> tuple[str, str]:
    """The configuration, which is a folder, and the split in the name of a file."""
    *folders, name = path.removesuffix(".parquet").split("/")
    shard = _SHARD.fullmatch(name)
    stem = shard["name"] if shard else name
    own = [part for part in (*folders, stem) if part_of(part)]
    words = [word for word in _WORD.findall(stem.lower()) if part_of(word)]
    split = own[-1] if own else words[0] if words else stem if shard else "train"
    config = next((part for part in folders if part != "data" and not part_of(part)), DEFAULT)
    return config, split


def _ordered(splits: Splits) -> Splits:
    order = ["train", "val", "test"]
    rank = {
        split: order.index(part) if (part := part_of(split)) else len(order) for split in splits
    }
    return {split: splits[split] for split in sorted(splits, key=lambda one: (rank[one], one))}
