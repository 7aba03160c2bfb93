"""Keys from the terminal; Esc before another key is told from Alt with it.

A terminal sends the same bytes for Esc and then `b` as for Alt+b. Textual takes both for the
latter, or drops the Esc; here both readings reach the app, which knows its keys.

Enter that was typed before the app had the terminal is a line feed, into which terminals turn it
for what reads lines.
"""

from __future__ import annotations

from collections.abc import Iterable

from textual import events
from textual._xterm_parser import XTermParser
from textual.drivers import linux_driver
from textual.message import Message

ESC = "\x1b"
LONGER = "[O"


class EscapedKey(events.Key):
    """A key with Alt; or Esc and that key, which are `apart`. `is_alone`: nothing came with it."""

    def __init__(self, key: str, apart: tuple[events.Key, ...], is_alone: bool) -> None:
        super().__init__(key, None)
        self.apart, self.is_alone = apart, is_alone


class KeyParser(XTermParser):
    """Textual's parser, which leaves open what Esc before a character means."""

    _is_alone = False

    def feed(self, data: str) -> Iterable[Message]:
        """The events of what was read at once."""
        self._is_alone = len(data) == 2
        return super().feed(data)

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[events.Key]:
        sequence = sequence.replace("\n", "\r")
        if sequence == ESC and not alt:
            # a sequence that means nothing: its Esc came before the keys that follow
            return [EscapedKey(f"{ESC} apart", (events.Key("escape", ESC),), False)]
        escaped = sequence if alt else sequence[1:]
        is_longer = not alt and sequence[1:] in (*LONGER, ESC)
        if len(escaped) != 1 or is_longer or not (alt or sequence[0] == ESC):
            return list(super()._sequence_to_key_events(sequence, alt))
        plain = list(super()._sequence_to_key_events(escaped))
        with_alt = list(super()._sequence_to_key_events(f"{ESC}{escaped}"))
        with_alt = with_alt or list(super()._sequence_to_key_events(escaped, alt=True))
        if not plain or not with_alt:
            return plain
        apart = (events.Key("escape", ESC), *plain)
        return [EscapedKey(with_alt[0].key, apart, self._is_alone)]


class Terminal(linux_driver.LinuxDriver):
    """Textual's driver with that parser."""

    def run_input_thread(self) -> None:
        """Read keys until the app ends."""
        # it makes its parser by this name
        linux_driver.XTermParser = KeyParser  # type: ignore
        super().run_input_thread()
