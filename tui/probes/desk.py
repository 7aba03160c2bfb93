"""What is done to chosen probes: they are exported, copied, taken away and brought back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from textual.widget import Widget

from probing.errors import ProbingError
from probing.probes import trash
from probing.probes.exporting import export
from probing.probes.lookup import SavedProbe
from tui.dialogs.confirm import ConfirmScreen
from tui.dialogs.menu import MenuScreen
from tui.dialogs.prompt import PromptScreen
from tui.dialogs.text_view import COPIED, TextView
from tui.probes.commands import ITEMS, copied_text
from tui.processes.background import in_background
from tui.texts.of_runs.plans import counted
from tui.texts.sanitiser import clean


class ProbeDesk:
    """Acts on probes for `pane`, and calls `look` where some went or came."""

    def __init__(self, pane: Widget, look: Callable[[], object]) -> None:
        self._pane, self._look = pane, look
        self.removed: list[list[trash.Removed]] = []

    def copy(self, chosen: Sequence[SavedProbe]) -> None:
        """Ask what to copy; shows it too, since a terminal may not hand it on."""
        if not chosen:
            self._say("no probe to copy")
            return

        def answered(letter: str | None) -> None:
            if letter is not None:
                text = copied_text(letter, chosen)
                self._pane.app.copy_to_clipboard(text)
                note = f"{COPIED}; w writes it to a file"
                view = TextView("Copied", text, f"{chosen[0].name}.txt", note=note)
                self._pane.app.push_screen(view)

        self._pane.app.push_screen(MenuScreen("Copy", ITEMS), answered)

    def export(self, chosen: Sequence[SavedProbe]) -> None:
        """Ask where to, and write them for other programs."""
        if not chosen:
            self._say("no probe to export")
            return

        def answered(line: str | None) -> None:
            if line:
                paths = [one.path for one in chosen]
                work = partial(export, paths, Path(line).expanduser())
                in_background(self._pane, work, self._exported, keys_wait=True)

        title = f"Export {counted(len(chosen), 'probe')} to"
        hint = ".npy, .safetensors, .gguf, or a new folder"
        self._pane.app.push_screen(
            PromptScreen(title, f"{chosen[0].name}.npy", hint=hint), answered
        )

    def _exported(self, value: list[Path] | ProbingError) -> None:
        if not self._failed(value) and isinstance(value, list):
            self._say(f"wrote {clean(value[0])}")

    def remove(self, chosen: Sequence[SavedProbe]) -> None:
        """Move them to the trash, after asking."""
        if not chosen:
            return

        def answered(yes: bool | None) -> None:
            if yes:
                in_background(self._pane, work, self._take_removed, keys_wait=True)

        work = partial(_taken_away, chosen)
        named = clean(chosen[0].name) if len(chosen) == 1 else counted(len(chosen), "probe")
        question = f"Remove {named}? u brings back what was removed."
        self._pane.app.push_screen(ConfirmScreen(question, yes="remove"), answered)

    def _take_removed(self, value: list[trash.Removed] | ProbingError) -> None:
        if not self._failed(value) and isinstance(value, list):
            self.removed.append(value)
            self._say(f"removed {counted(len(value), 'probe')}; u brings back")
        self._look()

    def undo(self) -> None:
        """Bring back what was removed last."""
        if not self.removed:
            self._say("nothing was removed")
            return
        work = partial(_brought_back, self.removed.pop())
        in_background(self._pane, work, self._back, keys_wait=True)

    def _back(self, value: int | ProbingError) -> None:
        if not self._failed(value) and isinstance(value, int):
            self._say(f"brought back {counted(value, 'probe')}")
        self._look()

    def _failed(self, value: object) -> bool:
        """Whether it went wrong, which is told."""
        if isinstance(value, ProbingError):
            self._pane.notify(clean(value), severity="error", markup=False)
        return isinstance(value, ProbingError)

    def _say(self, line: str) -> None:
        self._pane.notify(line, timeout=5, markup=False)


def _taken_away(probes: Sequence[SavedProbe]) -> list[trash.Removed]:
    return [trash.take_away(one.path) for one in probes]


def _brought_back(removed: Sequence[trash.Removed]) -> int:
    for one in removed:
        trash.bring_back(one)
    return len(removed)
