"""`python -m benchmarks.slow_line`: bytes that the app sends to its terminal, idle and with a run.

The app runs in a pseudo-terminal, over a logs folder with one finished run or with one that goes
on: 100 events a second, a block of cells done each second. Bytes are counted for half a minute in
each place, after it has come to rest.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import pty
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

from benchmarks.runs.synthetic import RunShape, begin_run, blocks_of, write_run
from probing.logs import EventWriter, Lock, RunFolder, run_lock

SHAPE = RunShape(n_datasets=1, n_poolers=1, n_classifiers=6, n_layers=25)
SIZES = ((80, 24), (200, 50))
PLACES = {"1": "Compose", "2": "Runs", "3": "Results"}
SETTLE_S = 10.0


class Terminal:
    """The app behind a pseudo-terminal whose bytes are counted."""

    def __init__(self, folder: Path, size: tuple[int, int]) -> None:
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        environment = {
            **os.environ,
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "XDG_STATE_HOME": str(folder / "state"),
            "PROBE_TUI_CONFIG": str(folder / "none.toml"),
        }
        command = [sys.executable, "-m", "tui.cli", "--logs", str(folder / "logs")]
        self._process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, close_fds=True
        )
        os.close(theirs)
        self._ours, self.n_bytes = ours, 0
        threading.Thread(target=self._count, daemon=True).start()

    def _count(self) -> None:
        with contextlib.suppress(OSError):
            while read := os.read(self._ours, 65536):
                self.n_bytes += len(read)

    def press(self, key: str) -> None:
        """Type a key."""
        os.write(self._ours, key.encode())

    def rates(self, seconds: int) -> list[int]:
        """Bytes of each second from now on."""
        rates = []
        for _ in range(seconds):
            before = self.n_bytes
            time.sleep(1.0)
            rates.append(self.n_bytes - before)
        return rates

    def leave(self) -> None:
        """End the app."""
        self.press("q")
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(10)
        self._process.kill()


@contextlib.contextmanager
def going(run: RunFolder) -> Iterator[None]:
    """The run goes on meanwhile: a block each second, its events spread over it."""
    is_over, lock = threading.Event(), Lock(run_lock(run.path))
    lock.acquire()

    def write() -> None:
        writer = EventWriter(run.events)
        for events in blocks_of(SHAPE, Random(0)):
            step = max(len(events) // 10, 1)
            for at in range(0, len(events), step):
                writer.append(events[at : at + step])
                if is_over.wait(0.1):
                    return

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
        lock.release()


def measured(size: tuple[int, int], seconds: int, *, is_live: bool) -> Iterator[str]:
    """A row for each place."""
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        if is_live:
            stack.enter_context(going(begin_run(folder / "logs" / "live", SHAPE)))
        else:
            write_run(folder / "logs" / "done", SHAPE)
        terminal = Terminal(folder, size)
        time.sleep(SETTLE_S)
        for key, place in PLACES.items():
            terminal.press(key)
            time.sleep(SETTLE_S)
            rates = terminal.rates(seconds)
            what = "a live run" if is_live else "idle"
            shown = f"{sum(rates) / seconds:,.0f} | {max(rates):,}"
            yield f"| {size[0]}×{size[1]} | {what} | {place} | {shown} |"
        terminal.leave()


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seconds", type=int, default=30, help="in each place (default: 30)")
    seconds = parser.parse_args().seconds
    print("| size | state | place | bytes a second | most in a second |")
    print("| --- | --- | --- | --: | --: |")
    for size in SIZES:
        for is_live in (False, True):
            for row in measured(size, seconds, is_live=is_live):
                print(row, flush=True)


if __name__ == "__main__":
    main()
