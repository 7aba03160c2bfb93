"""Do what a request asks for, unit by unit, and write its rows."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from probing import catalog
from probing.datasets import TextDataset
from probing.engine import devices
from probing.engine.applying.own_model import entry_of, load_model
from probing.engine.devices import Device
from probing.engine.interventions.erasing import Erasing
from probing.engine.interventions.explaining import Explaining
from probing.engine.interventions.observed_rate import keep_rate
from probing.engine.interventions.patching import Patching
from probing.engine.interventions.probed_dataset import dataset_of, generated, other_dataset
from probing.engine.interventions.refits import Refit
from probing.engine.interventions.steering import Steering
from probing.engine.interventions.token_checks import check_tokens, choice_ids, unaligned
from probing.engine.models import LMModel
from probing.errors import InputError, ProbeError
from probing.interventions.erasures import erasures_of
from probing.interventions.explained_rows import DATASET, IN_SAMPLE, OTHER, VOCABULARY
from probing.interventions.folder import InterventionFolder
from probing.interventions.held_out import fold_units, held_out, spec_of_run
from probing.interventions.outcome import TEXTS, outcome_of
from probing.interventions.probe_directions import class_at, direction_of
from probing.interventions.requests import Erase, Explain, Patch, Request, Steer
from probing.probes import Card, read_card
from probing.spec import PoolerSpec, Spec, read_entry

Tell = Callable[[dict[str, Any]], None]
Unit = tuple[str, Callable[[], dict[str, Any]]]


def work(folder: InterventionFolder, tell: Tell) -> None:
    """Measure what is not measured yet; `tell` hears how far it is. Raises `ProbingError`."""
    request = folder.read_request()
    if not folder.rows.exists():
        _measure(folder, request, tell)
        for name, frame in outcome_of(folder).frames().items():
            folder.write(folder.path / f"{name}.parquet", _parquet(frame))


def _measure(folder: InterventionFolder, request: Request, tell: Tell) -> None:
    done = folder.done()
    card = read_card(Path(request.probe))
    # before the model, which takes longer
    check_tokens(card, request)
    if isinstance(request, Steer):
        _check_prompts_are_read(card)
    data = _data_of(card, request)
    own = partial(dataset_of, card, Path(request.probe))
    if isinstance(request, Steer):
        known = own if data is None else lambda: data
        _tell_of_known(request.prompts, "prompts", known, tell)
    if isinstance(request, Explain) and request.data and data is not None:
        _tell_of_known(data.texts, "texts", own, tell)
    model, device = _model_of(card, request, tell)
    try:
        kind = _Kind(request, card, model, data)
        units, began = list(kind.units()), time.monotonic()
        n_done = sum(key in done for key, _ in units)
        tell({"done": n_done, "of": len(units), "units": kind.name})
        for at, (key, measure) in enumerate(units, 1):
            if key not in done:
                folder.append(key, measure())
            tell({"done": at, "of": len(units), "units": kind.name})
    finally:
        device.release()
    if not done:
        keep_rate(card, request, device.kind, time.monotonic() - began)


def _tell_of_known(
    texts: Sequence[str], what: str, own: Callable[[], TextDataset], tell: Tell
) -> None:
    """Tell of texts that the probe was fitted to, which show what it knows already.

    Those of its `own` dataset count as they are and as the model read them, if they can be read.
    """
    try:
        data = own()
    except InputError:
        tell({"told": f"the dataset of the probe cannot be read: {what} of it are not told apart"})
        return
    if n_known := len({*data.texts, *data.bare}.intersection(texts)):
        tell({"told": f"the probe was fitted to {n_known} of the {len(set(texts))} {what}"})


def _data_of(card: Card, request: Request) -> TextDataset | None:
    """The dataset of a probe, or the one that stands in its place, where it is needed."""
    probe = Path(request.probe)
    if isinstance(request, Erase):
        n_folds, limit, seed = request.n_folds, request.limit, request.seed
        if request.data:
            path = Path(request.data)
            return other_dataset(card, path, limit=limit, n_folds=n_folds, seed=seed)
        return dataset_of(card, probe, limit=limit, n_folds=n_folds, seed=seed)
    if isinstance(request, Explain):
        limit, seed = request.limit, request.seed
        if request.data:
            return other_dataset(card, Path(request.data), limit=limit, seed=seed)
        return dataset_of(card, probe, limit=limit, seed=seed)
    is_asked = isinstance(request, Steer) and request.n_shuffled
    return dataset_of(card, probe) if is_asked else None


def _model_of(card: Card, request: Request, tell: Tell) -> tuple[LMModel, Device]:
    """The model of a probe, with its head where it has one, on a device that is held for it."""
    facts = catalog.facts(entry_of(card), Path())
    predicts = isinstance(request, (Steer, Patch)) or (
        isinstance(request, Erase) and bool(request.choices)
    )
    if predicts:
        catalog.check_causal(facts, request.kind)
    device = devices.take(request.device, lambda why: tell({"told": f"waiting: {why}"}))
    try:
        return _loaded(card, device.name, request.dtype, facts.is_causal), device
    except BaseException:
        device.release()
        raise


_KEPT: dict[tuple[object, ...], LMModel] = {}  # the model of the request before this one


def _loaded(card: Card, device: str, dtype: str, with_head: bool) -> LMModel:
    """The model of a probe; requests of one model in one process load it once."""
    own = card.model
    read = own.fingerprint, own.tokenizer, own.max_length, repr(own.entry), own.dtype
    key = *read, device, dtype, with_head
    if key not in _KEPT:
        _KEPT.clear()
        _KEPT[key] = load_model(card, device, dtype=dtype, with_head=with_head)
    return _KEPT[key]


class _Kind:
    """The units of work of a request."""

    def __init__(
        self, request: Request, card: Card, model: LMModel, data: TextDataset | None
    ) -> None:
        self.request, self.card, self.model, self.data = request, card, model, data

    @property
    def name(self) -> str:
        """What the units are."""
        named = {"steer": "prompts", "erase": "erasures", "patch": "pairs", "explain": "parts"}
        return named[self.request.kind]

    def units(self) -> Iterator[Unit]:
        """Each unit by its key, in order, with what measures it."""
        match self.request:
            case Steer():
                yield from self._steer(self.request)
            case Erase():
                yield from self._erase(self.request)
            case Patch():
                yield from self._patch(self.request)
            case Explain():
                yield from self._explain(self.request)

    def _steer(self, request: Steer) -> Iterator[Unit]:
        probe = direction_of(Path(request.probe), self.card, request.class_name)
        pooler, shuffled = _pooler_of(self.card), None
        if self.data is not None:
            at = class_at(self.card, request.class_name)
            spec = spec_of_run(Path(request.probe))
            val_size = Spec.val_size if spec is None else spec.val_size
            refit = Refit(self.model, self.card, self.data, pooler, request.seed, val_size)
            shuffled = partial(refit.shuffled_units, request.n_shuffled, at)
        steering = Steering(self.model, probe, pooler, request, shuffled)
        for at, prompt in enumerate(request.prompts):
            yield str(at), partial(steering, prompt)

    def _erase(self, request: Erase) -> Iterator[Unit]:
        assert self.data is not None
        data, tokenizer = self.data, self.model.tokenizer
        choices = choice_ids(tokenizer, request.choices, self.model.name)
        pooler = _pooler_of(self.card)
        own = self.card.place.site, pooler, request, choices, generated(self.card)
        erasing = Erasing(self.model, data, *own)
        n_folds = len(erasing.folds)
        texts: dict[str, Any] = {"groups": data.groups.tolist(), "n_folds": n_folds}
        texts |= {"majority": erasing.majority, "dataset": data.name}
        if data.task == "regression":
            texts["targets"] = data.targets.astype(float).tolist()
        yield TEXTS, partial(dict, texts)
        for one in erasures_of(request, n_folds):
            yield one.key, partial(erasing, one)

    def _patch(self, request: Patch) -> Iterator[Unit]:
        probe = direction_of(Path(request.probe), self.card, request.class_name)
        patching = Patching(self.model, probe, request)
        for at, twins in enumerate(request.twins):
            if reason := unaligned(self.model.tokenizer, twins):
                yield str(at), partial(dict, left_out=reason)
            else:
                yield str(at), partial(patching, at)

    def _explain(self, request: Explain) -> Iterator[Unit]:
        assert self.data is not None
        probe = direction_of(Path(request.probe), self.card, request.class_name)
        path, held, units = Path(request.probe), None, None
        if self.data.sha256 == self.card.dataset.sha256:  # rows are numbered as the run did
            held = held_out(path, self.card, len(self.data))
        if held is not None:
            units = fold_units(path, self.card, held.folds.tolist(), request.class_name)
        source = OTHER if request.data else IN_SAMPLE
        own = self.data, _pooler_of(self.card), request, held, units, source, generated(self.card)
        explaining = Explaining(self.model, probe, *own)
        if self.model.has_head or request.input_embeddings:
            yield VOCABULARY, explaining.vocabulary
        yield DATASET, explaining.dataset


def _pooler_of(card: Card) -> PoolerSpec:
    """How the probe pools what it reads."""
    return read_entry(dict(card.place.pooler), PoolerSpec, "pool", card.name)


def _check_prompts_are_read(card: Card) -> None:
    """Raises `ProbeError` for a probe of what the model says: a prompt has no score before that."""
    if generated(card):
        what = "reads what the model continues a text by, which steering changes: prompts have none"
        raise ProbeError(what, where=card.name, hint="use a probe of a dataset without generate")


def _parquet(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()
