"""The fields of a form: name, value as text, meaning and allowed values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.suggester import Suggester
from textual.widgets import Input, Static

from probing.spec import override
from tui.widgets.choice import Choice


@dataclass(frozen=True)
class Field:
    """One line of a form.

    `is_text` marks values that are never read as numbers or lists; an empty value leaves the
    key out, so that its default applies.
    """

    name: str
    value: str = ""
    meaning: str = ""
    choices: tuple[str, ...] = ()
    is_text: bool = False
    suggester: Suggester | None = None


class FieldLine(Horizontal):
    """A field as it is shown: its name, and a line to type in or a choice."""

    def __init__(self, field: Field) -> None:
        super().__init__(id=f"field-{field.name}")
        self.field = field

    def compose(self) -> ComposeResult:
        """Name and editor."""
        yield Static(self.field.name, markup=False, classes="field-name")
        if self.field.choices:
            yield Choice(self.field.choices, self.field.value, classes="editor")
        else:
            yield Input(
                self.field.value,
                suggester=self.field.suggester,
                compact=True,
                select_on_focus=False,
                classes="editor",
            )

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
    """The value of `text`: as TOML if it is TOML, else the text itself."""
    if field.is_text:
        return text
    table: dict[str, Any] = {}
    override(table, f"value={text}")
    return table["value"]


def read_values(fields: Iterable[Field], texts: Mapping[str, str]) -> dict[str, Any]:
    """The values of all fields that are not empty."""
    filled = [(field, texts[field.name].strip()) for field in fields]
    return {field.name: read_value(field, text) for field, text in filled if text}


def shown_value(value: Any) -> str:
    """A value as it is typed into a form."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(shown_value(part) for part in value) + "]"
    return str(value)
