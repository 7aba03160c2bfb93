"""Folders of interventions: the same request finds what it has done."""

from __future__ import annotations

from pathlib import Path

from probing.interventions.folder import folder_of
from probing.interventions.requests import Steer

ASKED = Steer("p", ("a", "b"), (0, 1), (1.0,), (1,))


def test_what_is_measured_is_found_again_whole(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "probe", ASKED, "sha")
    folder.append("0", {"kl": [0.5]})
    with folder.measured.open("ab") as file:
        file.write(b'0badc0de {"unit": "1", "val')  # broken off
    folder.append("1", {"kl": [0.25]})
    again = folder_of(tmp_path, "probe", ASKED, "sha")
    assert again.path == folder.path
    assert again.done() == {"0": {"kl": [0.5]}, "1": {"kl": [0.25]}}
    assert again.read_request() == ASKED
    assert folder_of(tmp_path, "probe", ASKED, "other").path != folder.path
