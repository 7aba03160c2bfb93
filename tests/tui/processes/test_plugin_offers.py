"""What is said of plug-in files whose import goes wrong in every way."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import IO

import pytest

from probing.errors import PluginError
from tests.support.warm_processes import WarmProcess
from tui.processes import plugin_offers
from tui.processes.plugin_offers import describe

GOOD = """
class Good:
    def fit(self, X, y): return self
    def predict(self, X): return [0] * len(X)
"""


@pytest.fixture(autouse=True)
def libraries_are_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """What describes a file is forked, not started: to import the libraries takes a second."""

    def forked(command: Sequence[str], *, stdout: IO[bytes], **_: object) -> WarmProcess:
        module, file = command[-2:]
        answer = Path(f"/proc/{os.getpid()}/fd/{stdout.fileno()}")
        return WarmProcess(module, [file], answer, Path(os.devnull))

    started = {**vars(subprocess), "Popen": forked}
    monkeypatch.setattr(plugin_offers, "subprocess", SimpleNamespace(**started))


def written(folder: Path, text: str) -> Path:
    file = folder / "plug\udcff.py"
    file.write_text(text)
    return file


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import os; os._exit(7)", "ended with exit code 7; fix the file"),
        ("import ctypes; ctypes.string_at(0)", "was killed by SIGSEGV; fix the file"),
        ("import os; os.kill(os.getpid(), 40)", "was killed by signal 40; fix the file"),
        ("import sys; sys.exit('no')", "line 1: the plug-in fails to import: SystemExit: no"),
        ("def f(): f()\nf()", "line 1: the plug-in fails to import: RecursionError"),
        (
            "class E(BaseException):\n    def __str__(self): raise E\nraise E",
            "line 3: the plug-in fails to import: E; fix",
        ),
        (
            "class R:\n    def __repr__(self): raise ValueError('no')\n"
            + GOOD
            + "    def __init__(self, a=R()): pass",
            "cannot be described: ValueError: no",
        ),
    ],
)
def test_a_file_that_breaks_or_ends_its_import_is_named(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(PluginError) as raised:
        describe(written(tmp_path, text))
    assert "plug\udcff.py" in str(raised.value) and said in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "text",
    [
        "import os; print('hi'); os.write(1, b'{' * 99); os.system('echo hello')",
        "import os; os.close(1)",
        "import os; os.close(2); os.close(0)",
        "import threading, time; threading.Thread(target=time.sleep, args=[1000]).start()",
        "import subprocess; subprocess.Popen(['sleep', '30.0125'])",
    ],
)
def test_whatever_else_a_file_does_at_its_import_it_is_described(tmp_path: Path, text: str) -> None:
    assert list(describe(written(tmp_path, text + GOOD))) == ["Good"]
    running = subprocess.run(["ps", "ax"], capture_output=True, text=True, check=False).stdout
    assert "sleep 30.0125" not in running
