"""Reads the config file; what is wrong in it is one line each, and the rest stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from tui.config.places import config_path
from tui.config.values import Config


class Read(NamedTuple):
    """What is set, where, and what is wrong there."""

    config: Config
    path: Path
    problems: tuple[str, ...]


def read_config() -> Read:
    """The user's config; without a file, that of nobody."""
    path = config_path()
    try:
        changed = path.stat().st_mtime_ns
    except OSError:
        changed = 0
    return _read(path, changed)


@lru_cache(maxsize=1)
def _read(path: Path, changed: int) -> Read:
    try:
        text = path.read_bytes().decode()
    except FileNotFoundError:
        return Read(Config(), path, ())
    except (OSError, UnicodeDecodeError) as error:
        return Read(Config(), path, (f"{path}: cannot be read: {_why(error)}; it is ignored",))
    import tomllib  # 0.01 s, which nobody pays who has no such file

    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return Read(Config(), path, (f"{path}: not TOML: {error}; it is ignored",))
    config, problems = checked(given)
    return Read(config, path, tuple(f"{path}: {one}" for one in problems))


def model_folders() -> list[Path]:
    """The folders of models that the user set."""
    return [Path(one).expanduser() for one in read_config().config.models]


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or "not UTF-8"


def checked(given: Mapping[str, Any]) -> tuple[Config, list[str]]:
    """The keys that are right, and a line for each that is not."""
    config, problems = Config(), list[str]()
    known = [one.name for one in fields(Config)]
    for key, value in given.items():
        if key not in known:
            problems.append(f"unknown key {key!r}{_like(key, known)}; it is ignored")
            continue
        try:
            config = replace(config, **{key: _READERS[key](value)})
        except ValueError as error:
            problems.append(f"{key} = {value!r}: {error}; it is ignored")
    return config, problems


def _like(word: str, known: list[str]) -> str:
    from probing.errors import nearest

    hint = nearest(word, known)
    return f" ({hint})" if hint else ""


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a text in quotes")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
        raise ValueError("must be a list of folders in quotes")
    return tuple(values)


def _yes_or_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _metric(value: Any) -> str:
    from probing.metric_names import METRICS

    name = _text(value)
    if name not in METRICS:
        raise ValueError(f"unknown metric{_like(name, list(METRICS))}")
    return name


def _keys(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ValueError('must be a table, such as [keys] with "app.help" = "f1"')
    return dict(_flat(value, ""))


def _flat(table: Mapping[str, Any], before: str) -> Iterator[tuple[str, str]]:
    """`app.help = "f1"` and `"app.help" = "f1"` are the same."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", _text(value)


_READERS: Mapping[str, Any] = {
    "logs": _text,
    "models": _texts,
    "metric": _metric,
    "theme": _text,
    "ascii": _yes_or_no,
    "keys": _keys,
}
