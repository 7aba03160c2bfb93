"""The fields of a form: name, value as text, meaning and allowed values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.suggester import Suggester
from textual.widgets import Input, Static

from probing.spec import override
from tui.widgets.choice import Choice
from tui.widgets.offering_input import OfferingInput

_NUMBERS = re.compile(r"-?[\d.]+(e-?\d+)?(\s*,\s*-?[\d.]+(e-?\d+)?)+", re.IGNORECASE)


@dataclass(frozen=True)
class Field:
    """One line of a form.

    `is_text` marks values that are never read as numbers or lists, `is_names` lists of names
    (see `shown_names`); an empty value leaves the key out, so that its default applies.
    """

    name: str
    value: str = ""
    meaning: str = ""
    choices: tuple[str, ...] = ()
    is_text: bool = False
    is_names: bool = False
    suggester: Suggester | None = None


class FieldLine(Horizontal):
    """A field as it is shown: its name, and a line to type in or a choice."""

    BINDING_GROUP_TITLE = "In a field"
    # here, since a form that scrolls would take these keys before its screen does
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "app.focus_next", "Next field", id="field.next", show=False),
        Binding("up,k", "app.focus_previous", "Previous field", id="field.previous", show=False),
    ]

    def __init__(self, field: Field) -> None:
        super().__init__(id=f"field-{field.name}")
        self.field = field

    def compose(self) -> ComposeResult:
        """Name and editor."""
        yield Static(self.field.name, markup=False, classes="field-name")
        if self.field.choices:
            yield Choice(self.field.choices, self.field.value, classes="editor")
        else:
            yield OfferingInput(
                self.field.value,
                suggester=self.field.suggester,
                compact=True,
                select_on_focus=False,
                classes="editor",
            )

    @property
    def help_line(self) -> str:
        """What the field means."""
        return f"{self.field.name}: {self.field.meaning}" if self.field.meaning else ""

    @property
    def editor(self) -> Input | Choice:
        """What holds the value."""
        if self.field.choices:
            return self.query_one(".editor", Choice)
        return self.query_one(".editor", Input)

    @property
    def value(self) -> str:
        """The value as text."""
        return self.editor.value

    @value.setter
    def value(self, value: str) -> None:
        if self.editor.value != value:
            with self.prevent(Input.Changed):
                self.editor.value = value


def read_value(field: Field, text: str) -> Any:
    """The value of `text`, as the field says; else as TOML if it is TOML, else the text itself.

    Numbers with commas between them are a list without its brackets too.
    """
    if field.is_text:
        return text
    if field.is_names:
        return _names(text)
    return _as_toml(f"[{text}]" if _NUMBERS.fullmatch(text) else text)


def _names(text: str) -> list[Any]:
    for as_list in (_as_toml(text), _as_toml(f"[{text}]")):
        if isinstance(as_list, list) and all(isinstance(name, str) for name in as_list):
            return as_list
    bare = text.removeprefix("[").removesuffix("]") if text[:1] + text[-1:] == "[]" else text
    return [name.strip() for name in bare.split(",") if name.strip()]


def _as_toml(text: str) -> Any:
    """The value of `text` if it is TOML, else `text`."""
    table: dict[str, Any] = {}
    override(table, f"value={text}")
    return table["value"]


def read_values(fields: Iterable[Field], texts: Mapping[str, str]) -> dict[str, Any]:
    """The values of all fields that are not empty."""
    filled = [(field, texts[field.name].strip()) for field in fields]
    return {field.name: read_value(field, text) for field, text in filled if text}


def shown_names(names: Sequence[str]) -> str:
    """Names as they are typed: `a, b`, or as a list of TOML where that would be read otherwise."""
    text = ", ".join(names)
    as_read = read_value(Field("names", is_names=True), text) if text else []
    if as_read == list(names):
        return text
    return json.dumps(list(names), ensure_ascii=False).replace("\x7f", "\\u007f")


def shown_value(value: Any) -> str:
    """A value as it is typed into a form."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(shown_value(part) for part in value) + "]"
    return str(value)
