"""The process that answers text after text: `python -P -m probing.serving DESCRIPTOR`.

The request is a JSON object that is read from the file descriptor: `{"probes": [path of a card,
…], "device", "dtype", "any_model"}`, the probes of one model at its layers. Once it has said
`{"ready": {"device", "elapsed_s"}}` on standard output, it takes texts from standard input, a JSON
object a line: `{"id": n, "text", "as_is"}`. Of those that wait only the newest is answered: by
`{"id": n, "tokens", "scores", "texts", "elapsed_s"}` or `{"id": n, "refused": line}`. `{"told":
line}` says what it is at; `{"error": line, "exit_code": n}` that it cannot be. It ends when
standard input does. It is a separate process because it computes, and one that stays because
loading a model takes far longer than running it.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from probing import computing
from probing.errors import ProbingError, in_one_line

if TYPE_CHECKING:
    from probing.engine.applying.layers_of_tokens import LayersOfTokens


def main(descriptor: str) -> int:
    """Answer texts until there are no more; returns the exit code."""
    with os.fdopen(int(descriptor), encoding="utf-8") as file:
        request = json.load(file)
    with _own_output() as output:
        try:
            _serve(request, output)
        except ProbingError as error:
            _say(output, {"error": str(error), "exit_code": error.exit_code})
            return error.exit_code
    return 0


def _serve(request: Mapping[str, Any], output: TextIO) -> None:
    newest = Newest()
    # from now on, so that it also ends while the model loads
    threading.Thread(target=newest.read, args=(sys.stdin,), daemon=True).start()
    _say(output, {"told": "loading the libraries"})
    with computing.loading():
        from probing.engine.applying.layers_of_tokens import LayersOfTokens  # torch

    served = LayersOfTokens(
        [Path(one) for one in request["probes"]],
        device=request.get("device") or "auto",
        dtype=request.get("dtype") or "",
        any_model=bool(request.get("any_model")),
    )
    _say(output, {"told": f"loading {served.probes[0].card.model.name}"})
    _say(output, {"ready": served.load()})
    while True:
        asked = newest.take()
        _say(output, {"id": asked.get("id"), **_answered(served, asked)})


def _answered(served: LayersOfTokens, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a text; one that cannot be answered does not end the others."""
    try:
        return served.answer(str(asked["text"]), as_is=bool(asked.get("as_is")))
    except ProbingError as error:
        return {"refused": str(error)}
    except Exception as error:
        return {"refused": in_one_line(error)}


class Newest:
    """The newest of the requests that come."""

    def __init__(self) -> None:
        self._there = threading.Condition()
        self._asked: dict[str, Any] | None = None

    def read(self, lines: Iterable[str]) -> None:
        """Keep the newest of `lines`; ends the process where they end, whatever it is at."""
        for line in lines:
            with self._there:
                self._asked = json.loads(line)
                self._there.notify()
        os._exit(0)

    def take(self) -> dict[str, Any]:
        """The newest request, once there is one that was not taken."""
        with self._there:
            while self._asked is None:
                self._there.wait()
            asked, self._asked = self._asked, None
            return asked


def _say(output: TextIO, told: Mapping[str, Any]) -> None:
    print(json.dumps(told), file=output, flush=True)


def _own_output() -> TextIO:
    """Standard output for the answers alone; what libraries print goes to standard error."""
    own = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(own, "w", encoding="utf-8")


if __name__ == "__main__":
    computing.begin()
    sys.exit(main(sys.argv[1]))
