"""The online codes of the labellings of a dataset, each made once."""

from __future__ import annotations

from probing.engine.blocks import Block
from probing.engine.splits import Coding, Labelling, make_coding


class Coder:
    """Makes codings; all send the texts of a dataset in the order that `seed` draws."""

    def __init__(self, val_size: float, seed: int) -> None:
        self.val_size, self.seed = val_size, seed
        self._made: dict[int, tuple[Labelling, Coding]] = {}

    def of(self, block: Block) -> list[Coding]:
        """Those of the block's labellings, of each control that of its first permutation."""
        if block.task == "regression":
            return []
        return [self._of(one, block) for one in block.labellings if not one.permutation]

    def _of(self, labelling: Labelling, block: Block) -> Coding:
        key = id(labelling.targets)  # which labellings that set no validation part apart share
        if key not in self._made:
            made = make_coding(labelling, block.groups, block.task, self.val_size, self.seed)
            self._made[key] = labelling, made
        coding = self._made[key][1]
        stops_early = any(len(fold.val) for fold in labelling.folds)
        return coding if stops_early else coding.whole
