"""What was chosen, in words."""

from __future__ import annotations

from probing.engine.experiment.choosing.what_was_chosen import how_often, left_out, named, told
from probing.plan import Cell


def cell(pooler: str, layer: int | None, classifier: str, site: str = "resid") -> Cell:
    return Cell("truth", "binary", "gpt2", site, pooler, layer, classifier, "")


def test_each_value_is_counted() -> None:
    names = [{"layer": "5", "pooler": "mean"}] * 4 + [{"layer": "4", "pooler": "mean"}]
    assert how_often(names) == "chosen: layer 5 in 4 of 5 folds, 4 in 1 · pooler mean in 5"


def test_many_values_are_cut() -> None:
    names = [{"layer": str(at)} for at in range(7)] + [{"layer": "3"}]
    assert how_often(names) == "chosen: layer 3 in 2 of 8 folds, 0 in 1, 1 in 1, 2 in 1, 3 others"


def test_a_pooler_that_reduces_layers_has_none() -> None:
    chosen = cell("chosen", None, "chosen")
    names = [named(chosen, cell("mean(layer=all)", None, "LDA")), {"layer": "2", "pooler": "mean"}]
    assert names[0] == {"pooler": "mean(layer=all)", "classifier": "LDA"}
    assert "layer several in 1, 2 in 1" in how_often(names).replace(" of 2 folds", "")
    assert told({"layer": "2", "pooler": "mean", "classifier": "LDA"}) == "layer 2, mean, LDA"


def test_only_what_was_chosen_is_named() -> None:
    of_layer = cell("mean(layer=chosen)", None, "LDA")
    assert named(of_layer, cell("mean", 3, "LDA")) == {"layer": "3"}
    of_pooler = cell("chosen", 3, "LDA", "chosen")
    assert named(of_pooler, cell("mean", 3, "LDA", "mlp")) == {"site": "mlp", "pooler": "mean"}


def test_what_was_left_out_is_counted_with_a_reason() -> None:
    assert left_out([], 4) == []
    (flag,) = left_out([(cell("mean", 1, "QDA"), "few rows; use LDA")] * 2, 4)
    told = "2 of 4 candidates left out in some folds (mean layer 1 QDA: few rows, use LDA)"
    assert flag == told
