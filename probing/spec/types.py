"""The frozen types of a spec, each checking its own values.

A field's default is the default that the TOML file documents; a value out of
range raises `SpecError` naming the key.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from probing.errors import DeviceError, SpecError, nearest

Site = Literal["resid", "attn", "mlp"]
Layer = int | Literal["all", "each"] | tuple[int, ...]
Quantile = float | tuple[float, ...]

SITES = ("resid", "attn", "mlp")
POOLS = ("token", "mean", "max", "min", "first", "last")
LAYER_METHODS = ("mean", "max", "min", "extend", "concat")
SPLITS = ("kfold", "shuffle", "given")
CONTROLS = ("majority", "shuffled_labels")
TASKS = ("binary", "multiclass", "regression")
SPECIALS = ("keep", "drop")
TRUNCATIONS = ("right", "left")
SCALES = ("standard", "none")
DEVICE_MAPS = ("auto",)
QUANTIZATIONS = ("8bit", "4bit")
DTYPES = ("auto", "float32", "float16", "bfloat16", "float64")


def _one_of(key: str, value: object, known: tuple[str, ...]) -> None:
    if value not in known:
        hint = nearest(str(value), known)
        raise SpecError(f"{key} = {value!r} is not known", where=key, hint=hint)


def _whole(key: str, value: object, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise SpecError(f"{key} = {value!r} must be a whole number of at least {least}", where=key)


def _share(key: str, value: object, *, zero: bool) -> None:
    low_ok = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not low_ok or not ((value >= 0 if zero else value > 0) and value < 1):  # type: ignore[operator]
        bound = "0 or more" if zero else "more than 0"
        raise SpecError(f"{key} = {value!r} must be {bound} and less than 1", where=key)


def _text(key: str, value: object) -> None:
    if not isinstance(value, str) or not value.strip():
        raise SpecError(f"{key} = {value!r} must be a text that is not empty", where=key)


def _text_or_none(key: str, value: object) -> None:
    if value is not None:
        _text(key, value)


@dataclass(frozen=True)
class DatasetSpec:
    """One entry of `datasets`: a name, path or glob, and how to read it."""

    path: str
    name: str | None = None
    text: str | None = None
    target: str | None = None
    group: str | None = None
    split: str | None = None
    task: str | None = None
    positive: str | None = None
    template: str | None = None
    limit: int | None = None

    def __post_init__(self) -> None:
        _text("path", self.path)
        for key in ("name", "text", "target", "group", "split", "template"):
            _text_or_none(key, getattr(self, key))
        if self.task is not None:
            _one_of("task", self.task, TASKS)
        if self.template is not None and "{text}" not in str(self.template):
            raise SpecError(
                f"template = {self.template!r} has no {{text}}",
                where="template",
                hint='write where the text goes, such as "Is this true? {text}"',
            )
        if self.limit is not None:
            _whole("limit", self.limit, 2)


@dataclass(frozen=True)
class ModelSpec:
    """One entry of `models`: a hub id (with `@revision`), a folder or `package:NAME`."""

    model: str
    tokenizer: str | None = None
    max_length: int | None = None
    truncation: str = "right"
    trust_remote_code: bool = False
    blocks: str | None = None
    attn: str | None = None
    mlp: str | None = None
    device_map: str | None = None
    quantize: str | None = None
    compile: bool = False

    def __post_init__(self) -> None:
        _text("model", self.model)
        for key, known in (("device_map", DEVICE_MAPS), ("quantize", QUANTIZATIONS)):
            if getattr(self, key) is not None:
                _one_of(key, getattr(self, key), known)
        for key in ("tokenizer", "blocks", "attn", "mlp"):
            _text_or_none(key, getattr(self, key))
        _one_of("truncation", self.truncation, TRUNCATIONS)
        if self.max_length is not None:
            _whole("max_length", self.max_length, 1)
        for key in ("trust_remote_code", "compile"):
            if not isinstance(getattr(self, key), bool):
                what = f"{key} = {getattr(self, key)!r} must be true or false"
                raise SpecError(what, where=key)
        if self.compile and self.device_map:
            what = "blocks that are spread by device_map cannot be compiled"
            raise SpecError(what, where="compile", hint="leave out one of the two")


@dataclass(frozen=True)
class PoolerSpec:
    """One entry of `poolers`: which layers and tokens, and how they become one vector."""

    pool: str = "token"
    quantile: Quantile = -1
    layer: Layer = "each"
    layer_method: str | None = None
    quantile_method: str | None = None
    site: Site = "resid"
    specials: str = "keep"
    skip_first: int = 0

    def __post_init__(self) -> None:
        _one_of("pool", self.pool, POOLS)
        _one_of("site", self.site, SITES)
        _one_of("specials", self.specials, SPECIALS)
        _whole("skip_first", self.skip_first, 0)
        for key in ("layer_method", "quantile_method"):
            if getattr(self, key) is not None:
                _one_of(key, getattr(self, key), LAYER_METHODS)
        object.__setattr__(self, "layer", _layer(self.layer))
        object.__setattr__(self, "quantile", _quantile(self.quantile))

    @property
    def reduces_layers(self) -> bool:
        """Whether several layers become one cell, so that `layer` is empty."""
        return self.layer == "all" or isinstance(self.layer, tuple)

    @property
    def label(self) -> str:
        """The name in logs and plots: the pool and every option that is not the default."""
        options = []
        if self.pool == "token":
            options.append(f"quantile={_plain(self.quantile)}")
        if self.reduces_layers:
            options.append(f"layer={_plain(self.layer)}")
        for key in ("layer_method", "quantile_method"):
            if getattr(self, key) is not None:
                options.append(f"{key}={getattr(self, key)}")
        if self.specials != "keep":
            options.append(f"specials={self.specials}")
        if self.skip_first:
            options.append(f"skip_first={self.skip_first}")
        return f"{self.pool}({', '.join(options)})" if options else self.pool


def _plain(value: object) -> str:
    if isinstance(value, tuple):
        return "[" + ",".join(_plain(part) for part in value) + "]"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _layer(value: object) -> Layer:
    if isinstance(value, str) and value in ("all", "each"):
        return value  # type: ignore[return-value]
    if isinstance(value, int) and not isinstance(value, bool) and value >= -1:
        return value
    if (
        isinstance(value, (list, tuple))
        and value
        and all(
            isinstance(part, int) and not isinstance(part, bool) and part >= 0 for part in value
        )
    ):
        return tuple(value)
    raise SpecError(
        f"layer = {value!r} is not a layer",
        where="layer",
        hint='give an index from 0, a list of them, -1 (the second to last), "all" or "each"',
    )


def _quantile(value: object) -> Quantile:
    parts = tuple(value) if isinstance(value, (list, tuple)) else (value,)
    for part in parts:
        number = isinstance(part, (int, float)) and not isinstance(part, bool)
        if not number or not (part == -1 or 0 <= part <= 1) or math.isnan(part):
            raise SpecError(
                f"quantile = {part!r} is outside 0..1",
                where="quantile",
                hint="0 is a text's first token, 1 or -1 its last",
            )
    if not parts:
        raise SpecError("quantile = [] names no position", where="quantile")
    return tuple(float(part) for part in parts) if isinstance(value, (list, tuple)) else parts[0]


@dataclass(frozen=True)
class ClassifierSpec:
    """One entry of `classifiers`: a built-in name, `file.py:Class`, or an entry point."""

    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _text("name", self.name)
        object.__setattr__(self, "parameters", dict(self.parameters))

    @property
    def is_file(self) -> bool:
        """Whether the name is `file.py:Class`."""
        return ".py:" in self.name


@dataclass(frozen=True)
class Spec:
    """What to run: every combination of datasets, models, poolers and classifiers."""

    datasets: tuple[DatasetSpec, ...]
    models: tuple[ModelSpec, ...]
    poolers: tuple[PoolerSpec, ...]
    classifiers: tuple[ClassifierSpec, ...]
    name: str = "experiment"
    controls: tuple[str, ...] = CONTROLS
    n_folds: int = 10
    split: str = "kfold"
    val_size: float = 0.1
    test_size: float = 0.2
    scale: str = "standard"
    n_shuffles: int = 5
    seed: int = 0
    device: str = "auto"
    dtype: str = "auto"

    def __post_init__(self) -> None:
        for key in ("datasets", "models", "poolers", "classifiers"):
            if not getattr(self, key):
                raise SpecError(f"{key} is empty", where=key, hint="name at least one")
        for control in self.controls:
            _one_of("controls", control, CONTROLS)
        _check_name(self.name)
        _one_of("split", self.split, SPLITS)
        _one_of("scale", self.scale, SCALES)
        _one_of("dtype", self.dtype, DTYPES)
        _whole("n_folds", self.n_folds, 1 if self.split != "kfold" else 2)
        _whole("n_shuffles", self.n_shuffles, 1)
        _whole("seed", self.seed, 0)
        _share("val_size", self.val_size, zero=True)
        _share("test_size", self.test_size, zero=False)
        _check_shares(self)
        _check_compiled(self)
        check_device_name(self.device)


def check_device_name(name: object) -> None:
    """Raise `DeviceError` for what no machine has; whether it is there only torch knows."""
    _text("device", name)
    if str(name) == "mps":
        what, hint = "Apple GPUs lack the float64 that exact fits need", 'use "cpu"'
    elif re.fullmatch(r"auto|cpu|cuda(:\d+)?", str(name)):
        return
    else:
        what, hint = f"device = {name!r} is not known", 'use "auto", "cpu", "cuda" or "cuda:1"'
    raise DeviceError(what, where="device", hint=hint)


def _check_shares(spec: Spec) -> None:
    """The validation part is a share of all rows, and something must be left to train on."""
    if spec.split == "given":
        return
    test = spec.test_size if spec.split == "shuffle" else 1 / spec.n_folds
    if spec.val_size + test >= 1 - 1e-9:
        what = f"val_size = {spec.val_size} leaves no training part beside a test part of {test:g}"
        raise SpecError(what, where="val_size", hint="lower it")


def _check_compiled(spec: Spec) -> None:
    """What is compiled hides the modules inside a block."""
    sites = sorted({pooler.site for pooler in spec.poolers} - {"resid"})
    for model in spec.models:
        if model.compile and sites:
            what = f"blocks that are compiled cannot be read at {sites[0]!r}"
            raise SpecError(what, where=model.model, hint='leave out compile or use site = "resid"')


def _check_name(name: object) -> None:
    _text("name", name)
    text = str(name)
    if "/" in text or "\\" in text or text.startswith(".") or not text.isprintable():
        raise SpecError(
            f"name = {text!r} cannot name a folder",
            where="name",
            hint='use letters, digits, "-" and "_"',
        )
    if len(text) > 80:
        raise SpecError(f"name = {text!r} is longer than 80 characters", where="name")
