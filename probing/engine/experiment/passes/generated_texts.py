"""What models continue texts by: kept with the run, else in the cache, else generated now."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from probing.activations import ActivationCache
from probing.datasets import TextDataset
from probing.engine.experiment.passes.progress import LoggedGrowth
from probing.engine.experiment.run_writer import Store
from probing.engine.experiment.unforeseen_errors import unforeseen
from probing.engine.experiment.units.dealing import Dealing
from probing.engine.extraction import Growth, continue_texts
from probing.engine.models import Continuations, DistinctTexts, LMModel
from probing.events import GenerationDone, GenerationStarted
from probing.logs import read_arrays
from probing.plan import PassKeys, Plan, PlannedPass, PlannedTexts

KEEP_S = 10.0  # that a killed run loses at most


class GeneratedTexts:
    """Makes the continuations that the passes of a plan read, each once.

    `load` gives the model of a pass with its head, and is called only where something is missing;
    with `dealing` workers load it.
    """

    def __init__(
        self,
        plan: Plan,
        store: Store,
        cache: ActivationCache,
        device: str,
        base: Path,
        load: Callable[[PlannedPass], LMModel],
        dealing: Dealing | None = None,
    ) -> None:
        self.plan, self.store, self.cache = plan, store, cache
        self.device, self.base, self.load, self.dealing = device, base, load, dealing
        self._last: tuple[tuple[str, str], Continuations] | None = None

    def of(self, one: PlannedPass, data: TextDataset) -> Continuations | None:
        """Those of the different texts that a pass reads; None where it reads them as they are.

        A model with random weights reads what the trained one has generated.
        """
        if not data.generate:
            return None
        one = self._trained(one)
        key = one.model.name, data.read.sha256
        if self._last is None or self._last[0] != key:
            with unforeseen(f"{one.model.name} on {one.dataset.name}"):
                self._last = key, self._found(one, data)
        return self._last[1]

    def behind(self, one: PlannedPass, data: TextDataset) -> Continuations | None:
        """The same for every row of a dataset."""
        found = self.of(one, data)
        return None if found is None else found.of(places_of(data))

    def behind_texts(self, one: PlannedTexts, data: TextDataset) -> Continuations | None:
        """The same for a control of texts; None where it reads them as they are, or of no model."""
        passes = (each for each in self.plan.passes if each.dataset == one.dataset)
        own = next((each for each in passes if each.model == one.model), None)
        return None if own is None else self.behind(own, data)

    def _trained(self, one: PlannedPass) -> PlannedPass:
        if one.model.random_seed is None:
            return one
        same = (each for each in self.plan.passes if each.dataset == one.dataset)
        return next(
            each
            for each in same
            if each.model.spec == one.model.spec and each.model.random_seed is None
        )

    def _found(self, one: PlannedPass, data: TextDataset) -> Continuations:
        read = data.read
        texts = DistinctTexts(read.texts, read.spans, read.chats, read.generate)
        n_texts, known = len(texts.rows), kept(self.store, one.model.name, read.sha256)
        if len(known) == n_texts:
            return Continuations.joined([known[at] for at in range(n_texts)])
        keys = PassKeys.of(one, read.sha256, self.device, self.plan.spec.dtype, self.base)
        stored = None if known or keys is None else self.cache.read(keys.generation)
        if stored is not None and len(stored.arrays["lengths"]) == n_texts:
            found = Continuations.from_arrays(stored.arrays)
            self.store.keep_generated(one.model.name, read.sha256, range(n_texts), found)
            self.store.emit([_done(one, found, 0, 0.0)])
            return found
        found = self._made(one, data, texts, known)
        if keys is not None:
            self.cache.write(keys.generation, found.to_arrays(), {"sha256": found.sha256})
        return found

    def _made(
        self,
        one: PlannedPass,
        data: TextDataset,
        texts: DistinctTexts,
        known: Mapping[int, Continuations],
    ) -> Continuations:
        """Generate what is not `known`, and keep it as it comes."""
        if self.dealing is not None:
            return self._dealt(self.dealing, one, data, texts, known)
        model, names = self.load(one), (one.model.name, one.dataset.name)
        n_left = len(texts.rows) - len(known)
        self.store.emit([GenerationStarted(*names, n_left, texts.generate, model.devices)])
        keeper, began = _Keeper(self.store, one.model.name, data.read.sha256), time.monotonic()
        found = continue_texts(
            model,
            texts,
            known=known,
            on_progress=LoggedGrowth(self.store, names),
            on_grown=keeper.take,
        )
        keeper.write()
        self.store.emit([_done(one, found, _n_new(found, known), time.monotonic() - began)])
        return found

    def _dealt(
        self,
        dealing: Dealing,
        one: PlannedPass,
        data: TextDataset,
        texts: DistinctTexts,
        known: Mapping[int, Continuations],
    ) -> Continuations:
        """Have workers generate what is not `known`, and keep each part as it comes."""
        names, n_texts, began = (
            (one.model.name, one.dataset.name),
            len(texts.rows),
            time.monotonic(),
        )
        self.store.emit([GenerationStarted(*names, n_texts - len(known), texts.generate)])
        tell, every = LoggedGrowth(self.store, names), dict(known)

        def take(part: range, grown: Continuations) -> None:
            self.store.keep_generated(one.model.name, data.read.sha256, part, grown)
            every.update((place, grown.of([at])) for at, place in enumerate(part))
            tokens = len(every) * texts.generate, n_texts * texts.generate
            tell(Growth(len(every), n_texts, *tokens, time.monotonic() - began))

        dealing.continuations(one, texts, known, take)
        found = Continuations.joined([every[at] for at in range(n_texts)])
        self.store.emit([_done(one, found, _n_new(found, known), time.monotonic() - began)])
        return found


class _Keeper:
    """Keeps what is generated, now and then, so that a resumed run need not make it again."""

    def __init__(self, store: Store, model: str, texts: str) -> None:
        self.store, self.model, self.texts = store, model, texts
        self.places, self.parts = list[int](), list[Continuations]()
        self.last = time.monotonic()

    def take(self, places: tuple[int, ...], grown: Continuations) -> None:
        """Take the continuations of a batch."""
        self.places += places
        self.parts.append(grown)
        if time.monotonic() - self.last >= KEEP_S:
            self.write()

    def write(self) -> None:
        """Write what was taken since."""
        if self.places:
            grown = Continuations.joined(self.parts)
            self.store.keep_generated(self.model, self.texts, self.places, grown)
        self.places, self.parts, self.last = [], [], time.monotonic()


def places_of(data: TextDataset) -> list[int]:
    """Of each row of a dataset the place of its text among the different ones that are run."""
    read = data.read
    places = DistinctTexts(read.texts, read.spans, read.chats).text_at
    own = data.shared.own if data.shared else None
    return [int(at) for at in (places if own is None else places[own])]


def kept(store: Store, model: str, texts: str) -> dict[int, Continuations]:
    """What the run has kept of a model and texts of that digest, by the place of each text."""
    found: dict[int, Continuations] = {}
    for part in store.state.generated:
        if (part.model, part.texts) != (model, texts):
            continue
        arrays = read_arrays(store.run.parts / part.file, part.sha256)
        if arrays is not None:
            some = Continuations.from_arrays(arrays)
            places = np.asarray(arrays["places"]).tolist()
            found.update((place, some.of([at])) for at, place in enumerate(places))
    return found


def _n_new(found: Continuations, known: Mapping[int, Continuations]) -> int:
    """The tokens of all continuations but of those that were `known`."""
    return sum(found.lengths) - sum(sum(each.lengths) for each in known.values())


def _done(one: PlannedPass, found: Continuations, n_made: int, elapsed_s: float) -> GenerationDone:
    n_empty = sum(not length for length in found.lengths)
    return GenerationDone(
        one.model.name,
        one.dataset.name,
        len(found),
        sum(found.lengths),
        n_made,
        sum(found.ended),
        n_empty,
        elapsed_s,
    )
