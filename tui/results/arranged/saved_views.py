"""Views saved by name, in the platform's config folder: filter, metric, order, columns, pivot."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from probing.errors import SpecError
from tui.config.places import config_path
from tui.results.arranged.arrangement import Arrangement
from tui.results.pivot import VALUES, PivotWish
from tui.results.view import Wish
from tui.texts.tables.table_files import write_text

LARGEST = 1_000_000


@dataclass(frozen=True)
class View:
    """What a view holds."""

    wish: Wish
    arrangement: Arrangement = field(default_factory=Arrangement)
    pivot: PivotWish | None = None


def views_path() -> Path:
    """The file that holds all views."""
    return config_path().parent / "views.json"


def read_views(path: Path) -> dict[str, View]:
    """The views by name; raises `SpecError` for a file that is damaged."""
    try:
        if path.stat().st_size > LARGEST:
            raise SpecError("is too large for a file of views", where=str(path), hint="remove it")
        given = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SpecError(f"cannot be read ({error.strerror})", where=str(path)) from None
    except (ValueError, RecursionError):
        hint = "mend or remove it"
        raise SpecError("is no file of views", where=str(path), hint=hint) from None
    if not isinstance(given, dict):
        raise SpecError("is no file of views", where=str(path), hint="mend or remove it")
    return {name: _view(one) for name, one in given.items() if isinstance(one, dict)}


def write_views(path: Path, views: Mapping[str, View]) -> None:
    """Write all views, whole or not at all; raises `SpecError` where that cannot be."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SpecError(f"cannot be made ({error.strerror})", where=str(path.parent)) from None
    told = {name: asdict(view) for name, view in sorted(views.items())}
    write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", path)


def changed(
    path: Path, more: Mapping[str, View] | None = None, *, drop: str = ""
) -> dict[str, View]:
    """The views without `drop` and with `more`, written; the file is read anew before."""
    views = {name: view for name, view in read_views(path).items() if name != drop}
    views |= more or {}
    write_views(path, views)
    return views


def _view(given: Mapping[str, Any]) -> View:
    """A view; what is of another kind than it should be is left as if it were not there."""
    wish = _part(given, "wish")
    known = {one.name: getattr(Wish(), one.name) for one in fields(Wish)}
    same = {name: wish[name] for name, now in known.items() if type(wish.get(name)) is type(now)}
    pivot = pivot_of(_part(given, "pivot"))
    return View(Wish(**same), Arrangement.of(_part(given, "arrangement")), pivot)


def pivot_of(given: Mapping[str, Any]) -> PivotWish | None:
    """A pivot as `asdict` gives it; None where it is none."""
    rows, column = tuple(map(str, _list(given, "rows"))), given.get("column")
    if not rows or not isinstance(column, str) or given.get("value") not in VALUES:
        return None
    return PivotWish(rows, column, given["value"])


def _part(given: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = given.get(name)
    return found if isinstance(found, dict) else {}


def _list(given: Mapping[str, Any], name: str) -> list[Any]:
    found = given.get(name)
    return found if isinstance(found, list) else []
