"""`D`: how the spec of a pinned row's run differs from that of the highlighted one."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from rich.text import Text
from textual.widget import Widget

from probing.errors import ProbingError
from probing.logs import RunFolder
from probing.spec import to_toml
from tui.dialogs.menu import Item, MenuScreen
from tui.dialogs.text_view import TextView
from tui.results.verbs.standing import Standing
from tui.texts.sanitiser import clean

MOST = 9
LOOKS = {"- ": "red", "+ ": "green", "  ": "dim"}
HOW = "pin a row of another run with space, highlight one, then press D"


def ask_for_spec_diff(owner: Widget, standing: Standing, pinned: Sequence[tuple[str, ...]]) -> None:
    """Show the difference from the run of a pinned row; where there are several, ask of which."""
    here = standing.run
    views = [standing.view_of(key[0]) for key in pinned]
    others = list(dict.fromkeys(view.run for view in views if view and view.run != here))[:MOST]
    if here is None or not others:
        owner.notify(HOW, timeout=5)
    elif len(others) == 1:
        _show(owner, others[0], here)
    else:
        items = [Item(f"{at}", clean(run.name)) for at, run in enumerate(others, 1)]

        def chosen(letter: str | None) -> None:
            if letter is not None:
                _show(owner, others[int(letter) - 1], here)

        owner.app.push_screen(MenuScreen("How the spec differs from that of", items), chosen)


def _show(owner: Widget, before: RunFolder, after: RunFolder) -> None:
    try:
        lines = diff_lines(before, after)
    except ProbingError as error:
        owner.notify(clean(error), severity="error", markup=False)
        return
    title = f"- {before.name}   + {after.name}"
    owner.app.push_screen(TextView(title, looked(lines), "spec.diff", is_wide=True))


def diff_lines(before: RunFolder, after: RunFolder) -> list[str]:
    """The lines of both specs: `- ` before those of the first alone, `+ ` those of the second."""
    first, second = (to_toml(run.read_spec()).splitlines() for run in (before, after))
    if first == second:
        return ["  Both runs have the same spec."]
    return [line for line in difflib.ndiff(first, second) if not line.startswith("? ")]


def looked(lines: Sequence[str]) -> Text:
    """The lines in colours; without colours their beginnings tell as much."""
    text = Text()
    for line in lines:
        text.append(f"{clean(line)}\n", LOOKS.get(line[:2], ""))
    return text
