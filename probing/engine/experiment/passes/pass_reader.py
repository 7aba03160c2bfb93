"""The passes of a plan: their models, loaded one at a time, and the features that these give."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from probing import catalog
from probing.activations import open_cache
from probing.datasets import TextDataset
from probing.engine.experiment.passes.cache import PassShelf
from probing.engine.experiment.passes.features import PassFeatures
from probing.engine.experiment.passes.generated_texts import GeneratedTexts
from probing.engine.experiment.passes.record import PassRecord
from probing.engine.experiment.run_writer import Store
from probing.engine.experiment.unforeseen_errors import unforeseen
from probing.engine.experiment.units.dealing import Dealing
from probing.engine.experiment.units.orders import Order
from probing.engine.models import LMModel
from probing.events import Waited, Warned
from probing.plan import PassKeys, Plan, PlannedBlock, PlannedPass


class PassReader:
    """Gives the features of passes; a model is loaded where the cache lacks some of them.

    With `dealing` workers load it.
    """

    def __init__(
        self, plan: Plan, store: Store, device: str, base: Path, dealing: Dealing | None = None
    ) -> None:
        self.dealing = dealing
        self.plan, self.spec, self.store = plan, plan.spec, store
        self.device, self.base = device, base
        self.cache = open_cache(lambda message: store.emit([Warned("activation cache", message)]))
        self.generated = GeneratedTexts(plan, store, self.cache, device, base, self.loaded, dealing)
        self._model: tuple[str, LMModel] | None = None
        self._before: tuple[tuple[str, str], PassFeatures] | None = None

    def features(
        self, one: PlannedPass, data: TextDataset, left: Sequence[PlannedBlock]
    ) -> PassFeatures:
        """Those of the blocks that are left of a pass, not yet opened."""
        digest = data.read.sha256
        before, self._before = self._before, None
        own = before[1] if before and before[0] == (one.model.name, digest) else None
        features = self._made(one, data, left, own)
        if data.shared is not None:  # the dataset of the next target reads the same texts
            self._before = (one.model.name, digest), features
        return features

    def ahead(
        self, one: PlannedPass, data: TextDataset, left: Sequence[PlannedBlock]
    ) -> Order | None:
        """Give out the texts of a pass that is to come; None where that cannot be."""
        if self.dealing is None or data.generate:
            return None
        return self._made(one, data, left, None).ahead(self.dealing)

    def _made(
        self,
        one: PlannedPass,
        data: TextDataset,
        left: Sequence[PlannedBlock],
        before: PassFeatures | None,
    ) -> PassFeatures:
        return PassFeatures(
            one,
            left,
            self.spec.poolers,
            data,
            self.shelf(one, data),
            self.store,
            lambda: self.loaded(one),
            self.device,
            self.spec.baseline_layer,
            before,
            [each.name for each in self.plan.datasets if each.reads_with(one.dataset)],
            self.generated.of(one, data),
            self.dealing,
        )

    def shelf(self, one: PlannedPass, data: TextDataset) -> PassShelf:
        """What the cache has of a pass."""
        keys = PassKeys.of(one, data.read.sha256, self.device, self.spec.dtype, self.base)
        continuations = self.generated.of(one, data)
        if keys is not None and continuations is not None:
            keys = keys.behind(continuations.sha256)
        return PassShelf(self.cache, keys)

    @staticmethod
    def opened(features: PassFeatures) -> PassRecord:
        """Make the pass; whatever a model's code raises is an error of this pass alone."""
        with unforeseen(" on ".join(features.names)):
            return features.open()

    def loaded(self, one: PlannedPass) -> LMModel:
        """The model of a pass; the one before it is let go."""
        if self._model is None or self._model[0] != one.model.name:
            self._model = None
            if catalog.locate(one.model.spec, self.base).source == "hub":
                self.store.emit([Waited(f"downloading {one.model.name} from the hub")])
            where = self.device, self.spec.dtype, self.base
            seed = one.model.random_seed
            heads = seed is None and any(each.dataset.spec.generate for each in self.plan.passes)
            model = LMModel.from_spec(one.model.spec, *where, random_seed=seed, with_head=heads)
            if one.model.spec.compile:
                self.store.emit([Waited(f"compiling the blocks of {one.model.name}")])
            self._model = one.model.name, model
        return self._model[1]
