"""The process that intervenes in a model: `python -P -m probing.intervening FOLDER`.

The folder holds the request, and takes what is measured, unit by unit. On standard output it
tells how far it is, a JSON object a line: `{"done": n, "of": n, "units": "prompts"}`; what a reader
of its rows should know, `{"told": line}`; where it goes wrong `{"error": line, "exit_code": n}`.
It is a separate process because it computes; what an earlier one measured of the same request is
not measured again.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from probing.errors import ProbingError, RunError, in_one_line
from probing.interventions.folder import InterventionFolder
from probing.logs.locks import Lock, run_lock

PATIENCE_S = 1.0
INTERRUPTED = 130


def main(arguments: Sequence[str]) -> int:
    """Do what the folder asks for; returns the exit code."""
    folder = InterventionFolder(Path(arguments[0]).resolve())
    lock = Lock(run_lock(folder.path))
    try:
        if not lock.acquire(PATIENCE_S):
            what = "another process is at work on the same request"
            raise RunError(what, where=str(folder.path), hint="wait for it, or end it")
        _work(folder)
    except ProbingError as error:
        return _failed(str(error), error.exit_code)
    except (KeyboardInterrupt, BrokenPipeError):  # whoever asked is gone: what is done is kept
        return INTERRUPTED
    except Exception as error:
        import traceback

        traceback.print_exc()
        return _failed(in_one_line(error, 500), 1)
    finally:
        lock.release()
    return 0


def _work(folder: InterventionFolder) -> None:
    folder.read_request()  # one that is damaged is told at once
    from probing.engine.interventions.work import work  # torch: about 2 s

    work(folder, _tell)


def _failed(line: str, code: int) -> int:
    _tell({"error": line, "exit_code": code})
    return code


def _tell(record: dict[str, Any]) -> None:
    print(json.dumps(record), flush=True)


if __name__ == "__main__":
    # idle threads that spin wait for each other without end where others use the cores too
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    sys.exit(main(sys.argv[1:]))
