"""The process that applies saved probes: `python -P -m probing.applying DESCRIPTOR`.

The request is a JSON object that is read from the file descriptor: `{"probes": [path of a card,
…], "texts": [text, …] or null, "file": a file, or "-" for standard input, "column", "watch",
"tokens", "device", "dtype", "any_model", "as_is"}`. The answer is a JSON object a line on
standard output: `{"columns": {name: [value, …], …}}` for some rows, `{"told": line}`, and in the
end `{"error": line, "exit_code": n}` where it went wrong. It is a separate process because it
computes.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import Any, TextIO

from probing import computing
from probing.datasets.streams.texts import Row, in_chunks, texts_of
from probing.errors import ProbingError

FIRST = 512  # texts that are scored together, and ever more of them
MOST_ROWS = 2**16  # of texts and probes, or of tokens, that are held at a time
_TOKENS = 64  # of a text, so that memory follows about as many rows


def main(descriptor: str) -> int:
    """Answer a request; returns the exit code."""
    with os.fdopen(int(descriptor), encoding="utf-8") as file:
        request = json.load(file)
    with _own_output() as output:
        try:
            for told in answered(request, lambda line: _say(output, {"told": line})):
                _say(output, told)
        except ProbingError as error:
            _say(output, {"error": str(error), "exit_code": error.exit_code})
            return error.exit_code
    return 0


def _say(output: TextIO, told: Mapping[str, Any]) -> None:
    print(json.dumps(told), file=output, flush=True)


def _own_output() -> TextIO:
    """Standard output for the answers alone; what libraries print goes to standard error."""
    own = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(own, "w", encoding="utf-8")


def answered(
    request: Mapping[str, Any], tell: Callable[[str], None] = lambda line: None
) -> Iterator[dict[str, Any]]:
    """The lines of the answer; `tell` is told what it waits for. Raises `ProbingError`."""
    rows = _begun(_rows(request))
    with computing.loading():
        from probing.engine.applying.rows import Applied  # torch

    applied = Applied(
        [Path(one) for one in request["probes"]],
        device=request.get("device") or "auto",
        dtype=request.get("dtype") or "",
        any_model=bool(request.get("any_model")),
        as_is=bool(request.get("as_is")),
        tokens=bool(request.get("tokens")),
    )
    try:
        applied.load(tell)
        each = len(request["probes"]) * (_TOKENS if applied.tokens else 1)
        largest = max(32, MOST_ROWS // each)
        for chunk in in_chunks(rows, min(FIRST, largest), largest):
            for row in chunk:
                if row.lacking:
                    yield {"told": f"row {row.number} has no score: {row.lacking}"}
            yield {"columns": applied.columns(chunk)}
    finally:
        applied.release()


def _begun(rows: Iterator[Row | None]) -> Iterator[Row | None]:
    """The rows with the first of them read, so that a file that cannot be is told at once."""
    first = list(islice(rows, 1))
    return chain(first, rows)


def _rows(request: Mapping[str, Any]) -> Iterator[Row | None]:
    if request.get("texts") is not None:
        return iter([Row(at, text) for at, text in enumerate(request["texts"], 1)])
    return texts_of(request["file"], request.get("column"), watch=bool(request.get("watch")))


if __name__ == "__main__":
    computing.begin()
    sys.exit(main(sys.argv[1]))
