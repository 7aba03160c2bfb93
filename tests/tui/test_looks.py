"""Every place of the app as a picture, at three sizes: what changed of it is looked at.

After a change that is meant: `pytest tests/tui/test_looks.py --snapshot-update`, and look at them.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_textual_snapshot import SVGImageExtension
from textual.pilot import Pilot

from probing.logs.folders import run_folder
from tests.support.compose_base import bare_machine, ready
from tests.support.typed_twice import Typist
from tests.support.typing_world import World
from tests.support.warm_answers import answer_warm
from tui.runs import listing
from tui.runs.one_run import facts
from tui.texts.of_runs import run_line

SIZES = ((80, 24), (120, 40), (200, 50))
SCREENS = {
    "compose": "1",
    "runs": "2",
    "results": "3",
    "probes": "4",
    "datasets": "5",
    "models": "6",
    "help": "question_mark",
    "tour": "f1",
}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Files under a path of a fixed length, which pictures show; the clock stands still."""
    folder = Path(tempfile.mkdtemp(prefix="looks-", dir="/tmp"))
    bare_machine(folder, monkeypatch)
    answer_warm(monkeypatch)
    monkeypatch.chdir(folder)
    monkeypatch.setattr("probing.hardware.memory", lambda: (8 * 2**30, 16 * 2**30))
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    for module in (run_line, listing, facts):  # each has the name, whoever was imported first
        monkeypatch.setattr(module, "moment", lambda _: "12:00:00")
    monkeypatch.setattr(run_folder.time, "strftime", lambda *_: "now")
    made = World(folder)
    yield made
    made.runs.close()
    shutil.rmtree(folder)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_looks(world: World, size: tuple[int, int], snapshot: Any) -> None:
    seen = snapshot.use_extension(SVGImageExtension)
    app = world.app()
    pictures: dict[str, str] = {}
    async with app.run_test(size=size) as pilot:
        await ready(pilot)
        typist = Typist(app)
        for name, key in SCREENS.items():
            pictures[name] = await picture(pilot, typist, key, str(world.base.parent))
    wrong = [name for name, svg in pictures.items() if svg != seen(name=name)]
    assert wrong == [], "look at these; --snapshot-update takes them as they are"


async def picture(pilot: Pilot[None], typist: Typist, key: str, folder: str) -> str:
    """What is seen after a key, the folder under a name that is always the same."""
    await typist.type(key)
    await pilot.pause(0.3)
    pilot.app.screen.refresh(layout=True)
    await pilot.pause(0.1)
    await typist.rest()
    drawn = pilot.app.export_screenshot(title="probe-tui", simplify=True)
    if pilot.app.screen.is_modal:
        await typist.type("escape")
    # how long a run under way took is known once its runner was looked for
    drawn = drawn.replace("&#160;0&#160;s&#160;", "&#160;" * 5)
    return drawn.replace(folder, "/tmp/looks-########")
