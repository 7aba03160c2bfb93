"""The plan line of Compose: what will run and its cost, or what is wrong."""

from __future__ import annotations

from collections.abc import Sequence

from probing.errors import ProbingError
from tui.compose.draft import Draft
from tui.texts.errors import error_text
from tui.texts.sanitiser import clean
from tui.widgets.steady import Steady

_LACKING = {
    "datasets": "a dataset in Data",
    "models": "a model in Model",
    "poolers": "a pooler in Pool",
    "classifiers": "a classifier in Probe",
}
READING = "… reading datasets and models"


class PlanLine(Steady):
    """One or two lines, never empty."""

    def __init__(self) -> None:
        super().__init__(READING, markup=False)

    def tell_plan(self, text: str, notes: Sequence[str], lacks: Sequence[str] = ()) -> None:
        """Show what will run and the first of the notes; a lack of memory or disk comes first."""
        if lacks:
            self._show(f"▶ {clean(lacks[0])}  ({text})", wrong=True)
            return
        more = f"  ({clean(notes[0])}{', …' if len(notes) > 1 else ''})" if notes else ""
        self._show(f"▶ {text}{more}")

    def tell_looking(self) -> None:
        """Show that datasets and models are being read."""
        self._show(READING)

    def tell_error(self, error: ProbingError) -> None:
        """Show what is wrong and what to do."""
        self._show(f"✗ {error_text(error)}", wrong=True)

    def tell_lacking(self, draft: Draft) -> bool:
        """Show what is not picked yet; returns whether anything is missing."""
        lacking = [_LACKING[kind] for kind in _LACKING if not draft.picked(kind)]
        if lacking:
            self._show(
                f"… to run, pick {', '.join(lacking)} (Tab: next list, Space: pick)", wrong=True
            )
        return bool(lacking)

    def _show(self, text: str, wrong: bool = False) -> None:
        self.set_class(wrong, "-wrong")
        self.update(text)
