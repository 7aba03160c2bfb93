"""The line of keys at the bottom; help and quit keep their place however narrow it is."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import HorizontalGroup
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

ALWAYS = ("show_keys", "quit")


class KeyFooter(Footer):
    """Shows the keys of the moment, those of help and quit at the right edge."""

    DEFAULT_CSS = """
    KeyFooter > .always { dock: right; width: auto; height: 1; background: $footer-background; }
    """

    def __init__(self) -> None:
        super().__init__(compact=True, show_command_palette=False)

    def compose(self) -> ComposeResult:
        """The keys, those that always stay last."""
        stay = []
        for key in super().compose():
            if isinstance(key, FooterKey) and key.action.removeprefix("app.") in ALWAYS:
                stay.append(key)
            else:
                yield key
        if stay:
            with HorizontalGroup(classes="always"):
                yield from stay
