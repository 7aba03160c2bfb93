"""What is measured: whole, quick or tiny, or fits of a shape of one's own."""

from __future__ import annotations

from dataclasses import dataclass, replace

from benchmarks.fits.works import (
    CHOSEN,
    LOGISTIC,
    RIDGE,
    SWEEP,
    every_work,
    with_goals,
    works_of,
)
from benchmarks.runs.synthetic import RunShape
from benchmarks.shapes import CHOSEN_PARTS, GRID_PARTS, Curves, ModelSize, Shape, Work


@dataclass(frozen=True)
class Sizes:
    """Everything that is measured in one run of the command.

    `networks` is the shape of the small networks, `epochs` how long they train; `pass_texts`,
    `cache_texts` and `audit_texts` are numbers of texts, `cache_folds` of folds. `memory` names
    models with numbers of texts: a narrow one takes many in little time, and shows the growth.
    `llama` is what `--llama-8b` runs over so many texts, `typed` reads a text as it is typed, and
    `after_pass` is the shape of the fits that follow. Targets bind where `is_full`.
    """

    works: tuple[Work, ...]
    curves: Curves | None
    networks: Shape
    epochs: int
    model: ModelSize
    pass_texts: int
    memory: tuple[tuple[ModelSize, tuple[int, ...]], ...]
    cache_texts: int
    cache_folds: int
    audit_texts: int
    runs: tuple[tuple[int, RunShape], ...]
    large_run: RunShape
    idle_s: float
    llama: ModelSize
    llama_texts: int
    typed: ModelSize | None
    after_pass: Shape
    product: int
    limit_s: float
    repeats: int
    is_full: bool = False

    def of_shape(self, shape: Shape) -> Sizes:
        """The fits of one shape in all parts, in place of those that are measured else."""
        return replace(
            self,
            works=every_work(shape),
            curves=None,
            networks=replace(shape, n_classes=2),
            is_full=False,
        )


GPT2 = ModelSize(768, 12, 12, 50_257)
NARROW_GPT2 = ModelSize(128, 4, 4, 2000)
LLAMA_135M = ModelSize(576, 30, 8, 49_152, 256, "llama")
LLAMA_8B = ModelSize(4096, 32, 32, 128_256, 2048, "llama")

FULL = Sizes(
    works=works_of(
        Shape(2000, 768, 13, 10),
        Shape(1000, 4096, 8, 5),
        Shape(20_000, 768, 2, 10),
        Shape(2000, 768, 3, 10, 6),
    ),
    curves=Curves(
        base=Shape(1000, 512, 3, 5),
        n=(500, 1000, 2000, 4000),
        d=(128, 256, 512, 1024),
        n_folds=(2, 5, 10, 20),
        n_layers=(1, 2, 4, 8),
    ),
    networks=Shape(2000, 768, 13, 10),
    epochs=20,
    model=GPT2,
    pass_texts=512,
    memory=((GPT2, (1000,)), (NARROW_GPT2, (10_000, 200_000))),
    cache_texts=1000,
    cache_folds=5,
    audit_texts=100_000,
    runs=((300, RunShape()), (2000, RunShape(n_layers=14, n_folds=5, n_shuffles=1))),
    large_run=RunShape(4, 4, 9, 13, 5, 2),
    idle_s=20.0,
    llama=LLAMA_8B,
    llama_texts=10_000,
    typed=LLAMA_135M,
    after_pass=Shape(10_000, 4096, 33, 10),
    product=2048,
    limit_s=60.0,
    repeats=3,
    is_full=True,
)
QUICK = replace(
    FULL,
    works=works_of(
        Shape(400, 96, 2, 4), Shape(160, 384, 1, 4), Shape(3000, 96, 1, 4), Shape(200, 24, 1, 3, 6)
    ),
    curves=Curves(
        base=Shape(200, 48, 2, 4),
        n=(100, 200, 400),
        d=(24, 48, 96),
        n_folds=(2, 4, 8),
        n_layers=(1, 2, 4),
    ),
    networks=Shape(400, 96, 2, 4),
    epochs=5,
    model=ModelSize(256, 4, 4, 8000),
    pass_texts=256,
    memory=((ModelSize(256, 4, 4, 8000), (600,)), (NARROW_GPT2, (500, 4000))),
    cache_texts=200,
    audit_texts=5000,
    runs=((30, RunShape()),),
    large_run=RunShape(2, 2, 9, 13, 5, 1),
    idle_s=5.0,
    typed=NARROW_GPT2,
    product=1024,
    limit_s=2.0,
    is_full=False,
)
_NARROW, _WIDE, _SEVERAL = Shape(60, 6, 1, 2), Shape(40, 50, 1, 2), Shape(48, 4, 1, 2, 3)
_MODEL = ModelSize(32, 2, 2, 50, 64)
TINY = replace(
    QUICK,
    works=with_goals(
        (
            Work(SWEEP, _NARROW, GRID_PARTS),
            Work(SWEEP, _WIDE, GRID_PARTS, "standard"),
            Work(SWEEP, _SEVERAL, GRID_PARTS, "standard"),
            Work(CHOSEN, _NARROW, CHOSEN_PARTS, "standard"),
            Work(RIDGE, _NARROW, ("ridge grid",)),
            Work(LOGISTIC, _NARROW, ("logistic grid",)),
        )
    ),
    curves=Curves(Shape(30, 3, 1, 2), (30, 60), (3, 6), (2, 3), (1, 2)),
    networks=_NARROW,
    epochs=2,
    typed=None,  # its process takes longer to start than all else
    model=_MODEL,
    pass_texts=24,
    memory=((_MODEL, (20, 40)),),
    cache_texts=40,
    cache_folds=2,
    audit_texts=300,
    runs=((2, RunShape(2, 1, 2, 2, 2, 1)),),
    large_run=RunShape(2, 1, 2, 2, 2, 1),
    idle_s=0.2,
    llama=replace(_MODEL, family="llama", n_heads=4),
    llama_texts=24,
    after_pass=Shape(40, 8, 3, 2),
    product=64,
    limit_s=1.0,
    repeats=1,
)
