"""The editor of the spec as TOML."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static, TextArea

from probing import spec as specs
from probing.errors import ProbingError
from probing.spec import Spec
from tui.texts.errors import error_text


class SpecView(ModalScreen[Spec | None]):
    """Edits `text`; Ctrl+S applies the changes, Esc discards them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "take", "Apply", id="spec.take", priority=True),
        Binding("escape", "dismiss(None)", "Discard", id="spec.leave", priority=True),
    ]

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        """The text, what is wrong with it, and the keys."""
        with Vertical(classes="dialog spec"):
            yield Static("The spec, also for probe-tui --batch", classes="title")
            yield TextArea(self._text, compact=True, tab_behavior="focus")
            yield Static(markup=False, classes="problem")
            yield Static("Ctrl+S apply   Esc discard", markup=False, classes="keys")

    def on_text_area_changed(self) -> None:
        """Show an error as soon as it is typed."""
        self._read()

    def action_take(self) -> None:
        """Return the spec if it is valid."""
        spec = self._read()
        if spec is not None:
            self.dismiss(spec)

    def _read(self) -> Spec | None:
        problem = self.query_one(".problem", Static)
        try:
            spec = specs.parse(self.query_one(TextArea).text)
        except ProbingError as error:
            problem.update(f"✗ {error_text(error)}")
            return None
        problem.update("")
        return spec
