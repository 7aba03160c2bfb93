"""Fit the cells of a block on parts of their training rows, and gather what they score."""

from __future__ import annotations

import traceback
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from probing.engine.blocks import Block, FoldFailure
from probing.engine.experiment.block_fits import CellFit, Fitting, finite_layers
from probing.engine.experiment.learning_curves.curve import curve_of
from probing.engine.experiment.learning_curves.part_maker import Nested, PartMaker
from probing.engine.experiment.scoring.fold_scores import Reading, Scorer
from probing.engine.experiment.scoring.pools import Pools
from probing.engine.experiment.unforeseen_errors import reason_of
from probing.engine.experiment.used_rows import fits_of_folds
from probing.engine.splits import Part
from probing.errors import is_interruption
from probing.events import CellLearned
from probing.plan import Cell


class LearningCurves:
    """The learning curves of the cells of a block.

    `reading` tells what is true of a cell, `scorer` scores a fold, as for the cells themselves.
    """

    def __init__(
        self,
        block: Block,
        maker: PartMaker,
        scorer: Scorer,
        reading: Callable[[Cell], Reading],
        attempt: int,
    ) -> None:
        self.block, self.maker, self.scorer = block, maker, scorer
        self.reading, self.attempt = reading, attempt
        self._nested: dict[str, Nested] = {}
        self._pools: dict[tuple[str, float], Pools] = {}
        self._reasons: dict[str, dict[float, str]] = defaultdict(dict)

    def fit(self, fitted: Sequence[Fitting], failed: Iterable[str]) -> list[BaseException]:
        """Fit all parts of the cells that have not `failed`; returns what broke the fits.

        What breaks them leaves the cells as they are, without those points of their curves.
        """
        broken, lost = list[BaseException](), set(failed)
        for one in fitted:
            sound = {place: cell for place, cell in one.cells.items() if cell.id not in lost}
            try:
                if sound:
                    self._fit(one, sound)
            except BaseException as error:  # as of any fit
                if is_interruption(error):
                    raise
                traceback.print_exc()
                broken.append(error)
                for cell in sound.values():
                    for fraction in self.maker.fractions:
                        self._reasons[cell.id].setdefault(fraction, reason_of(error))
        return broken

    def _fit(self, one: Fitting, cells: Mapping[tuple[int, str], Cell]) -> None:
        finite, sound = finite_layers(one.block)
        roles = {role for _, role in cells}
        curves = [nested for nested in self.maker.of(sound) if nested.whole.control in roles]
        for nested in curves:
            for (layer_at, role), cell in cells.items():
                if role == nested.whole.control and layer_at in finite:
                    self._nested[cell.id] = nested
        fitting = [part for nested in curves for part in nested.parts if not part.lacking]
        if not fitting:
            return
        every = [(part.labelling, range(len(part.labelling.folds))) for part in fitting]
        for fit in fits_of_folds(one.fits, sound, every):
            part = fitting[fit.labelling_at]
            cell_at = finite[fit.layer_at], part.labelling.control
            if cell_at not in cells:
                continue
            cell = cells[cell_at]
            if isinstance(fit, FoldFailure):
                self._reasons[cell.id].setdefault(part.fraction, fit.reason)
                continue
            scored = self.scorer(
                CellFit(cell, part.labelling, fit), fit, sound, self.reading(cell), self.attempt
            )
            self._pools_of(part).add(cell, part.labelling, scored)

    def _pools_of(self, part: Part) -> Pools:
        key = part.labelling.control, part.fraction
        return self._pools.setdefault(key, Pools(self.block, part.shared))

    def events(self, cells: Iterable[str], whole: Pools) -> Iterator[CellLearned]:
        """The curves of these cells, whose own scores are in `whole`."""
        for cell in cells:
            if cell in self._nested:
                nested, reasons = self._nested[cell], self._reasons[cell]
                control = nested.whole.control
                pools = [self._pools.get((control, part.fraction)) for part in nested.parts]
                yield curve_of(cell, self.attempt, nested, [*pools, whole], reasons)
