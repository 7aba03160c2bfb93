"""The comparison of linear fits in CPU seconds tells every part, all of them, and the agreement."""

from __future__ import annotations

import pytest

from benchmarks.linear_fits import main


def test_a_row_for_each_part_and_for_all(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--n", "60", "--d", "5", "--folds", "3", "--layers", "2", "3", "--done", "2"])
    rows = [line.split("|") for line in capsys.readouterr().out.splitlines()[2:]]
    names = [row[1].strip() for row in rows]
    assert names[:4] == ["logistic grid", "ridge grid", "lda", "mass mean"]
    assert names[4:] == ["all, converged", "all, to scikit-learn's tolerance"]
    for *_, ours, theirs, times, _, _ in rows:
        assert float(ours) >= 0 and float(theirs) >= 0 and float(times) > 0
    assert all("100 % of decisions" in row[5] for row in rows[:5])
