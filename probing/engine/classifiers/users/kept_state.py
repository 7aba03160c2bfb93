"""What a fitted object of a user's class is made of, so that it can be made again elsewhere.

Of a network these are its tensors, of a scikit-learn estimator what skops writes of it; never a
pickle. See https://skops.readthedocs.io/en/stable/persistence.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from probing.engine.blocks import Block, FittedState
from probing.engine.classifiers.bases.feature_arrays import on_cpu
from probing.engine.classifiers.users.fold_sets import Place
from probing.engine.classifiers.users.linear_weights import scaling_of

_LIBRARY = "sklearn."
SKOPS_EXTRA = 'pip install "probe-tui[skops]"'


def state_of(probe: Any, block: Block, place: Place, given: Mapping[str, Any]) -> FittedState:
    """The state of a trained object, which was built with what is `given`."""
    mean, unit = scaling_of(block, place)
    kept = FittedState(mean=mean, unit=unit, given=dict(given))
    if probe.kind == "MultiStepOpt":
        return _of_network(probe, kept)
    return _of_estimator(probe, kept)


def _of_network(probe: Any, kept: FittedState) -> FittedState:
    tensors = {}
    for name, one in probe.state_dict().items():
        if not hasattr(one, "detach"):
            return _lacking(kept, f"{name} of its state is no tensor")
        tensors[name] = _array(one)
    scale = {"centre": float(probe.centre_), "spread": float(probe.spread_)}
    return FittedState(kept.mean, kept.unit, {**kept.given, **scale}, tensors)


def _array(tensor: Any) -> NDArray[Any]:
    given = tensor.detach()
    return np.array(on_cpu(given.float() if given.is_floating_point() else given))


def _of_estimator(probe: Any, kept: FittedState) -> FittedState:
    if find_spec("skops") is None:
        return _lacking(kept, f"saving an estimator needs skops: {SKOPS_EXTRA}")
    import skops.io  # 0.3 s, and only who keeps an estimator pays

    try:
        data = skops.io.dumps(probe.classifier)
        others = foreign_types(skops.io.get_untrusted_types(data=data), probe)
    except Exception as error:  # whatever an object of somebody else does when it is taken apart
        return _lacking(kept, f"skops cannot write it ({type(error).__name__}: {error})")
    if others:
        return _lacking(kept, f"it holds objects that are not safe to load ({', '.join(others)})")
    written = {"estimator": np.frombuffer(data, dtype=np.uint8)}
    n_classes = int(getattr(probe, "n_classes_", 0))
    return FittedState(kept.mean, kept.unit, {**kept.given, "n_classes": n_classes}, written)


def foreign_types(untrusted: list[str], probe: Any) -> list[str]:
    """Those of the types that skops does not trust which are neither of scikit-learn itself nor of
    the class's own file."""
    own = {type(probe).__module__, type(getattr(probe, "classifier", probe)).__module__}
    own -= {"builtins"}  # a class may set its estimator in `fit`: until then it is None
    return [
        one
        for one in untrusted
        if one.rpartition(".")[0] not in own and not one.startswith(_LIBRARY)
    ]


def _lacking(kept: FittedState, reason: str) -> FittedState:
    return FittedState(kept.mean, kept.unit, kept.given, reason=reason)
