"""What a run is over, from its spec: datasets, models, poolers, classifiers, controls, folds."""

from __future__ import annotations

from collections.abc import Iterable

from probing.errors import ProbingError
from probing.logs import RunFolder
from probing.plan.cells import classifier_labels
from tui.texts.names import shown_name
from tui.texts.sanitiser import clean

MOST = 6


def about(run: RunFolder) -> list[str]:
    """Lines of the spec of a run; one that says what is wrong where it cannot be read."""
    try:
        spec = run.read_spec()
    except ProbingError as error:
        return [clean(error)]
    lines = (
        ("datasets", (one.name or one.path for one in spec.datasets)),
        ("models", (shown_name(one.model) for one in spec.models)),
        ("poolers", (one.label for one in spec.poolers)),
        ("probes", classifier_labels(spec.classifiers)),
        ("controls", spec.controls),
    )
    told = [f"{title:<9} {_some(names)}" for title, names in lines]
    return [*told, f"{'folds':<9} {spec.n_folds} ({spec.split}), seed {spec.seed}"]


def _some(names: Iterable[object]) -> str:
    known = [clean(name).rsplit("/", 1)[-1] for name in names]
    more = f" and {len(known) - MOST:,} more" if len(known) > MOST else ""
    return (", ".join(known[:MOST]) or "none") + more
