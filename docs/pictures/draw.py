"""Draw the pictures of the README: each place of the app, after the run of `docs/quickstart.toml`.

In a folder that has that run under `logs/`: `python docs/pictures/draw.py docs/pictures`.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tui.app import ProbeApp

SIZE = (120, 34)
PLACES = {"1": "compose", "2": "runs", "3": "results"}


async def draw(output: Path) -> None:
    """One SVG for each place."""
    app = ProbeApp(Path("logs").absolute(), Path.cwd())
    async with app.run_test(size=SIZE) as pilot:
        for key, place in PLACES.items():
            await pilot.press(key)
            await pilot.pause(4.0)  # facts, curves and results come in from threads
            (output / f"{place}.svg").write_text(app.export_screenshot(title="probe-tui"))


if __name__ == "__main__":
    asyncio.run(draw(Path(sys.argv[1])))
