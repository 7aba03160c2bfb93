"""A prompt for one line, such as a path or a name."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.suggester import Suggester
from textual.widgets import Input, Static

from probing.errors import ProbingError
from tui.texts.errors import error_text
from tui.texts.sanitiser import clean
from tui.widgets.offering_input import OfferingInput


class PromptScreen(ModalScreen[str | None]):
    """Asks for a line; `check` raises an error in it; the result is None if cancelled.

    An empty line is as if cancelled, unless it `may_be_empty`.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel", id="prompt.leave"),
        Binding("tab", "complete", "Complete", id="prompt.complete"),
    ]

    def __init__(
        self,
        title: str,
        value: str = "",
        *,
        hint: str = "",
        check: Callable[[str], object] | None = None,
        suggester: Suggester | None = None,
        may_be_empty: bool = False,
    ) -> None:
        super().__init__()
        self._title, self._value, self._hint = title, value, hint
        self._check, self._suggester = check, suggester
        self._may_be_empty = may_be_empty

    def compose(self) -> ComposeResult:
        """The line and the keys."""
        with Vertical(classes="dialog"):
            yield Static(clean(self._title), markup=False, classes="title")
            yield OfferingInput(
                self._value,
                placeholder=self._hint,
                suggester=self._suggester,
                select_on_focus=False,
            )
            yield Static(markup=False, classes="problem")
            complete = "   Tab or → complete" if self._suggester else ""
            yield Static(f"Enter accept   Esc cancel{complete}", markup=False, classes="keys")

    async def action_complete(self) -> None:
        """Complete the path that is typed."""
        field = self.query_one(Input)
        found = await self._suggester.get_suggestion(field.value) if self._suggester else None
        if found is not None:
            field.value = found
            field.cursor_position = len(found)

    def on_input_changed(self) -> None:
        """Say nothing of a line that is no longer there."""
        self.query_one(".problem", Static).update()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Return the line if it is valid."""
        message.stop()
        line = message.value.strip()
        try:
            if self._check is not None and line:
                self._check(line)
        except ProbingError as error:
            self.query_one(".problem", Static).update(f"✗ {error_text(error)}")
            return
        self.dismiss(line if line or self._may_be_empty else None)
