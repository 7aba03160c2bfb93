"""Text of every theme is read on what lies under it (WCAG 2: 4.5 to 1, bold 3 to 1)."""

from __future__ import annotations

import pytest
from textual.color import Color
from textual.theme import Theme

from tui.styles.themes import OWN

LEAST, LEAST_BOLD = 4.5, 3.0
PAIRS = (
    ("foreground", "background"),
    ("foreground", "surface"),
    ("foreground", "panel"),
    ("foreground", "primary-muted"),
    ("text-muted", "background"),
    ("text-warning", "background"),
    ("text-error", "background"),
    ("text-success", "background"),
    ("text-accent", "surface"),
    ("block-cursor-foreground", "block-cursor-background"),
    ("footer-description-foreground", "footer-description-background"),
    ("footer-key-foreground", "footer-key-background"),
)


@pytest.mark.parametrize("theme", [one for one in OWN if not one.ansi], ids=lambda one: one.name)
def test_text_stands_out(theme: Theme) -> None:
    colours = theme.to_color_system().generate()
    low = {
        pair: round(ratio, 1)
        for pair in PAIRS
        if (ratio := contrast(colours[pair[0]], colours[pair[1]], colours["panel"]))
        < (LEAST_BOLD if "cursor" in pair[0] else LEAST)
    }
    assert low == {}


def contrast(text: str, under: str, panel: str) -> float:
    """How far a text stands out from what lies under it."""
    ground = Color.parse(panel if under == "transparent" else under)
    if ground.a < 1:
        ground = Color.parse(panel) + ground
    shown, _, share = text.partition(" ")
    if shown == "auto":
        drawn = ground + ground.get_contrast_text(float(share.rstrip("%") or 100) / 100)
    else:
        drawn = ground + Color.parse(text)
    light, dark = sorted((luminance(drawn), luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: Color) -> float:
    """The relative luminance of a colour of the sRGB space."""
    parts = [part / 255 for part in colour.rgb]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
