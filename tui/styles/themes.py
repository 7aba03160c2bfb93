"""The app's own themes, and which one a terminal gets that asks for none."""

from __future__ import annotations

from dataclasses import replace

from textual.theme import BUILTIN_THEMES, Theme

from tui.styles.names import COLOUR_BLIND, CONTRAST, DARK, LIGHT, TERMINAL

_LIGHT = Theme(
    name=LIGHT,
    primary="#005fb8",
    secondary="#3a4a5e",
    accent="#7a3ec8",
    warning="#8a5a00",
    error="#b3261e",
    success="#1a7f37",
    foreground="#1b1b1f",
    background="#fbfbfc",
    surface="#f0f1f4",
    panel="#e3e6ec",
    dark=False,
    variables={"footer-key-foreground": "#005fb8", "text-muted": "#55585f"},
)
_CONTRAST = Theme(
    name=CONTRAST,
    primary="#ffd700",
    secondary="#00d7ff",
    accent="#00d7ff",
    warning="#ffd700",
    error="#ff8080",
    success="#5fff87",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#000000",
    variables={
        "text": "auto 100%",
        "text-muted": "auto 100%",
        "primary-muted": "#5f5fd7",
        "block-cursor-background": "#ffd700",
        "block-cursor-foreground": "#000000",
        "footer-key-foreground": "#ffd700",
        "surface-lighten-1": "#303030",
        "surface-lighten-2": "#303030",
    },
)
# Okabe and Ito (jfly.uni-koeln.de/color): blue and vermillion in the place of green and red
_COLOUR_BLIND = replace(
    BUILTIN_THEMES["textual-dark"],
    name=COLOUR_BLIND,
    primary="#0072b2",
    secondary="#56b4e9",
    accent="#cc79a7",
    warning="#e69f00",
    error="#d55e00",
    success="#56b4e9",
)
# the sixteen colours of the terminal itself, on its own background
_TERMINAL = replace(
    BUILTIN_THEMES["ansi-dark"],
    name=TERMINAL,
    accent="ansi_cyan",
    variables={
        **BUILTIN_THEMES["ansi-dark"].variables,
        "block-cursor-background": "ansi_blue",
        "block-cursor-foreground": "ansi_bright_white",
    },
)
OWN = (
    replace(BUILTIN_THEMES["textual-dark"], name=DARK),
    _LIGHT,
    _CONTRAST,
    _COLOUR_BLIND,
    _TERMINAL,
)


def usual_theme(colours: str | None) -> str:
    """The theme where none was chosen: a terminal of 16 colours keeps its own."""
    return TERMINAL if colours == "standard" else DARK
