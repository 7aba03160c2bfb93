"""How fast this machine is: measured in past runs, guessed before the first."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs

from probing.spec import ModelSpec

NEAR = 2  # steps: a size of four times at most
START, LOAD = "start", "load"
_GUESSES = {
    START: 6.0,
    LOAD: 1.5,
    "fit LogisticRegression": 0.01,
    "fit LinearSVM": 0.02,
    "fit SparseLogistic": 0.3,
    "fit KSparse": 0.05,
    "fit LowRank": 0.05,
    "fit ElasticNet": 0.3,
    "fit PCALogistic": 0.02,
    "fit SingleLayer": 0.03,
    "fit MLP": 0.1,
    "fit AttentionProbe": 0.03,
    "fit TokenScores": 0.03,
    "fit Ridge": 0.01,
    "fit LDA": 0.004,
    "fit QDA": 0.01,
    "fit KNN": 0.004,
    "fit MassMean": 0.001,
    "fit NearestCentroid": 0.001,
    "fit GaussianNB": 0.002,
    "fit BayesianLogistic": 1.0,
    "fit PairDifference": 0.02,
    "fit PairMassMean": 0.001,
    "fit CCS": 0.1,
    "fit CRCTPC": 0.01,
    "fit majority": 0.0002,
    "fit bag_of_words": 0.3,
}
_FIT = 0.05
_FORWARD = {"cpu": 1 / 6e10, "gpu": 1 / 3e13}
_GENERATE = {"cpu": 3.0, "gpu": 30.0}  # times what a pass over as many tokens takes
_GPU_FITS = 0.2  # of the time on a CPU

Units = Mapping[str, Mapping[int, float]]


def forward_work(dtype: str, model: ModelSpec) -> str:
    """The name of the work of a forward pass: a unit is one operation, the size the width.

    Weights that are packed, or spread over memory and disk, are read at another speed.
    """
    spread = "spread" if model.device_map else None
    compiled = "compiled" if model.compile else ""
    return " ".join(filter(None, ("forward", dtype, model.quantize, spread, compiled)))


def generate_work(dtype: str, model: ModelSpec) -> str:
    """The name of the work of continuing texts, token by token, in the units of a pass."""
    return forward_work(dtype, model).replace("forward", "generate", 1)


def fit_work(classifier: str) -> str:
    """The name of the work of fitting: unit and size are those of `fit_size`."""
    return f"fit {classifier}"


def step(size: float) -> int:
    """The binary order of a size: work of one order is taken to go at one speed."""
    return round(math.log2(max(size, 1)))


@dataclass(frozen=True)
class Rates:
    """Seconds of a unit of work on a device of one kind, by the name of the work and its size.

    Sizes are told by `step`. `start` is what a run takes beside all else, and `load` what a GiB
    of weights takes to load; they have no size.
    """

    kind: str = "cpu"
    known: Units = field(default_factory=dict)

    @classmethod
    def read(cls, kind: str, path: Path | None = None) -> Rates:
        """The rates of this user on such a device, kept at `path`; empty where there are none."""
        kept = _kept(path or kept_path()).get(kind, {})
        try:
            known = {
                work: {int(at): float(seconds) for at, seconds in sizes.items()}
                for work, sizes in kept.items()
            }
            return cls(kind, known)
        except (AttributeError, TypeError, ValueError):
            return cls(kind)

    def write(self, path: Path | None = None) -> None:
        """Keep the rates at `path` beside those of other devices, whole or not at all."""
        path = path or kept_path()
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps({"devices": _kept(path) | {self.kind: self.known}}))
        draft.replace(path)

    def is_known(self, work: str, size: float = 1.0) -> bool:
        """Whether such work, of about that size, has been done here."""
        return any(abs(at - step(size)) <= NEAR for at in self.known.get(work, ()))

    def unit_s(self, work: str, size: float = 1.0) -> float:
        """Seconds of a unit of `work`: as at the nearest size that has been seen, else a guess."""
        seen = self.known.get(work)
        if not seen:
            return self._guess(work)
        return seen[min(seen, key=lambda at: abs(at - step(size)))]

    def learned(self, seen: Units) -> Rates:
        """These rates with what a run has shown: the mean of what was known and what was seen."""
        known = {work: dict(sizes) for work, sizes in self.known.items()}
        for work, sizes in seen.items():
            for at, seconds in sizes.items():
                before = known.setdefault(work, {}).get(at, seconds)
                known[work][at] = (before + seconds) / 2
        return Rates(self.kind, known)

    def _guess(self, work: str) -> float:
        if work in (START, LOAD):
            return _GUESSES[work]
        if not work.startswith("fit "):
            kind = "cpu" if self.kind == "cpu" else "gpu"
            return _FORWARD[kind] * (_GENERATE[kind] if work.startswith("generate ") else 1)
        return _GUESSES.get(work, _FIT) * (1 if self.kind == "cpu" else _GPU_FITS)


def kept_path() -> Path:
    """Where this user's rates on this machine are kept."""
    return Path(platformdirs.user_state_dir("probe-tui")) / "rates.json"


def _kept(path: Path) -> dict[str, dict[str, dict[str, float]]]:
    try:
        devices = json.loads(path.read_text())["devices"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return devices if isinstance(devices, dict) else {}
