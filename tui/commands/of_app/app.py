"""`probe-tui` without a command: open the app."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from probing.errors import SpecError
from probing.logs import logs_folder
from probing.logs.mirrors.following import followed
from tui.texts.sanitiser import clean

if TYPE_CHECKING:
    from tui.app import ProbeApp


def tour(given: Namespace) -> int:
    """Open the app with its tour."""
    return open_app(given, is_tour=True)


def open_app(given: Namespace, *, is_tour: bool = False) -> int:
    """Open the app; returns when the user quits."""
    is_served = "TEXTUAL_DRIVER" in os.environ  # a browser is its terminal
    if not is_served and not (sys.stdin.isatty() and sys.__stderr__ and sys.__stderr__.isatty()):
        hint = "run a spec with --batch SPEC, or see probe-tui --help"
        raise SpecError("the app needs a terminal", hint=hint)
    from tui.app import ProbeApp

    logs = logs_folder(given.logs)
    app = ProbeApp(logs=logs, base=Path.cwd(), config=given.config, is_tour=is_tour, is_alone=True)
    with followed(logs, partial(_tell, app)):
        app.run()
    return app.return_code or 0


def _tell(app: ProbeApp, line: str) -> None:
    """Show a line; called from another thread."""
    app.call_later(app.notify, clean(line), severity="warning", timeout=10, markup=False)
