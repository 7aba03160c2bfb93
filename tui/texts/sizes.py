"""How sizes of files are worded."""

from __future__ import annotations

UNITS = ("B", "kB", "MB", "GB", "TB")


def size(n_bytes: float) -> str:
    """Bytes in words: `812 B`, `4.2 kB`, `310 MB`."""
    at = 0
    while n_bytes >= 999.5 and at < len(UNITS) - 1:
        n_bytes, at = n_bytes / 1000, at + 1
    return f"{n_bytes:.1f} {UNITS[at]}" if at and n_bytes < 9.95 else f"{n_bytes:.0f} {UNITS[at]}"
