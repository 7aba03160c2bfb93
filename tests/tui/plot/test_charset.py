"""Which characters and colours plots draw with."""

from __future__ import annotations

import pytest

from tui.plot import charset
from tui.plot.marks import PALETTE, SIXTEEN, colour_of
from tui.texts.characters import is_poor


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"TERM": "xterm-256color", "LANG": "en_GB.UTF-8"}, False),
        ({"TERM": "xterm"}, False),
        ({"TERM": "xterm", "LANG": "C"}, False),
        ({"TERM": "linux", "LANG": "en_GB.UTF-8"}, True),
        ({"TERM": "xterm", "LANG": "de_DE.ISO-8859-15@euro"}, True),
        ({"TERM": "xterm", "LANG": "de_DE.ISO-8859-1", "LC_CTYPE": "de_DE.utf8"}, False),
        ({"TERM": "xterm", "LC_ALL": "C", "LANG": "en_GB.UTF-8"}, True),
    ],
)
def test_poor_terminals_get_ascii(environ: dict[str, str], expected: bool) -> None:
    assert is_poor(environ) is expected


def test_what_is_asked_for_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "linux")
    monkeypatch.delenv("COLORTERM", raising=False)
    charset.use()
    assert charset.is_ascii() and charset.is_sixteen() and colour_of(0) == SIXTEEN[0]
    charset.use(ascii=False, sixteen=False)
    assert not charset.is_ascii() and colour_of(0) == PALETTE[0]


def test_colours_of_a_terminal() -> None:
    known = [("xterm", ""), ("xterm-256color", ""), ("xterm", "truecolor"), ("", "")]
    few = [charset.has_few_colours({"TERM": term, "COLORTERM": more}) for term, more in known]
    assert few == [True, False, False, False]
    assert len(set(SIXTEEN)) == len(SIXTEEN) == len(PALETTE)
