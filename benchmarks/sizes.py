"""What is measured: the shapes of fits and the sizes of passes, whole, quick or tiny."""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True)
class ModelSize:
    """A GPT-2 or Llama shape: width, blocks, heads, words, longest text."""

    width: int
    n_blocks: int
    n_heads: int
    n_words: int
    longest: int = 256
    family: str = "gpt2"


@dataclass(frozen=True)
class Sizes:
    """Everything that is measured in one run of the command.

    `networks` is the shape of the small networks, `epochs` how long they train; `pass_texts`
    and `memory_texts` are numbers of texts. `memory_model` is a shape of its own, so that many
    texts take little time.
    """

    works: tuple[Work, ...]
    networks: Shape
    epochs: int
    model: ModelSize
    pass_texts: int
    memory_model: ModelSize
    memory_texts: tuple[int, ...]
    cache_texts: int
    product: int
    limit_s: float
    repeats: int


def _works(narrow: Shape, wide: Shape, long: Shape, several: Shape) -> tuple[Work, ...]:
    grids = "sweep: logistic × 10 C, ridge × 10, LDA, mass mean"
    chosen = "strengths chosen inside: logistic, ridge"
    return (
        Work(grids, narrow, GRID_PARTS),
        Work(grids, narrow, GRID_PARTS, "standard"),
        Work(chosen, narrow, CHOSEN_PARTS, "standard"),
        Work("ridge × 10", narrow, ("ridge grid",)),
        Work("ridge, strength chosen inside", narrow, ("ridge chosen",)),
        Work("LDA", narrow, ("lda",)),
        Work(grids, wide, GRID_PARTS),
        Work(grids, wide, GRID_PARTS, "standard"),
        Work(chosen, wide, CHOSEN_PARTS, "standard"),
        Work("LDA", wide, ("lda",)),
        Work("logistic × 10 C", long, ("logistic grid",)),
        Work("logistic × 10 C", several, ("logistic grid",)),
        Work("logistic, C chosen inside", several, ("logistic chosen",), "standard"),
    )


GPT2 = ModelSize(768, 12, 12, 50_257)
LLAMA_8B = ModelSize(4096, 32, 32, 128_256, 2048, "llama")

FULL = Sizes(
    works=_works(
        Shape(2000, 768, 13, 10),
        Shape(1000, 4096, 8, 5),
        Shape(20_000, 768, 2, 10),
        Shape(2000, 768, 3, 10, 6),
    ),
    networks=Shape(2000, 768, 13, 10),
    epochs=20,
    model=GPT2,
    pass_texts=512,
    memory_model=GPT2,
    memory_texts=(1000, 4000, 16_000),
    cache_texts=1000,
    product=2048,
    limit_s=150.0,
    repeats=3,
)
QUICK = Sizes(
    works=_works(
        Shape(400, 96, 2, 4), Shape(160, 384, 1, 4), Shape(3000, 96, 1, 4), Shape(200, 24, 1, 3, 6)
    ),
    networks=Shape(400, 96, 2, 4),
    epochs=5,
    model=ModelSize(256, 4, 4, 8000),
    pass_texts=256,
    memory_model=ModelSize(128, 4, 4, 2000),
    memory_texts=(500, 2000),
    cache_texts=200,
    product=1024,
    limit_s=2.0,
    repeats=3,
)
_NARROW, _WIDE, _SEVERAL = Shape(80, 6, 2, 2), Shape(40, 50, 1, 2), Shape(48, 4, 1, 2, 3)
TINY = Sizes(
    works=(
        Work("every grid", _NARROW, GRID_PARTS),
        Work("every grid", _WIDE, GRID_PARTS, "standard"),
        Work("strengths chosen inside", _NARROW, CHOSEN_PARTS, "standard"),
        Work("logistic × 10 C", _NARROW, ("logistic grid",)),
        Work("logistic × 10 C", _SEVERAL, ("logistic grid",)),
    ),
    networks=Shape(80, 6, 2, 2),
    epochs=2,
    model=ModelSize(32, 2, 2, 50, 64),
    pass_texts=24,
    memory_model=ModelSize(32, 2, 2, 50, 64),
    memory_texts=(20,),
    cache_texts=60,
    product=64,
    limit_s=1.0,
    repeats=1,
)
