"""The simulation of intervals of transfer runs, and says what it should."""

from __future__ import annotations

import pytest

from benchmarks.transfer_coverage import main


def test_it_tells_how_often_each_interval_holds(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--experiments", "20", "--settings", "1"])
    rows = [line.strip("| ").split(" | ") for line in capsys.readouterr().out.splitlines()[2:]]
    found = {row[6]: (float(row[7]), float(row[8])) for row in rows}
    assert len(found) == 6
    held, width = found["auroc, jackknife"]
    assert held >= 0.8 and width > found["auroc, test texts alone"][1]
