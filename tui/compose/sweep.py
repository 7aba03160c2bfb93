"""Ask what to sweep over: one run for each value of a key, or each entry of a list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.app import App
from textual.suggester import SuggestFromList

from probing.errors import SpecError
from probing.spec import Spec, sweep_of
from tui.compose.draft import LISTS, Draft
from tui.dialogs.prompt import PromptScreen
from tui.texts.errors import error_text

USUAL = ("seed=0,1,2,3,4", "n_folds=5,10", "n_shuffles=5,100", 'scale="standard","none"')


def ask_sweep(app: App[Any], draft: Draft, run: Callable[[tuple[Spec, ...]], object]) -> None:
    """Ask for a key and its values, and `run` the spec of each."""
    try:
        spec = draft.spec()
    except SpecError as error:
        app.notify(error_text(error), severity="error", markup=False)
        return
    several = [kind for kind in LISTS if len(draft.picked(kind)) > 1]

    def answered(line: str | None) -> None:
        if line:
            run(sweep_of(spec, line))

    hint = "seed=0,1,2 or n_folds=5,10; or models, for each picked one"
    suggester = SuggestFromList((*several, *USUAL), case_sensitive=True)
    prompt = PromptScreen(
        "Sweep: a run for each value",
        hint=hint,
        check=lambda line: sweep_of(spec, line),
        suggester=suggester,
    )
    app.push_screen(prompt, answered)
