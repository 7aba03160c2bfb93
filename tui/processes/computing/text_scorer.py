"""A process that stays and scores text after text, while one types: it computes, the app does
not."""

from __future__ import annotations

import contextvars
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import IO, Any

from textual.message_pump import MessagePump

from probing.errors import ProbeError, ProbingError
from tui.processes.background import NAME
from tui.processes.computing.answers import Told, answers
from tui.processes.computing.applier import ended


class TextScorer:
    """Asks `probing.serving`, of which `request` is the request, about texts.

    `tell` is called in the thread of `owner` with each line that it answers, or with the error by
    which it ended. Of texts that are asked before it is ready, and while it is busy, only the
    newest is answered.
    """

    def __init__(
        self,
        owner: MessagePump,
        request: Mapping[str, Any],
        tell: Callable[[Told | ProbingError], None],
    ) -> None:
        self._owner, self._request, self._tell = owner, dict(request), tell
        self._waiting: Told | None = None
        self._is_ready = self._is_over = False
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def start(self) -> None:
        """Start it; the answers come."""
        work = contextvars.copy_context().run
        threading.Thread(target=work, args=(self._follow,), name=NAME, daemon=True).start()

    def ask(self, number: int, text: str, *, as_is: bool = False) -> None:
        """Ask about a text; the answer has its number as `id`."""
        with self._lock:
            self._waiting = {"id": number, "text": text, "as_is": as_is}
            if self._is_ready:
                self._send()

    def close(self) -> None:
        """End it; nothing more is told."""
        with self._lock:
            self._is_over = True
            process = self._process
        if process is not None:
            process.terminate()

    def _send(self) -> None:
        process, asked = self._process, self._waiting
        self._waiting = None
        if process is not None and process.stdin is not None and asked is not None:
            with suppress(OSError, ValueError):
                process.stdin.write(json.dumps(asked).encode() + b"\n")
                process.stdin.flush()

    def _follow(self) -> None:
        """Start the process, and tell what it answers, in a thread of its own."""
        with tempfile.TemporaryFile() as printed:
            try:
                process = self._begun(printed)
                with process:
                    for told in answers(process):
                        self._take(told)
                if process.returncode and not self._is_over:
                    what = f"the process that scores texts {ended(process.returncode, printed)}"
                    raise ProbeError(what, hint="leave this view and open it again")
            except ProbingError as error:
                self._hand_on(error)
            except OSError as error:
                self._hand_on(ProbeError(f"the process that scores texts cannot start ({error})"))

    def _begun(self, printed: IO[bytes]) -> subprocess.Popen[bytes]:
        reading, writing = os.pipe()
        command = [sys.executable, "-P", "-m", "probing.serving", str(reading)]
        pipe, files = subprocess.PIPE, {"stderr": printed, "pass_fds": [reading]}
        try:
            process = subprocess.Popen(command, stdin=pipe, stdout=pipe, **files)  # type: ignore[call-overload]
        finally:
            os.close(reading)
        with suppress(BrokenPipeError), os.fdopen(writing, "w", encoding="utf-8") as file:
            json.dump(self._request, file)
        with self._lock:
            self._process = process
            if self._is_over:
                process.terminate()
        return process  # type: ignore[no-any-return]

    def _take(self, told: Told) -> None:
        if "ready" in told:
            with self._lock:
                self._is_ready = True
                self._send()
        self._hand_on(told)

    def _hand_on(self, told: Told | ProbingError) -> None:
        if not self._is_over:
            with suppress(RuntimeError):  # the loop is gone where the app was left meanwhile
                self._owner.call_later(self._told, told)

    def _told(self, told: Told | ProbingError) -> None:
        if not self._is_over and self._owner.is_running:
            self._tell(told)
