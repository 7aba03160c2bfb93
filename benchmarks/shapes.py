"""The shapes of fits and of models."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.targets import Goal

GRID_PARTS = ("logistic grid", "ridge grid", "lda", "mass mean")
CHOSEN_PARTS = ("logistic chosen", "ridge chosen")


@dataclass(frozen=True)
class Shape:
    """Features of so many texts, columns and layers, with their classes and folds."""

    n: int
    d: int
    n_layers: int
    n_folds: int
    n_classes: int = 2

    @property
    def label(self) -> str:
        """The shape in words."""
        words = [f"n {self.n:,}", f"d {self.d:,}", _counted(self.n_layers, "layer")]
        classes = [f"{self.n_classes} classes"] if self.n_classes > 2 else []
        return ", ".join([*words, f"{self.n_folds} folds", *classes])


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


@dataclass(frozen=True)
class Work:
    """Which parts are fitted on which shape, scaled inside the folds or beforehand."""

    name: str
    shape: Shape
    parts: tuple[str, ...]
    scale: str = "none"
    goals: tuple[Goal, ...] = ()

    @property
    def title(self) -> str:
        """The work in words."""
        scaling = "inside the folds" if self.scale == "standard" else "beforehand"
        return f"{self.name}; {self.shape.label}; scaled {scaling}"

    @property
    def is_path(self) -> bool:
        """Whether it can be solved to a tolerance: it holds logistic regression at given C."""
        return "logistic grid" in self.parts


@dataclass(frozen=True)
class Curves:
    """Points of the scaling curves: each axis varies while the others are those of `base`."""

    base: Shape
    n: tuple[int, ...]
    d: tuple[int, ...]
    n_folds: tuple[int, ...]
    n_layers: tuple[int, ...]


@dataclass(frozen=True)
class ModelSize:
    """A GPT-2 or Llama shape: width, blocks, heads, words, longest text."""

    width: int
    n_blocks: int
    n_heads: int
    n_words: int
    longest: int = 256
    family: str = "gpt2"

    @property
    def label(self) -> str:
        """The shape in words."""
        return f"{self.family} shape, {self.n_blocks} blocks of {self.width}"
