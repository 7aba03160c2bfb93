"""What a plan will cost: tokens, arithmetic, memory and seconds, from sizes and known rates."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import platformdirs

CHARACTERS_PER_TOKEN = 4.0
SPECIAL_TOKENS = 2
BYTES_PER_NUMBER = 4


@dataclass(frozen=True)
class Rates:
    """How fast this machine has been: learned from past runs, guessed before the first.

    `forward` is arithmetic per second of a forward pass; `start` the seconds in which a runner
    imports its libraries and loads a model; `fits` maps a classifier's name to the seconds of
    a fold per thousand texts and hundred features.
    """

    forward: float = 6e10
    start: float = 8.0
    fits: dict[str, float] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path | None = None) -> Rates:
        """The rates kept at `path` (this user's own), or the guesses where there are none."""
        try:
            return cls(**json.loads((path or kept_path()).read_text()))
        except (OSError, ValueError, TypeError):
            return cls()

    def write(self, path: Path | None = None) -> None:
        """Keep the rates at `path` (this user's own), whole or not at all."""
        path = path or kept_path()
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(self)))
        draft.replace(path)

    def fit_s(self, classifier: str) -> float:
        """Seconds of one fold per thousand texts and hundred features."""
        return self.fits.get(classifier, _GUESSED_FITS.get(classifier, 0.05))

    def learned(self, forward: float | None, fits: Mapping[str, float]) -> Rates:
        """These rates with what a run has shown: the mean of what was known and what was seen."""
        known = {name: (self.fits.get(name, seen) + seen) / 2 for name, seen in fits.items()}
        speed = self.forward if forward is None else (self.forward + forward) / 2
        return Rates(speed, self.start, {**self.fits, **known})


def kept_path() -> Path:
    """Where this user's rates on this machine are kept."""
    return Path(platformdirs.user_state_dir("probe-tui")) / "rates.json"


_GUESSED_FITS = {
    "LogisticRegression": 0.01,
    "LinearSVM": 0.02,
    "PCALogistic": 0.02,
    "SingleLayer": 0.2,
    "MLP": 0.4,
    "Ridge": 0.005,
    "LDA": 0.001,
    "QDA": 0.01,
    "KNN": 0.01,
}


@dataclass(frozen=True)
class Cost:
    """Sizes of a plan: counts, tokens, memory in GiB, time in seconds.

    `counted` tells whether the tokens were counted or guessed from the number of characters.
    """

    n_cells: int
    n_passes: int
    n_texts: int
    n_tokens: int
    n_fits: int
    forward_flops: float
    memory_gib: float
    pass_s: float
    fits_s: float
    start_s: float
    counted: bool = False

    @property
    def total_s(self) -> float:
        """All seconds together."""
        return self.pass_s + self.fits_s + self.start_s


def guessed_tokens(n_texts: int, n_characters: float) -> int:
    """Tokens of texts of so many characters, before any tokenizer has counted them."""
    return int(n_characters / CHARACTERS_PER_TOKEN) + SPECIAL_TOKENS * n_texts


def forward_flops(n_layers: int, d_model: int, n_tokens: int) -> float:
    """Arithmetic of a forward pass: two operations for each weight of the blocks, 12 d² a block.

    Kaplan et al. (2020), "Scaling Laws for Neural Language Models", table 1.
    """
    return 2.0 * 12.0 * n_layers * d_model**2 * n_tokens


def gib(n_numbers: float, n_bytes: int = BYTES_PER_NUMBER) -> float:
    """GiB of so many numbers."""
    return n_numbers * n_bytes / 2**30
