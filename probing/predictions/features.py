"""The pooled activations of a cell, where the activation cache holds them still."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from probing import catalog
from probing.activations import ActivationCache, open_cache
from probing.errors import RunError
from probing.layer_choice import cells_of, lone_cell
from probing.logs import RunView
from probing.plan import PassKeys
from probing.plan.types import NamedModel
from probing.plan.unique_names import name_models
from probing.predictions.dataset_file import read_again
from probing.spec import PoolerSpec, Spec
from probing.token_stage import as_read

Features = NDArray[np.float32]
Numbers = NDArray[np.float64]
Whole = NDArray[np.int64]
KEEP = (
    "run its spec again (r in Results): the cache keeps what runs read, up to PROBE_TUI_CACHE_GIB"
)


class FeatureRows:
    """Rows of features on disk `[n_all, n_samples, d]`, read as they are asked for.

    `own` `[n_texts]` are the rows that the texts have among them; None where they are all.
    """

    def __init__(self, array: Features, own: Whole | None = None) -> None:
        self._array, self._own = array, own

    def __len__(self) -> int:
        return len(self._array) if self._own is None else len(self._own)

    def of(self, texts: Whole) -> FeatureRows:
        """Those of some texts, in their order."""
        return FeatureRows(self._array, texts if self._own is None else self._own[texts])

    def __getitem__(self, texts: Whole) -> Numbers:
        rows = self._array[texts if self._own is None else self._own[texts]]
        means: Numbers = rows.mean(axis=1, dtype=np.float64)
        return means


class KeptFeatures:
    """Looks up the features of the layers of one series; reads its dataset once.

    Raises `RunError` where they cannot be looked up: the dataset or the model changed, or the run
    read them with a model of random weights, or token by token.
    """

    def __init__(self, view: RunView, row: Mapping[str, Any]) -> None:
        self.view, self.row = view, row
        self.spec: Spec = view.run.read_spec()
        self.cache: ActivationCache = open_cache()
        if row.get("control") == "untrained":
            raise RunError("the activations of untrained models are not shown", where=_where(row))
        self._data = read_again(view, str(row["dataset"]))
        self._pooler = self._found_pooler()
        self._model = self._found_model()
        self._keys = self._found_keys()

    def of(self, layer: int | None) -> FeatureRows:
        """Features `[n_texts, d]` of a layer, a text's samples averaged.

        Raises `RunError` where the cache does not hold them.
        """
        facts = self._model.facts
        if layer is None:
            cell = lone_cell(self._pooler, cells_of(self._pooler, facts.n_layers)[0])
        else:
            cell = lone_cell(self._pooler, (layer,))
        entry = self.cache.read(self._keys.cell(cell))
        if entry is None:
            what = "the activation cache no longer holds the activations of this layer"
            raise RunError(what, where=_where(self.row, layer), hint=KEEP)
        own = self._data.shared.own if self._data.shared else None
        return FeatureRows(entry.arrays["features"], own)

    def _found_pooler(self) -> PoolerSpec:
        name, site = self.row["pooler"], self.row["site"]
        labels = [one for one in self.spec.poolers if one.site == site and one.label == name]
        if not labels:
            raise RunError("no pooler of the spec has this name", where=str(name))
        if labels[0].reads_tokens:
            what = "this pooler keeps every token of a text, which is no single point"
            raise RunError(what, where=str(name), hint="choose a series that pools its tokens")
        return as_read(labels[0], self._data.generate)

    def _found_model(self) -> NamedModel:
        base = self.view.run.path
        models = name_models([(one, catalog.facts(one, base)) for one in self.spec.models])
        wanted = str(self.row["model"])
        found = next((one for one in models if one.name == wanted), None)
        if found is None:
            raise RunError("no model of the spec has this name", where=wanted)
        return found

    def _found_keys(self) -> PassKeys:
        taken = self.view.state.device
        device = taken.device if taken else "cpu"
        base, digest = self.view.run.path, self._data.read.sha256
        keys = PassKeys.of_model(self._model, digest, device, self.spec.dtype, base)
        if keys is None:
            raise RunError("the model is not on this machine any more", where=self._model.name)
        if self._data.generate:
            known = self.cache.facts(keys.generation)
            if known is None:
                what = "the activation cache no longer holds what the model generated"
                raise RunError(what, where=_where(self.row), hint=KEEP)
            keys = keys.behind(str(known.get("sha256")))
        return keys


def _where(row: Mapping[str, Any], layer: int | None = None) -> str:
    place = f"{row['model']} on {row['dataset']}"
    return place if layer is None else f"{place}, layer {layer}"
