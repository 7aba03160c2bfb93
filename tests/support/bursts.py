"""Keys typed ahead: all of them at once, as a slow line delivers them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from textual import events
from textual.keys import _character_to_key, key_to_character
from textual.pilot import Pilot


async def burst(pilot: Pilot[Any], *keys: str, patience_s: float = 180.0) -> None:
    """Type all keys without a pause, then wait until the app has taken the last."""
    for key in keys:
        pilot.app.post_message(key_event(key))
    typed = pilot.app._typed
    end = asyncio.get_running_loop().time() + patience_s
    await pilot.pause()
    while typed._task is not None or typed._waiting:
        assert asyncio.get_running_loop().time() < end, "the keys were never taken"
        await asyncio.sleep(0.01)
    await pilot.pause()


def written(text: str) -> Iterable[str]:
    """The keys that write `text`."""
    return (" " if char == " " else char for char in text)


def key_event(key: str) -> events.Key:
    """What the terminal sends for a key, by its name or its character."""
    if len(key) == 1:
        return events.Key(_character_to_key(key), key)
    named = {"enter": "\r", "tab": "\t"}
    return events.Key(key, named.get(key) or key_to_character(key))
