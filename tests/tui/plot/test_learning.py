"""What the legend of learning curves says."""

from __future__ import annotations

import polars as pl

from tui.plot.along.learning import draw_learning

WHERE = {"run": "r", "dataset": "tense", "model": "m", "metric": "accuracy", "task": "binary"}


def _cell(
    classifier: str, layer: int | None, control: str, value: float
) -> list[dict[str, object]]:
    where = (
        {"pooler": "mean", "site": "resid"}
        if layer is not None
        else dict.fromkeys(("pooler", "site"), "")
    )
    cell = {**WHERE, **where, "classifier": classifier, "layer": layer, "control": control}
    return [
        {**cell, "n_train": n, "value": value, "low": value - 0.1, "high": value + 0.1}
        for n in (9, 90)
    ]


def test_a_control_that_serves_every_layer_is_one_grey_entry() -> None:
    cells = [
        *_cell("LDA", 1, "", 0.8),
        *_cell("LDA", 2, "", 0.7),
        *_cell("LDA", None, "length", 0.5),
        *_cell("Ridge", None, "length", 0.52),
    ]
    frame = pl.DataFrame(cells).with_columns(n_tested=pl.lit(90))
    drawn = draw_learning(frame, 90, 16, ascii=False, colour=False)
    assert "● LDA layer 1  ▲ LDA layer 2  ◇ length ▾.50–.52\n" in drawn
