"""Hold a run while its user has it paused, between two events; it keeps its device."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from probing.logs import RunFolder
from probing.logs.waiting.wishes import read_wish

POLL_S = 0.5


def wait_while_paused(run: RunFolder, shield: Callable[[], AbstractContextManager[None]]) -> None:
    """Return once the run is not paused; what ends it meanwhile is raised where `shield` ends."""
    if not read_wish(run.path).is_paused:
        return
    print(f"paused at {time.strftime('%Y-%m-%d %H:%M:%S')}", file=sys.stderr, flush=True)
    while read_wish(run.path).is_paused:
        time.sleep(POLL_S)
        with shield():
            pass
    print(f"goes on at {time.strftime('%Y-%m-%d %H:%M:%S')}", file=sys.stderr, flush=True)
