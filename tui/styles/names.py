"""The names of the app's own themes."""

from __future__ import annotations

DARK, LIGHT = "dark", "light"
CONTRAST, COLOUR_BLIND, TERMINAL = "high-contrast", "colour-blind", "terminal"
THEMES = (DARK, LIGHT, CONTRAST, COLOUR_BLIND, TERMINAL)
