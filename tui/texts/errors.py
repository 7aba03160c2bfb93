"""An error as the app shows it: one clean line."""

from __future__ import annotations

from probing.errors import ProbingError
from tui.texts.sanitiser import clean


def error_text(error: ProbingError) -> str:
    """What is wrong and what to do, without a key that the message names already."""
    names_key = bool(error.where) and error.what.startswith(f"{error.where} ")
    return clean(str(error).removeprefix(f"{error.where}: ") if names_key else str(error))
