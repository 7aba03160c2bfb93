"""Permuted labels are fitted by both contenders, which choose alike."""

from __future__ import annotations

import pytest

from benchmarks.permuted_labels import main


def test_each_row_counts_the_folds_of_its_labellings(capsys: pytest.CaptureFixture[str]) -> None:
    shape = {"n": 120, "d": 6, "classes": 3, "folds": 3, "permutations": 2, "layer": 12}
    main([f"--{name}={value}" for name, value in shape.items()])
    rows = [line.strip("| ").split(" | ") for line in capsys.readouterr().out.splitlines()[2:]]
    assert [row[0] for row in rows] == ["own", "permuted, 2 times", "all"]
    assert [row[4].split(" of ")[1] for row in rows] == ["3", "6", "9"]
    equal = [int(row[4].split(" of ")[0]) for row in rows]
    assert equal[0] + equal[1] == equal[2] >= 8
    assert all(float(cell) > 0 for row in rows for cell in row[1:4])
