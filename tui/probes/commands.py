"""What a probe can be copied as: the command that applies it, Python, the command of its tokens."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from probing.probes.lookup import SavedProbe
from tui.dialogs.menu import Item

ITEMS = (
    Item("a", "command that applies it", "probe-tui apply …"),
    Item("t", "command that scores tokens", "probe-tui apply … --tokens"),
    Item("x", "command that explains it", "probe-tui explain …"),
    Item("s", "command that steers with it", "probe-tui steer …"),
    Item("p", "Python that loads it", "from probing import Probe"),
    Item("f", "path of its card", "also where its arrays are"),
)


def copied_text(letter: str, probes: Sequence[SavedProbe]) -> str:
    """The text of an item, for several probes where it can name them."""
    named = " ".join(shlex.quote(f"{one.run}/{one.name}") for one in probes)
    first = shlex.quote(f"{probes[0].run}/{probes[0].name}")
    if letter == "p":
        lines = (f'Probe.load("{one.run}/{one.name}")' for one in probes)
        loaded = "\n".join(f"probe_{at} = {line}" for at, line in enumerate(lines, 1))
        return f"from probing import Probe\n\n{loaded}"
    return {
        "a": f"probe-tui apply {named} texts.jsonl",
        "t": f"probe-tui apply {named} --tokens --text 'a text'",
        "x": f"probe-tui explain {first}",
        "s": f"probe-tui steer {first} --prompts prompts.txt --max-new 40",
        "f": "\n".join(str(one.path.absolute()) for one in probes),
    }[letter]
