"""`probe-tui apply`: what saved probes say of texts, as the texts come."""

from __future__ import annotations

from argparse import Namespace
from itertools import chain
from pathlib import Path

from probing.errors import ProbeError, SpecError
from probing.logs import logs_folder
from probing.probes import Card, find_probes, read_card
from probing.probes.files import check_file
from probing.probes.one_model import check_one_model
from tui.commands.of_results.row_output import kind_of
from tui.commands.of_results.row_stream import Maps, RowStream
from tui.commands.of_runs.batch import narrate
from tui.console.reports.token_maps import series_of
from tui.console.waiting import waiting
from tui.processes.computing.applier import applied
from tui.texts.of_runs.plans import counted

SHOWN = 5  # remarks on rows
_ASKED = ("column", "tokens", "device", "dtype", "any_model", "as_is")


def apply(given: Namespace) -> int:
    """Print or write a row for each text and probe, or for each token."""
    names, file = _probes_and_file(given)
    kind = kind_of(given)
    paths = list(dict.fromkeys(path for name in names for path in _found(given, name)))
    cards = _checked(paths)
    request = {
        "probes": [str(path.absolute()) for path in paths],
        "texts": given.text,
        "file": file,
        "watch": given.watch is not None,
        **{key: getattr(given, key) for key in _ASKED},
    }
    remarks, answers, had_rows = _Remarks(), applied(request), False
    with _stream(kind, given, cards) as stream:
        with waiting(f"loading {cards[0].model.name}"):
            first = next(answers, None)
        for told in chain([first] if first else [], answers):
            had_rows = True
            if "told" in told:
                remarks.tell(str(told["told"]))
            else:
                stream.take(told["columns"])
    remarks.close()
    if not had_rows:
        narrate(f"{'standard input' if file == '-' else file}: no texts, so there are no scores")
    return 0


def _stream(kind: str, given: Namespace, cards: list[Card]) -> RowStream:
    """Where rows go: tokens of several layers are a picture in a table's place."""
    if kind == "table" and given.tokens and series_of(cards):
        return RowStream(kind, given.output, Maps(cards))
    return RowStream(kind, given.output)


class _Remarks:
    """Tells the first remarks on standard error, and counts the others."""

    def __init__(self) -> None:
        self.n = 0

    def tell(self, line: str) -> None:
        self.n += 1
        if self.n <= SHOWN:
            narrate(line)

    def close(self) -> None:
        if self.n > SHOWN:
            narrate(f"and {counted(self.n - SHOWN, 'other row')} have no score")


def _probes_and_file(given: Namespace) -> tuple[list[str], str | None]:
    """The probes that are named, and the file, which stands last."""
    if given.text is not None and given.watch is not None:
        raise SpecError("--watch follows a file, not a --text")
    if any(not text.strip() for text in given.text or ()):
        raise SpecError("--text is empty", hint="give a text to score")
    if given.text is not None or given.watch is not None:
        return given.names, given.watch
    if len(given.names) < 2 or _is_probe(given, given.names[-1]):
        hint = "add --text TEXT, a FILE, or - for standard input"
        raise SpecError("there is nothing to apply the probe to", hint=hint)
    return given.names[:-1], given.names[-1]


def _is_probe(given: Namespace, name: str) -> bool:
    """Whether what stands in the place of the file is one more probe."""
    if name == "-" or Path(name).expanduser().exists():
        return False
    try:
        return bool(_found(given, name))
    except ProbeError:
        return False


def _found(given: Namespace, name: str) -> list[Path]:
    return find_probes(logs_folder(given.logs), name)


def _checked(paths: list[Path]) -> list[Card]:
    """The cards, of one model, with their arrays as they were written."""
    cards = [read_card(path) for path in paths]
    for path, card in zip(paths, cards, strict=True):
        check_file(path, card)
    check_one_model(cards)
    return cards
