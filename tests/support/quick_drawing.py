"""Drawing for no terminal: a widget is drawn when it is first seen, and all when a test looks.

What a change would send to a terminal takes a third of the time of an app, and goes nowhere.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from textual._compositor import Compositor
from textual._context import visible_screen_stack
from textual.widget import Widget

_draw = Compositor.render_update
_seen: WeakKeyDictionary[Compositor, WeakSet[Widget]] = WeakKeyDictionary()


def render_update(compositor: Compositor, full: bool = False, **options: Any) -> Any:
    """What `Compositor.render_update` does where a whole screen is asked for or a widget is new."""
    seen = _seen.setdefault(compositor, WeakSet())
    n_seen = len(seen)
    seen.update(compositor.visible_widgets)
    if full or len(seen) > n_seen:
        return _draw(compositor, full, **options)
    visible_screen_stack.set(options.get("screen_stack") or [])
    compositor._dirty_regions.clear()
    return None
