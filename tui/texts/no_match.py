"""What stands in a list where its filter leaves nothing."""

from __future__ import annotations

from probing.errors import ProbingError
from probing.query import terms_of

WHOLE = "\n= wants a whole value (Tab completes it); a word alone finds any part."


def no_match(what: str, query: str) -> str:
    """That none matches, what to press, and where `=` may be meant for a part of a value."""
    hint = WHOLE if _asks_for_a_whole(query) else ""
    return f"No {what} matches the filter. Press / to change it; Esc clears it.{hint}"


def _asks_for_a_whole(query: str) -> bool:
    try:
        terms = terms_of(query) or ()
    except ProbingError:
        return False
    return any(term.column and term.comparison == "=" and term.value for term in terms)
