"""The line that always tells what will run, or what is wrong."""

from __future__ import annotations

from textual.widgets import Static

from probing.errors import ProbingError
from tui.compose.draft import Draft
from tui.texts.errors import error_text
from tui.texts.sanitiser import clean

_LACKING = {
    "datasets": "pick a dataset in Data",
    "models": "pick a model in Model",
    "poolers": "pick a pooler in Pool",
    "classifiers": "pick a classifier in Probe",
}


class PlanLine(Static):
    """One or two lines, never empty."""

    def __init__(self) -> None:
        super().__init__("… looking at data and models", markup=False)

    def tell_plan(self, text: str, notes: tuple[str, ...], lacks: tuple[str, ...] = ()) -> None:
        """Show what will run, behind what this machine lacks for it."""
        if lacks:
            self._show(f"▶ {clean(lacks[0])}  ({text})", wrong=True)
            return
        more = f"  ({clean(notes[0])}{', …' if len(notes) > 1 else ''})" if notes else ""
        self._show(f"▶ {text}{more}")

    def tell_looking(self) -> None:
        """Say that the answer is under way."""
        self._show("… looking at data and models")

    def tell_error(self, error: ProbingError) -> None:
        """Show what is wrong and what to do."""
        self._show(f"✗ {error_text(error)}", wrong=True)

    def tell_lacking(self, draft: Draft) -> bool:
        """Show which part is not picked yet; whether there is one."""
        lacking = [_LACKING[kind] for kind in _LACKING if not draft.picked(kind)]
        if lacking:
            self._show(f"… to run: {', '.join(lacking)} (Tab moves, space picks)", wrong=True)
        return bool(lacking)

    def _show(self, text: str, wrong: bool = False) -> None:
        self.set_class(wrong, "-wrong")
        self.update(text)
