"""Choose the classes to keep: named ones, frequent ones, and a class for the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from probing.errors import DatasetError, nearest
from probing.spec import DatasetSpec


def choose_classes(
    names: Sequence[str], groups: NDArray[np.int64], spec: DatasetSpec, source: str
) -> list[str | None]:
    """The class of every row, None for a row that goes; `names` and `groups` are `[n_rows]`.

    `classes` keeps the named ones, `min_class` those that stand in so many groups; `rest` is the
    class that gathers the others, which else go. Raises `DatasetError` for a name that no row has.
    """
    known = set(names)
    kept = known if spec.classes is None else set(_named(spec.classes, known, source))
    if spec.min_class is not None:
        n_groups = Counter(name for name, _ in set(zip(names, groups.tolist(), strict=True)))
        kept = {name for name in kept if n_groups[name] >= spec.min_class}
        if not kept:
            what = f"no class has {spec.min_class:,} texts (min_class)"
            most = max(n_groups.values())
            raise DatasetError(what, where=source, hint=f"lower it; the largest class has {most:,}")
    return [name if name in kept else spec.rest for name in names]


def _named(classes: Sequence[str], known: set[str], source: str) -> list[str]:
    folded = {name.strip().casefold(): name for name in sorted(known)}
    found = []
    for wanted in classes:
        name = wanted if wanted in known else folded.get(wanted.strip().casefold())
        if name is None:
            hint = nearest(wanted, sorted(known)) or f"classes: {', '.join(sorted(known)[:10])}"
            what = f"classes names {wanted!r}, which no row has"
            raise DatasetError(what, where=source, hint=hint)
        found.append(name)
    return found
