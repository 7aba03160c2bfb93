"""Tags, notes, names, archive and trash of the highlighted run: asks, does it, can undo it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from textual.app import App
from textual.message_pump import MessagePump

from probing.errors import ProbingError
from probing.logs import RunFolder, RunView
from probing.logs.folders import trash
from probing.logs.folders.renaming import checked_name, rename
from probing.logs.folders.run_marks import archive, checked_tag, read_marks, write_note, write_tags
from probing.logs.waiting.wishes import pause
from tui.dialogs.confirm import ConfirmScreen
from tui.dialogs.note import NoteScreen
from tui.dialogs.prompt import PromptScreen
from tui.processes.background import in_background
from tui.texts.errors import error_text
from tui.texts.sanitiser import clean
from tui.texts.sizes import size
from tui.widgets.word_suggester import WordSuggester

Work = Callable[[], RunFolder]


class RunList(Protocol):
    """The list of runs that a `Keeper` acts on."""

    @property
    def app(self) -> App[Any]:
        """The app that asks."""
        ...

    def swap(self, name: str, run: RunFolder, view: RunView | None) -> None:
        """Show a run in the place of the one of that name, or none where it is gone."""
        ...

    def known_tags(self) -> Iterable[str]:
        """The tags of all runs, the most frequent first."""
        ...


class Keeper:
    """Changes whole runs for a list, one step after another; each can be taken back."""

    def __init__(self, place: MessagePump, runs: RunList) -> None:
        self._place, self._runs = place, runs
        self._past: list[tuple[str, RunFolder, Work]] = []

    def tag(self, run: RunFolder) -> None:
        """Ask for the tags of a run."""
        before = read_marks(run).tags

        def answered(line: str | None) -> None:
            if line is not None and tuple(line.split()) != before:
                self._do(run, lambda: write_tags(run, line.split()))
                self._past.append(("tags", run, _then(run, lambda: write_tags(run, before))))

        prompt = PromptScreen(
            f"Tags of {run.name}, with spaces between them",
            " ".join(before),
            check=lambda line: list(map(checked_tag, line.split())),
            suggester=WordSuggester(self._runs.known_tags()),
            may_be_empty=True,
        )
        self._runs.app.push_screen(prompt, answered)

    def note(self, run: RunFolder) -> None:
        """Let the note of a run be edited."""
        before = read_marks(run).note

        def answered(text: str | None) -> None:
            if text is not None and text.strip() != before:
                self._do(run, lambda: write_note(run, text))
                self._past.append(("note", run, _then(run, lambda: write_note(run, before))))

        self._runs.app.push_screen(NoteScreen(f"Note on {run.name}", before), answered)

    def rename(self, run: RunFolder) -> None:
        """Ask for another name."""

        def answered(name: str | None) -> None:
            if name is not None and name != run.name:
                self._move(run, lambda: rename(run, name), back)

        def back(renamed: RunFolder) -> tuple[str, RunFolder, Work]:
            return "name", renamed, lambda: rename(renamed, run.name)

        title = f"New name of {run.name}"
        self._runs.app.push_screen(PromptScreen(title, run.name, check=checked_name), answered)

    def archive(self, run: RunFolder) -> None:
        """Hide a run from the list, or show it again."""
        hidden = not read_marks(run).is_archived
        self._do(run, lambda: archive(run, hidden))
        told = f"archived {clean(run.name)}: A shows it, u takes it back"
        self._runs.app.notify(
            told if hidden else f"{clean(run.name)} is listed again", markup=False
        )
        self._past.append(("archive", run, _then(run, lambda: archive(run, not hidden))))

    def pause(self, run: RunFolder, is_paused: bool) -> None:
        """Pause a live run, or let it go on."""
        self._do(run, lambda: pause(run, is_paused))
        name = clean(run.name)
        told = f"{name} pauses at its next event and keeps its device; p lets it go on"
        self._runs.app.notify(told if is_paused else f"{name} goes on", markup=False)

    def delete(self, run: RunFolder) -> None:
        """Ask, then move a run into the trash."""
        in_background(
            self._place,
            lambda: _deletable(run),
            lambda n_bytes: self._ask_delete(run, n_bytes),
            keys_wait=True,
        )

    def _ask_delete(self, run: RunFolder, n_bytes: int | ProbingError) -> None:
        if isinstance(n_bytes, ProbingError):
            self._tell(n_bytes)
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._move(run, lambda: trash.delete(run), back, is_gone=True)

        def back(there: RunFolder) -> tuple[str, RunFolder, Work]:
            return "deletion", there, lambda: trash.restore(there)

        question = f"Delete {clean(run.name)} ({size(n_bytes)})? It goes to the trash; u undoes it."
        self._runs.app.push_screen(ConfirmScreen(question, yes="delete"), answered)

    def undo(self) -> None:
        """Take the last change back."""
        if not self._past:
            told = "Nothing to undo here. What was deleted before: probe-tui runs --trash"
            self._runs.app.notify(told, timeout=5, markup=False)
            return
        what, run, work = self._past.pop()

        def done(value: tuple[RunFolder, RunView] | ProbingError) -> None:
            if isinstance(value, ProbingError):
                self._tell(value)
                return
            self._runs.swap(run.name, *value)
            told = f"undone: {what} of {clean(value[0].name)}"
            self._runs.app.notify(told, timeout=4, markup=False)

        in_background(self._place, lambda: _seen(work()), done, keys_wait=True)

    def _do(self, run: RunFolder, work: Callable[[], None]) -> None:
        """Change the marks of a run."""
        self._move(run, _then(run, work), None)

    def _move(
        self,
        run: RunFolder,
        work: Work,
        back: Callable[[RunFolder], tuple[str, RunFolder, Work]] | None,
        *,
        is_gone: bool = False,
    ) -> None:
        """Do `work`, which returns where the run is now, and show that."""

        def done(value: tuple[RunFolder, RunView] | ProbingError) -> None:
            if isinstance(value, ProbingError):
                self._tell(value)
                return
            if back is not None:
                self._past.append(back(value[0]))
            self._runs.swap(run.name, value[0], None if is_gone else value[1])

        in_background(self._place, lambda: _seen(work()), done, keys_wait=True)

    def _tell(self, error: ProbingError) -> None:
        self._runs.app.notify(error_text(error), severity="error", timeout=10, markup=False)


def _then(run: RunFolder, work: Callable[[], None]) -> Work:
    def both() -> RunFolder:
        work()
        return run

    return both


def _seen(run: RunFolder) -> tuple[RunFolder, RunView]:
    """A run as its files tell it now."""
    view = RunView(run)
    view.skim()
    return run, view


def _deletable(run: RunFolder) -> int:
    """The size of a run; raises `RunError` for one that is live."""
    with trash.kept_from_runners(run, "deleted"):
        return trash.n_bytes(run)
