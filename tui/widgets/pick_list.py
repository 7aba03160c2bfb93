"""A list of things to pick, by keys or by mouse."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import OptionList


class PickList(OptionList):
    """An option list that says what a key asks for; the picker around it knows what to do."""

    BINDING_GROUP_TITLE = "In a list"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "ask('toggle')", "Pick", id="pick.toggle", tooltip="Pick or unpick"),
        Binding("slash", "ask('filter')", "Filter", id="pick.filter", key_display="/"),
        Binding("a", "ask('add')", "Add", id="pick.add", tooltip="Add one by typing"),
        Binding("e", "ask('edit')", "Edit", id="pick.edit", tooltip="Change its options"),
        Binding("enter", "ask('edit')", "Change its options", id="pick.enter", show=False),
        Binding("J", "ask('down')", "Scroll its detail down", id="pick.detail_down", show=False),
        Binding("K", "ask('up')", "Scroll its detail up", id="pick.detail_up", show=False),
        Binding("j", "cursor_down", "Down", id="pick.down", show=False),
        Binding("k", "cursor_up", "Up", id="pick.up", show=False),
        Binding("g", "first", "First", id="pick.first", show=False),
        Binding("G", "last", "Last", id="pick.last", show=False),
    ]

    class Asked(Message):
        """A key asked the picker for something: toggle, filter, add or edit."""

        def __init__(self, what: str) -> None:
            super().__init__()
            self.what = what

    def __init__(self) -> None:
        super().__init__(markup=False, compact=True)

    def action_ask(self, what: str) -> None:
        """Tell the picker."""
        self.post_message(self.Asked(what))
