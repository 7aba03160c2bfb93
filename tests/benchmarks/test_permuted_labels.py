"""Permuted labels are fitted by both contenders, which choose alike."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from benchmarks import many_rows
from benchmarks.permuted_labels import main


def test_each_row_counts_the_folds_of_its_labellings(capsys: pytest.CaptureFixture[str]) -> None:
    shape = {"n": 72, "d": 4, "classes": 3, "folds": 2, "permutations": 2, "layer": 12}
    main([f"--{name}={value}" for name, value in shape.items()])
    one = capsys.readouterr().out
    main([*(f"--{name}={value}" for name, value in shape.items()), "--layer", "11", "12"])
    assert one.count("|") == 30
    rows = [line.strip("| ").split(" | ") for line in capsys.readouterr().out.splitlines()[2:]]
    assert [row[0] for row in rows] == ["own", "permuted, 2 times", "all"]
    assert [row[4].split(" of ")[1] for row in rows] == ["4", "8", "12"]
    equal = [int(row[4].split(" of ")[0]) for row in rows]
    assert equal[0] + equal[1] == equal[2] >= 10
    assert all(float(cell) > 0 for row in rows for cell in row[1:4])


def test_permutations_in_one_block_are_timed_beside_one(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    features = np.random.default_rng(0).standard_normal((40, 3)).astype(np.float32)
    np.savez(tmp_path / "layer.npz", x=features, y=np.arange(40) % 2)
    given = ["--features", str(tmp_path / "layer.npz"), "--folds", "3", "--done", "1"]
    main([*given, "--together", "2"])
    assert re.fullmatch(
        r"2 permutations: \S+ CPU s; one: \S+; ratio \S+\n", capsys.readouterr().out
    )


def test_fits_of_many_rows_are_timed_beside_their_pass(capsys: pytest.CaptureFixture[str]) -> None:
    shape = {"n": 60, "d": 8, "classes": 3, "folds": 2, "blocks": 1, "texts": 2}
    many_rows.main([f"--{name}={value}" for name, value in shape.items()])
    told = r"2 folds: \S+ CPU s; the bare pass: \S+; ratio \S+\n"
    assert re.fullmatch(told, capsys.readouterr().out)
