"""An app that is typed into, slowly or in bursts, and what has come of it.

Slowly: each key once the app has come to rest after the one before. In a burst: the bytes of all
keys at once, as the terminal hands them over.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from textual import constants
from textual.dom import DOMNode
from textual.message import Message

from tests.support.compose_base import ready, screen_text
from tui.app import ProbeApp
from tui.compose.pickers.datasets import DatasetPicker
from tui.compose.pickers.picker import Picker
from tui.processes.background import NAME
from tui.processes.terminal import KeyParser
from tui.widgets.filter_line import FilterLine
from tui.widgets.pick_list import PickList
from tui.widgets.places_line import PlacesLine

PATIENCE_S = 180.0
STILL = 3
BYTES = {
    "enter": "\r",
    "tab": "\t",
    "shift+tab": "\x1b[Z",
    "escape": "\x1b",
    "space": " ",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "slash": "/",
    "question_mark": "?",
    "colon": ":",
    "semicolon": ";",
    "f1": "\x1bOP",
    "plus": "+",
    "minus": "-",
    "comma": ",",
    "equals_sign": "=",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    **{f"ctrl+{letter}": chr(ord(letter) - 96) for letter in "abcdefghijklmnopqrstuvwxyz"},
}


class Typist:
    """Types into an app; keeps what it says, and each action with what it acted on."""

    def __init__(self, app: ProbeApp) -> None:
        self.app = app
        self.said: list[str] = []
        self.acted: list[tuple[object, ...]] = []
        self.took: list[DOMNode] = []
        self._draft = app.composer.draft
        # on the screen it would stay for some seconds
        app.notify = lambda message, **_: self.said.append(str(message))  # type: ignore
        self._act, app.run_action = app.run_action, self._acts  # type: ignore

    async def _acts(self, action: Any, node: DOMNode | None = None, names: Any = None) -> bool:
        focused = self.app.focused
        value = [getattr(focused, name, None) for name in ("at", "highlighted", "value")]
        self.acted.append((str(action), node and _path(node), focused and _path(focused), value))
        is_done = await self._act(action, node, names)
        self.took += [node] * (is_done and node is not None)
        return is_done

    async def type(self, *keys: str) -> None:
        """Hand over the bytes of all keys, and wait until nothing happens any more."""
        parser = KeyParser(debug=False)
        self._take(parser.feed("".join(BYTES.get(key, key) for key in keys)))
        if "escape" in keys:
            # only a pause tells that an Esc begins nothing longer
            await asyncio.sleep(constants.ESCAPE_DELAY + 0.01)
            self._take(parser.tick())
        await self.rest()

    def _take(self, read: Iterable[Message]) -> None:
        for message in read:
            self.app.post_message(message)

    async def rest(self) -> None:
        """Wait until nothing happens any more."""
        end = asyncio.get_running_loop().time() + PATIENCE_S
        n_still = 0
        while n_still < STILL:
            assert asyncio.get_running_loop().time() < end, "it never came to rest"
            n_still = 0 if self._is_busy() else n_still + 1
            await asyncio.sleep(0.004)

    def _is_busy(self) -> bool:
        pumps = [self.app, *self.app._registry]
        return self.app.is_running and (
            self.app._typed._task is not None
            or any(one.name == NAME for one in threading.enumerate())
            or any(not one._message_queue.empty() for one in pumps)
            or any(one._layout_required or one._callbacks for one in self.app.screen_stack)
        )

    async def home(self) -> None:
        """Go back to where the app begins, with the draft of the start."""
        app = self.app
        while len(app.screen_stack) > 1:
            await app.pop_screen()
        await app.action_show_place("compose")
        await app.query("ContentSwitcher > *").exclude("ComposePane").remove()
        app._stood_on.clear()
        for picker in app.query(Picker):
            picker.query_one(FilterLine).drop()
            picker.query_one(PickList).highlighted = 0
        app.composer.change(self._draft)
        app.composer.open_section(app.query_one(DatasetPicker))
        await self.rest()
        self.said.clear()
        self.acted.clear()

    def outcome(self) -> dict[str, object]:
        """What is seen, was said and was done, what would run, and where the next key would go."""
        app = self.app
        return {
            "actions": list(self.acted),
            "screens": [type(one).__name__ for one in app.screen_stack],
            "place": app.query_one(PlacesLine).place,
            "focus": app.focused and _path(app.focused),
            "draft": app.composer.draft,
            "said": sorted(self.said),
            "screen": screen_text(app).splitlines(),
        }


def _path(node: DOMNode) -> str:
    return " ".join(one.css_identifier for one in reversed(node.ancestors_with_self))


@asynccontextmanager
async def typist(app: ProbeApp, size: tuple[int, int]) -> AsyncIterator[Typist]:
    """A typist before an app that has looked around."""
    async with app.run_test(size=size) as pilot:
        await ready(pilot)
        one = Typist(app)
        await one.rest()
        yield one
