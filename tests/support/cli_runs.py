"""The command line in a process of its own, its runs computed by the stand-in."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import tomli_w

import tui.processes.launcher
from tui.cli import main

ROOT = Path(__file__).parents[2]
TEXTS = ["a red cat", "the big dog", "a small mat", "the red house"]
PATIENCE_S = 30.0


def working_folder(folder: Path) -> Path:
    """A folder with a dataset `d.csv`, a model `tiny` as far as files tell, and `s.toml`."""
    rows = [f"{TEXTS[at % 4]} {at},{at % 2}\n" for at in range(20)]
    (folder / "d.csv").write_text("text,label\n" + "".join(rows))
    model = folder / "tiny"
    model.mkdir()
    config = {"model_type": "bert", "num_hidden_layers": 2, "hidden_size": 4}
    (model / "config.json").write_text(json.dumps(config))
    (model / "vocab.txt").write_text("[PAD]\n[UNK]\n")
    tensor = {"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}
    header = json.dumps(tensor).encode()
    (model / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + bytes(8))
    write_spec(folder)
    return folder


def write_spec(folder: Path, **changes: object) -> Path:
    """A spec that can run, with other values for some keys."""
    keys: dict[str, object] = {
        "name": "quick",
        "datasets": ["d.csv"],
        "models": ["tiny"],
        "poolers": ["mean"],
        "classifiers": ["LDA"],
        "n_folds": 2,
    }
    path = folder / "s.toml"
    path.write_text(tomli_w.dumps(keys | changes))
    return path


def start(folder: Path, *arguments: str, err: int = subprocess.PIPE) -> subprocess.Popen[str]:
    """Start `probe-tui` in `folder` with the stand-in as its runner."""
    command = [sys.executable, "-m", "tests.support.cli_runs", *arguments]
    return subprocess.Popen(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=err,
        text=True,
        env=environment(folder),
    )


def environment(folder: Path) -> dict[str, str]:
    """Ours, with nothing kept outside `folder`."""
    kept = {"XDG_STATE_HOME": str(folder / "state"), "OMP_NUM_THREADS": "1"}
    logs = {"PROBE_TUI_LOGS": str(folder / "logs")}
    return {**os.environ, **kept, **logs, "PYTHONPATH": str(ROOT)}


def until(holds: Callable[[], bool]) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def _start_stand_in(
    run: tui.processes.launcher.RunFolder, *, retries: bool = False
) -> subprocess.Popen[bytes]:
    assert not retries
    with run.log.open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.support.stand_in_runner", str(run.path)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


if __name__ == "__main__":
    # before the commands are imported, which take it from there
    tui.processes.launcher.start_runner = _start_stand_in
    sys.exit(main())
