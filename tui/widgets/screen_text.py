"""What a screen shows, as text."""

from __future__ import annotations

from typing import Any

from textual.app import App


def screen_as_text(app: App[Any]) -> str:
    """The lines of the current screen."""
    strips = app.screen._compositor.render_strips()
    return "".join(f"{''.join(one.text for one in strip).rstrip()}\n" for strip in strips)
