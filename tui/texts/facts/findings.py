"""What the audit of a dataset found, in lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from tui.texts.sanitiser import clean

if TYPE_CHECKING:
    from probing.audit import Finding

EXAMPLE_WIDTH = 90


def audit_lines(findings: Iterable[Finding], n_examples: int, notes: bool = True) -> Iterator[str]:
    """Each message, then what to do and up to `n_examples` rows; of notes only if `notes`."""
    for one in findings:
        yield f"{one.severity:<8} {clean(one.message)}"
        if one.is_warning or notes:
            yield from (f"         {line}" for line in _more(one, n_examples))


def _more(one: Finding, n_examples: int) -> Iterator[str]:
    if one.hint:
        yield clean(one.hint)
    for label, text in one.examples[:n_examples]:
        yield f"{clean(label)}: {clean(text, EXAMPLE_WIDTH)}"
