"""The scores of an object of a user's class, or of a network, made again from its state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from probing.datasets.feature_set import FeatureSet
from probing.engine.blocks import FittedState
from probing.engine.classifiers.users.building import Probe, Wrapped, build
from probing.engine.classifiers.users.fold_fit import ranking
from probing.engine.classifiers.users.kept_state import SKOPS_EXTRA, foreign_types
from probing.errors import ProbeError, in_one_line, is_interruption


class KeptObject:
    """Scales features as in training, and asks the object for its scores, which are the outputs.

    It is an object of `cls(**parameters)`. Raises `ProbeError` where it cannot be made again.
    """

    def __init__(self, cls: type, parameters: Mapping[str, Any], state: FittedState) -> None:
        self.mean, self.unit = torch.from_numpy(state.mean), torch.from_numpy(state.unit)
        try:
            self.probe = _made(cls, parameters, state)
        except ProbeError:
            raise
        except BaseException as error:  # whatever a class of somebody else does
            if is_interruption(error):
                raise
            raise ProbeError(f"cannot be made again: {in_one_line(error)}") from error

    def __call__(self, features: Tensor) -> Tensor:
        """The scores of features, `[n, n_outputs]`."""
        scaled = (features.double() - self.mean) / self.unit
        is_network = self.probe.kind == "MultiStepOpt"
        rows: Any = scaled.float() if is_network else scaled.numpy()
        no_targets = np.zeros(len(features), dtype=np.int64)
        with torch.no_grad():
            told = self.probe.predict(FeatureSet(rows, no_targets))[0]
        scores = ranking(self.probe, np.asarray(told, dtype=np.float64))
        return torch.from_numpy(scores.reshape(len(features), -1))


def _made(cls: type, parameters: Mapping[str, Any], state: FittedState) -> Probe:
    given = dict(state.given)
    probe = build(cls, parameters, {key: given[key] for key in _TOLD if key in given})
    probe.classification_ = given["task"] != "regression"
    if probe.kind == "MultiStepOpt":
        return _network(probe, given, state.arrays)
    estimator = _estimator(state.arrays["estimator"], probe)
    if isinstance(probe, Wrapped):
        probe = Wrapped(estimator)
        probe.classification_ = given["task"] != "regression"
    probe.classifier, probe.n_classes_ = estimator, given.get("n_classes", 0)
    return probe


def _network(probe: Any, given: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Probe:
    probe.load_state_dict({name: torch.from_numpy(np.array(one)) for name, one in arrays.items()})
    probe.centre_, probe.spread_ = given["centre"], given["spread"]
    probe.eval()
    made: Probe = probe
    return made


def _estimator(data: NDArray[Any], probe: Any) -> Any:
    try:
        import skops.io
    except ImportError:
        raise ProbeError("loading an estimator needs skops", hint=SKOPS_EXTRA) from None
    written = bytes(np.asarray(data))
    untrusted = skops.io.get_untrusted_types(data=written)
    if others := foreign_types(untrusted, probe):
        raise ProbeError(f"holds objects that are not safe to load ({', '.join(others)})")
    return skops.io.loads(written, trusted=untrusted)


_TOLD = ("input_size", "n_outputs", "task", "seed")
