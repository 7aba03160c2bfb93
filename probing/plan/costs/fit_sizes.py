"""The work of fits, as rates know it: its name, its size, and how many fits there are."""

from __future__ import annotations

from probing.plan.cells import Cell
from probing.plan.costs.rates import fit_work
from probing.plan.saved_probes import saves
from probing.plan.types import NamedDataset, PlannedBlock, PlannedCells, PlannedPass, PlannedTexts
from probing.registry import CLASSIFIERS
from probing.spec import CONTROLS, Spec
from probing.spec.values import CODE_FRACTIONS, N_INNER, WORD_FEATURES

PART_FITS = 1.5  # what few texts with weak penalties take, in fits on all: measured 0.7 to 2.5
FIT_OVERHEAD = 1.0  # what a fold takes whatever its size, in units of `fit_size`


def fit_size(one: PlannedPass, block: PlannedBlock) -> float:
    """What the time of a fold of `block` is taken to be proportional to.

    A unit is a thousand texts of a hundred features, for each class.
    """
    return _size(one.dataset, one.model.facts.d_model) * len(block.layers_at)


def fit_units(spec: Spec, one: PlannedPass, block: PlannedBlock) -> float:
    """The sizes of all fits of a block; a control with features of its own has one of them."""
    n_layers, width, beside = len(block.layers_at), one.model.facts.d_model, _width(spec, one)
    inner, total = with_inner_folds(spec, block), 0.0
    for cell in block.cells:
        own = 1 if _has_own_features(cell) else width
        n_apart = _n_steps(spec, cell) + _n_parts(spec, cell)
        total += (_n_scored(spec, cell) * inner + n_apart) * _size(one.dataset, own)
        total += _n_joint(spec, cell) * _size(one.dataset, own + beside)
    return total * n_layers


def with_inner_folds(spec: Spec, block: PlannedBlock) -> int:
    """How often each scored fit of a block is made where `select` asks for inner scores.

    Codes, learning curves and fits beside a baseline choose nothing: they have no inner scores.
    A classifier that chooses its penalty fits the inner folds anyway, and every other of a binary
    task sets its threshold by them, but for networks and users' classes.
    """
    if not spec.select:
        return 1
    entry = CLASSIFIERS.get(spec.classifiers[block.classifier_at].name)
    if entry is None or entry.is_network:
        return 1 + N_INNER
    is_binary = block.cells[0].task == "binary"
    return 1 if entry.chooses or is_binary else 1 + N_INNER


def text_fit_units(spec: Spec, one: PlannedTexts) -> float:
    """The sizes of all fits of a control that needs no activations."""
    return text_fit_size(one) * sum(_n_fits(spec, c) + _n_parts(spec, c) for c in one.cells)


def baseline_fits(spec: Spec, one: PlannedPass) -> dict[PlannedBlock, int]:
    """The fits of a pass to its baseline alone, by the first block of each pooler and classifier.

    Their layers share them.
    """
    first: dict[tuple[int, int], PlannedBlock] = {}
    for block in one.blocks:
        first.setdefault((block.pooler_at, block.classifier_at), block)
    return {
        block: sum(_n_joint(spec, cell) for cell in block.cells if not _has_own_features(cell))
        for block in first.values()
    }


def baseline_size(spec: Spec, one: PlannedPass) -> float:
    """The size of a fit to the baseline alone."""
    return _size(one.dataset, _width(spec, one))


def text_fit_size(one: PlannedTexts) -> float:
    """The same for a control that needs no activations."""
    widths = {"length": 2.0, "bag_of_words": one.dataset.facts.mean_length}
    return _size(one.dataset, widths.get(one.control, 0.0))


def text_fit_work(spec: Spec, one: PlannedTexts) -> str:
    """The name of the work of fitting a control that needs no activations."""
    if one.classifier_at is None or one.control == "majority":
        return fit_work(one.control)
    return fit_work(spec.classifiers[one.classifier_at].name)


def n_fits(spec: Spec, block: PlannedCells) -> int:
    """The fits of a block: a fold each of every labelling of its cells, and steps of codes.

    Also those on parts of the training rows, for learning curves, and those beside a baseline.
    """
    is_read = isinstance(block, PlannedBlock)
    return sum(
        _n_fits(spec, cell)
        + len(_parts(spec, cell)) * _n_folds(spec)
        + (_n_joint(spec, cell) if is_read else 0)
        for cell in block.cells
    )


def _n_parts(spec: Spec, cell: Cell) -> float:
    """The fits on parts of the training rows, each counted as so many on all of them."""
    return len(_parts(spec, cell)) * _n_folds(spec) * PART_FITS


def _parts(spec: Spec, cell: Cell) -> tuple[float, ...]:
    """The fractions of the training rows that a cell is fitted on too."""
    return () if cell.control == "shuffled_labels" else spec.learning_curve


def _n_folds(spec: Spec) -> int:
    """The folds of each labelling."""
    return 1 if spec.split == "given" else spec.n_folds


def _n_fits(spec: Spec, cell: Cell) -> int:
    return _n_scored(spec, cell) + _n_steps(spec, cell)


def _n_scored(spec: Spec, cell: Cell) -> int:
    """The fits whose test parts are scored: a fold each of every labelling, and saved probes."""
    n_labellings = {"shuffled_labels": spec.n_shuffles}.get(cell.control, 1)
    return n_labellings * _n_folds(spec) + _n_saved(spec, cell)


def _n_saved(spec: Spec, cell: Cell) -> int:
    """The fits of a probe that is saved for what its cell is: chosen ones are few."""
    if not saves(spec, cell):
        return 0
    return 1 + (_n_folds(spec) if spec.save_fold_probes else 0)


def _n_steps(spec: Spec, cell: Cell) -> int:
    """The fits of a code."""
    return len(CODE_FRACTIONS) - 1 if _is_coded(spec, cell) else 0


def _n_joint(spec: Spec, cell: Cell) -> int:
    """The fits of a cell beside a baseline: of shuffled labels those of one permutation."""
    return 0 if spec.conditional_on == "none" or cell.task == "regression" else _n_folds(spec)


def _width(spec: Spec, one: PlannedPass) -> float:
    """How many features the baseline has."""
    n_words = min(WORD_FEATURES, one.dataset.facts.n_rows)
    widths = {"none": 0, "length": 2, "bag_of_words": n_words}
    known = widths.get(str(spec.conditional_on))
    return one.model.facts.d_model if known is None else known


def _is_coded(spec: Spec, cell: Cell) -> bool:
    return spec.description_length and cell.task != "regression"


def _has_own_features(cell: Cell) -> bool:
    return bool(cell.control) and CONTROLS[cell.control].kind == "features"


def _size(dataset: NamedDataset, width: float) -> float:
    facts = dataset.facts
    outputs = facts.n_classes if facts.task == "multiclass" else 1
    return facts.n_rows / 1000 * width / 100 * max(outputs, 1) + FIT_OVERHEAD
