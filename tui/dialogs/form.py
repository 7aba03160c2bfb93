"""A form for the options of one entry; shows an error as soon as it is typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from probing.errors import ProbingError
from probing.spec import Entry
from tui.texts.errors import error_text
from tui.texts.sanitiser import clean
from tui.widgets.choice import Choice
from tui.widgets.fields import Field, FieldLine, read_values
from tui.widgets.key_footer import KeyFooter

Build = Callable[[Mapping[str, Any]], Entry]


class FormScreen(ModalScreen[Entry | None]):
    """Edits `fields`; the result is what `build` makes of their values, None if cancelled."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "accept", "Accept", id="form.accept", priority=True),
        Binding("escape", "dismiss(None)", "Cancel", id="form.leave"),
    ]

    def __init__(self, title: str, fields: Sequence[Field], build: Build) -> None:
        super().__init__()
        self._title, self._fields, self._build = title, tuple(fields), build

    def compose(self) -> ComposeResult:
        """The fields, the meaning of the focused one, and the error."""
        with Vertical(classes="dialog"):
            yield Static(clean(self._title), markup=False, classes="title")
            with VerticalScroll(can_focus=False, classes="fields"):
                for field in self._fields:
                    yield FieldLine(field)
            yield Static(markup=False, classes="meaning")
            yield Static(markup=False, classes="problem")
        yield KeyFooter()

    def on_mount(self) -> None:
        """Show an error at once."""
        self._check()

    def on_descendant_focus(self) -> None:
        """Show what the focused field means."""
        line = next((one for one in self.query(FieldLine) if one.has_focus_within), None)
        self.query_one(".meaning", Static).update(line.field.meaning if line else "")

    @on(Input.Changed)
    @on(Choice.Changed)
    def _changed(self) -> None:
        self._check()

    def action_accept(self) -> None:
        """Return the entry if it is valid."""
        entry = self._check()
        if entry is not None:
            self.dismiss(entry)

    def _check(self) -> Entry | None:
        problem = self.query_one(".problem", Static)
        try:
            texts = {line.field.name: line.value for line in self.query(FieldLine)}
            entry = self._build(read_values(self._fields, texts))
        except ProbingError as error:
            problem.update(f"✗ {error_text(error)}")
            return None
        problem.update("")
        return entry
