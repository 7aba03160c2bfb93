"""An error as the app says it: one clean line."""

from __future__ import annotations

from probing.errors import ProbingError
from tui.texts.sanitiser import clean


def error_text(error: ProbingError) -> str:
    """What is wrong and what to do; a value quoted with its key needs no key before it."""
    names_key = bool(error.where) and error.what.startswith(f"{error.where} ")
    return clean(str(error).removeprefix(f"{error.where}: ") if names_key else str(error))
