"""What a list says where its filter leaves nothing."""

from __future__ import annotations

import pytest

from tui.texts.no_match import WHOLE, no_match


@pytest.mark.parametrize(
    ("query", "hints"),
    [
        ("run=demo", True),
        ("gpt2", False),
        ("layer>3", False),
        ("control=", False),
        ("layer<", False),
    ],
)
def test_equals_is_explained_where_it_may_be_why_nothing_matches(query: str, hints: bool) -> None:
    told = no_match("cell", query)
    assert told.startswith("No cell matches the filter.") and told.endswith(WHOLE) == hints
    assert max(map(len, told.splitlines())) <= 78
