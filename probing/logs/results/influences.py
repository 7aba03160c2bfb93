"""The influences of the groups of texts on the metrics of a cell, as arrays of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from probing.metric_names import metrics_of

if TYPE_CHECKING:
    from probing.uncertainty import Measured

Arrays = dict[str, Any]
COLUMNS = ("value", "variance", "df", "centre", "growth", "n_groups", "least")  # the last is new


def is_of_influences(name: str) -> bool:
    """Whether an array of a block holds influences."""
    return name.endswith((".influence", ".measured", ".training"))


def named_texts(sha256: Mapping[str, str]) -> Arrays:
    """By the name of each dataset the SHA-256 of what was read of it, as arrays."""
    import numpy as np

    return {
        f"texts/{name}": np.frombuffer(bytes.fromhex(digest), dtype=np.uint8)
        for name, digest in sha256.items()
    }


def texts_of(arrays: Mapping[str, Any], dataset: str) -> str:
    """The SHA-256 of what was read of a dataset."""
    known = arrays.get(f"texts/{dataset}")
    return "" if known is None else bytes(known.tobytes()).hex()


def packed(task: str, scores: Mapping[str, Measured]) -> Arrays:
    """Scores as arrays, a row for each metric of the task; NaN where it has no interval."""
    import numpy as np  # 0.1 s: only those who hold arrays pay

    names = metrics_of(task)
    n_bins = max((len(one.sums) for one in scores.values()), default=0)
    influence = np.zeros((len(names), n_bins), dtype=np.float32)
    facts = np.full((len(names), len(COLUMNS)), np.nan)
    for at, name in enumerate(names):
        if one := scores.get(name):
            influence[at] = one.sums
            facts[at] = [getattr(one, column) for column in COLUMNS]
    return {"influence": influence, "measured": facts} | _of_training(names, scores)


def _of_training(names: Sequence[str], scores: Mapping[str, Measured]) -> Arrays:
    """The influences of the training parts, where these were measured."""
    import numpy as np

    n_parts = max((len(one.trained) for one in scores.values()), default=0)
    if not n_parts:
        return {}
    trained = np.zeros((len(names), n_parts))
    for at, name in enumerate(names):
        if (one := scores.get(name)) and len(one.trained):
            trained[at] = one.trained
    return {"training": trained}


def unpacked(arrays: Mapping[str, Any], cell: str, task: str, metric: str) -> Measured | None:
    """The score of a cell; None where the arrays do not hold it, or it has no interval."""
    from probing.uncertainty import Measured

    at = metrics_of(task).index(metric)
    facts, influence = (arrays.get(f"{cell}.{name}") for name in ("measured", "influence"))
    if facts is None or influence is None or at >= len(facts):  # a run of an earlier version
        return None
    if not (facts[at] == facts[at]).all():
        return None
    known: dict[str, Any] = dict(zip(COLUMNS, map(float, facts[at]), strict=False))
    n_groups = int(known.pop("n_groups"))
    score = Measured(**known, n_groups=n_groups, sums=influence[at])
    trained = arrays.get(f"{cell}.training")
    return score if trained is None else replace(score, trained=trained[at])
