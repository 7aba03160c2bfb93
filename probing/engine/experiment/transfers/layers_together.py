"""What the layers of a transfer come to together: the chosen cells, and the ensembles."""

from __future__ import annotations

from collections.abc import Sequence

from probing.engine.classifiers import Classifier, needs_validation
from probing.engine.experiment.choosing.chosen_cells import choose
from probing.engine.experiment.choosing.inner_score import metric_of
from probing.engine.experiment.choosing.leaders import Leaders
from probing.engine.experiment.ensembles.ensemble_cells import make_ensemble
from probing.engine.experiment.run_writer import Store
from probing.engine.experiment.scoring.fold_scores import Scorer
from probing.engine.experiment.transfers.joined_dataset import JoinedDataset
from probing.engine.experiment.transfers.spread_fits import SpreadFits
from probing.plan import PlannedCells, PlannedTransfer
from probing.plan.types import PlannedEnsemble
from probing.spec import Spec


def leaders_of(store: Store, spec: Spec, one: PlannedTransfer) -> Leaders | None:
    """Who leads in each fold, by what is trained on alone; None where nothing is to be chosen."""
    if all(_is_finished(store, choice) for choice in one.joined.choices):
        return None
    metric = metric_of(spec.select_by, one.sources[0].facts.task)
    return Leaders(store, one.joined.choices, metric)


def choose_and_join(
    store: Store,
    spec: Spec,
    classifiers: Sequence[Classifier],
    one: PlannedTransfer,
    joined: JoinedDataset,
    leaders: Leaders | None,
    scorer: Scorer,
) -> None:
    """Make the chosen cells and the ensembles over layers of each dataset that is tested."""
    data, whole, rows = joined.data, joined.labellings(spec.seed), joined.rows()
    tested = SpreadFits((), rows)
    for to in one.targets:
        labellings = [tested.labelling(each, to.name) for each in whole]
        if leaders is not None:
            choices = [each for each in one.joined.choices if each.cells[0].dataset == to.name]
            choose(store, leaders, choices, data, labellings, rows)
        for each in one.joined.ensembles:
            if each.cells[0].dataset == to.name and not _is_finished(store, each):
                own = labellings
                if not _sets_apart(one, each, classifiers):
                    own = [labelling.whole for labelling in labellings]
                make_ensemble(store, each, data, own, scorer, rows)


def _is_finished(store: Store, one: PlannedCells) -> bool:
    return store.is_finished(cell.id for cell in one.cells)


def _sets_apart(
    one: PlannedTransfer, ensemble: PlannedEnsemble, classifiers: Sequence[Classifier]
) -> bool:
    """Whether the layers of an ensemble were trained with a validation part."""
    first = ensemble.members[0].block
    (member,) = (block for block in one.joined.blocks if block.at == first)
    return needs_validation(classifiers[member.classifier_at])
