"""Templates: what the model reads, made of one or several columns of a row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from probing.datasets.formats.table import Table
from probing.errors import DatasetError, nearest
from probing.spec import CHAT, DatasetSpec

TEXT = "text"
BETWEEN = "\n\n"  # the turns of a conversation, as they count as one text
_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]+)\}")


def of(spec: DatasetSpec, table: Table) -> str | None:
    """The template of an entry: of a chat its turns one after another, as they count as a text."""
    if spec.template != CHAT:
        return spec.template
    if table.turns is not None:
        return None
    return BETWEEN.join(part for _, part in chat_parts(spec))


def chat_parts(spec: DatasetSpec) -> list[tuple[str, str]]:
    """The roles of a chat with the template of what each says; the system's is no template."""
    system = (spec.system or "").replace("{", "{{").replace("}", "}}")
    parts = [("system", system), ("user", "{text}"), ("assistant", spec.assistant or "")]
    return [(role, part) for role, part in parts if part]


def fields_of(template: str) -> tuple[str, ...]:
    """The names in braces, each once; `{{` and `}}` stand for braces themselves."""
    return tuple(dict.fromkeys(name for name in _PIECE.findall(template) if name))


def columns_of(template: str, table: Table) -> tuple[str, ...]:
    """The columns that `template` names besides `{text}`.

    Raises `DatasetError` for a name that is no column.
    """
    names = tuple(name for name in fields_of(template) if name != TEXT)
    for name in names:
        if name not in table.columns:
            guess = nearest(name, [TEXT, *table.columns])
            known = ", ".join(table.columns)
            hint = f"{guess}; columns: {known}" if guess else f"columns: {known}"
            what = f"template names {{{name}}}, which is not a column"
            raise DatasetError(what, where=table.source, hint=hint)
    return names


def render(template: str, table: Table, text: str) -> list[str]:
    """What the model reads of every row, `{text}` being the column `text`."""
    names = fields_of(template)
    columns = {name: table.columns[text if name == TEXT else name] for name in names}
    return [_filled(template, columns, at) for at in range(len(table))]


def text_starts(template: str, table: Table, text: str) -> list[int]:
    """Where `{text}` begins in what `render` makes of every row.

    Raises `DatasetError` where the template does not hold it once.
    """
    places = field_places(template, TEXT, table, text)
    if places is None:
        what = f"template = {template!r} must hold {{text}} once, as rows mark a part of it"
        raise DatasetError(what, where=table.source)
    return [start for start, _ in places]


def field_places(template: str, name: str, table: Table, text: str) -> list[tuple[int, int]] | None:
    """From where to where the field `name` stands in what `render` makes of every row.

    None where the template does not hold it once.
    """
    pieces = [match for match in _PIECE.finditer(template) if match.group(1) == name]
    if len(pieces) != 1:
        return None
    parts = template[: pieces[0].start()], template[: pieces[0].end()]
    before, with_it = (render(part, table, text) for part in parts)
    return [(len(start), len(end)) for start, end in zip(before, with_it, strict=True)]


def _filled(template: str, columns: dict[str, Sequence[Any]], at: int) -> str:
    def piece(match: re.Match[str]) -> str:
        name = match.group(1)
        return match.group(0)[0] if name is None else str(columns[name][at])

    return _PIECE.sub(piece, template)
