"""Show, save and load the spec as TOML."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from textual.app import App

from probing import spec as specs
from probing.errors import SpecError
from probing.spec import Spec
from tui.compose.draft import Draft
from tui.dialogs.confirm import ConfirmScreen
from tui.dialogs.prompt import PromptScreen
from tui.texts.errors import error_text
from tui.texts.sanitiser import clean
from tui.widgets.path_suggester import PathSuggester

Take = Callable[[Spec], None]


def view(app: App[Any], draft: Draft, take: Take) -> None:
    """Show `draft` as TOML; `take` gets the edited spec."""
    from tui.compose.spec_view import SpecView

    spec = _spec(app, draft)
    if spec is None:
        return

    def changed(new: Spec | None) -> None:
        if new is not None:
            take(new)

    app.push_screen(SpecView(specs.to_toml(spec)), changed)


def save(app: App[Any], draft: Draft, base: Path) -> None:
    """Ask for a path and write `draft` there; ask again before overwriting a file."""
    spec = _spec(app, draft)
    if spec is None:
        return

    def answered(line: str | None) -> None:
        path = base / Path(line or "").expanduser()
        if line and path.exists():
            question = f"{clean(path)} exists. Overwrite it?"
            app.push_screen(
                ConfirmScreen(question, yes="overwrite"), lambda yes: write(path) if yes else None
            )
        elif line:
            write(path)

    def write(path: Path) -> None:
        try:
            path.write_text(specs.to_toml(spec), encoding="utf-8")
        except OSError as error:
            app.notify(f"{clean(path)}: {error.strerror}", severity="error", markup=False)
        else:
            app.notify(f"saved {clean(path)}", markup=False)

    prompt = PromptScreen(
        "Save the spec as", f"{spec.name}.toml", suggester=PathSuggester(base, (".toml",))
    )
    app.push_screen(prompt, answered)


def load(app: App[Any], base: Path, take: Take) -> None:
    """Ask for a path and load the spec there."""

    def answered(line: str | None) -> None:
        if line:
            take(read(line))

    def read(line: str) -> Spec:
        return specs.load(base / Path(line).expanduser())

    prompt = PromptScreen(
        "Load a spec", hint="quickstart.toml", check=read, suggester=PathSuggester(base, (".toml",))
    )
    app.push_screen(prompt, answered)


def _spec(app: App[Any], draft: Draft) -> Spec | None:
    try:
        return draft.spec()
    except SpecError as error:
        app.notify(error_text(error), severity="error", markup=False)
        return None
