"""A picture as text: for the terminal, and for a file."""

from __future__ import annotations

import textwrap

from tui.plot import charset
from tui.plot.curves import draw
from tui.plot.grids.grid_text import draw_grid
from tui.plot.panels.panels_text import draw_panels
from tui.plot.pictures.picture import Picture

WIDTH, HEIGHT = 100, 30
PANEL_HEIGHT = 14


def as_text(picture: Picture, width: int = WIDTH) -> str:
    """The figure without colours, its caption below."""
    caption = "\n".join(textwrap.wrap(picture.caption(), width))
    caption = charset.as_ascii(caption) if charset.is_ascii() else caption
    return f"{drawn(picture, width, colour=False)}\n\n{caption}\n"


def drawn(
    picture: Picture,
    width: int,
    height: int | None = None,
    *,
    colour: bool,
    ascii: bool | None = None,
) -> str:
    """The figure in so many columns; as high as it needs, where no height is given."""
    if picture.grid is not None:
        lines = draw_grid(
            picture.grid,
            picture.metric,
            width,
            height or len(picture.grid.rows) + HEIGHT,
            colour=colour,
            ascii=ascii,
        )
        return "\n".join(lines)
    if picture.kind == "multiples":
        n_rows = -(-len(picture.panels) // picture.n_columns)
        return "\n".join(
            draw_panels(
                picture, width, height or n_rows * PANEL_HEIGHT + 2, colour=colour, ascii=ascii
            )
        )
    panel = picture.panels[0]
    return draw(
        panel.series,
        picture.metric,
        width,
        height or HEIGHT,
        chance=panel.chance,
        interval=picture.interval,
        scale=picture.scale,
        fit=picture.fit,
        title=picture.title(panel),
        x=panel.along.axis(width) if panel.along else None,
        colour=colour,
        ascii=ascii,
    )
