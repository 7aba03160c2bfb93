"""Horizontal bars of text: shares of a whole, and counts by range."""

from __future__ import annotations

from tui.plot import charset

EIGHTHS = " ▏▎▍▌▋▊▉█"


def bar(share: float, width: int) -> str:
    """A bar that fills `share` (0 to 1) of `width` columns; something of it shows above 0."""
    share = min(max(share, 0.0), 1.0)
    if charset.is_ascii():
        filled = round(share * width) or int(share > 0)
        return ("#" * filled).ljust(width)
    eighths = round(share * width * 8) or int(share > 0)
    whole, part = divmod(eighths, 8)
    return (EIGHTHS[8] * whole + (EIGHTHS[part] if part else "")).ljust(width)
