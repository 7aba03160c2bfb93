"""All controls in one run: every series is compared with each of them."""

from __future__ import annotations

import json
from collections.abc import Callable

import polars as pl

from probing import results
from probing import spec as specs
from probing.logs import RunFolder
from probing.spec import CONTROLS
from tests.support.real_runs import RIDGE, viewed


def test_each_is_there_and_compared_with_the_task(run: Callable[..., RunFolder]) -> None:
    folder = run(controls='"all"', classifiers=RIDGE, poolers='[{pool="last", specials="drop"}]')
    assert specs.load(folder.spec).controls == tuple(CONTROLS)
    view = viewed(folder)
    frame = results([view])
    once = {name for name, control in CONTROLS.items() if control.kind == "texts"}
    for name in CONTROLS:
        rows = frame.filter(control=name)
        assert rows["layer"].to_list() == ([None] if name in once else [0, 1, 2, 3])
        assert rows["accuracy"].null_count() == 0
    assert frame.height == view.state.n_cells == 4 * 5 + 3
    told = [view.state.series[cell] for cell in view.state.series]
    [task] = [one for one in {id(one): one for one in told}.values() if one.p_values]
    assert set(task.p_values) == {"chance", *CONTROLS}
    for name in set(CONTROLS) - {"shuffled_labels"}:
        assert task.p_values[name]["accuracy"] is not None
    [beats] = frame.filter(control="")["beats"].unique()
    assert all(name.replace("_", " ") in beats or name in beats for name in CONTROLS)
    folds = pl.read_parquet(folder.scores)
    assert set(folds["control"]) == {"", *CONTROLS}
    assert json.loads(folder.plan.read_text())["cost"]["n_fits"] == folds.height
