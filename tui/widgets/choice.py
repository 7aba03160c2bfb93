"""A field that holds one of a few values; left, right and space step through them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Static


class Choice(Static, can_focus=True):
    """Shows `‹ value ›`; posts `Changed` when the value changes."""

    help_line = "A choice: ← and → step through its values."

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,l,space", "step(1)", "Next value", id="choice.next"),
        Binding("left,h", "step(-1)", "Previous value", id="choice.previous", show=False),
    ]

    class Changed(Message):
        """The value changed."""

        def __init__(self, choice: Choice, value: str) -> None:
            super().__init__()
            self.choice, self.value = choice, value

        @property
        def control(self) -> Choice:
            """The choice that changed."""
            return self.choice

    def __init__(self, values: Sequence[str], value: str, **options: Any) -> None:
        super().__init__(markup=False, **options)
        self._values = list(values)
        self._value = value

    def on_mount(self) -> None:
        """Show the value."""
        self.value = self._value

    @property
    def value(self) -> str:
        """The value that is chosen."""
        return self._value

    @value.setter
    def value(self, value: str) -> None:
        if value not in self._values:
            self._values.append(value)
        self._value = value
        self.update(f"‹ {value or '-'} ›")

    def action_step(self, by: int) -> None:
        """Go to the next value, or back."""
        at = self._values.index(self._value)
        self.value = self._values[(at + by) % len(self._values)]
        self.post_message(self.Changed(self, self._value))
