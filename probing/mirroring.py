"""The process that sends a run to its store: `python -P -m probing.mirroring RUN_FOLDER`.

It sends what is new every two seconds while a process holds the lock of the run, and all that is
left when none does. It outlives a runner that is killed.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from probing.errors import ProbingError, RunError, StoreError
from probing.logs import is_held, run_lock
from probing.logs.folders.locks import Lock
from probing.logs.mirrors.opening import sending_lock, store_of
from probing.logs.mirrors.pushing import Pusher

EVERY_S = 2.0
AFTER_FAILURE_S = 10.0
_LAST_TRIES = 3


def main(arguments: Sequence[str]) -> int:
    """Send the folder named on the command line; returns the exit code."""
    folder = Path(arguments[0]).resolve()
    lock = Lock(sending_lock(folder))
    while not lock.acquire(EVERY_S):  # one of an earlier attempt is not through yet
        pass
    try:
        store = store_of(folder.parent)
        return 0 if store is None else _sent(Pusher(folder, store))
    except (ProbingError, OSError) as error:
        print(f"not sent to the store: {error}", file=sys.stderr, flush=True)
        return 1


def _sent(pusher: Pusher) -> int:
    n_failed = 0
    while pusher.folder.is_dir():
        is_over = not is_held(run_lock(pusher.folder))
        try:
            pusher.push(is_over)
            n_failed = 0
        except (ProbingError, OSError) as error:
            if isinstance(error, RunError) and not isinstance(error, StoreError):
                raise  # another machine has it
            n_failed += 1
            if n_failed == 1:
                more = "the run goes on, and what is missing is sent later"
                print(f"{error}; {more}", file=sys.stderr, flush=True)
            if is_over and n_failed >= _LAST_TRIES:
                return 1
        else:
            if is_over:
                return 0
        time.sleep(AFTER_FAILURE_S if n_failed and not is_over else EVERY_S)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
