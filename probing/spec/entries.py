"""The entries of a spec (dataset, model, pooler, classifier), which check their own values."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from probing.errors import SpecError
from probing.spec.hub_names import PREFIX, is_hub, repo_of
from probing.spec.values import (
    CHAT,
    DEVICE_MAPS,
    EACH,
    EVERY_TOKEN,
    LAYER_METHODS,
    LEVELS,
    MISSING,
    NEAR_DUPLICATES,
    POOLS,
    QUANTIZATIONS,
    SITES,
    SPECIALS,
    TASKS,
    TRUNCATIONS,
    Layer,
    Quantile,
    Site,
    names,
    one_of,
    span_columns,
    text,
    text_or_none,
    whole,
)
from probing.token_choice import terms


@dataclass(frozen=True)
class DatasetSpec:
    """One entry of `datasets`: a name, path or glob, and how to read it."""

    path: str
    name: str | None = None
    text: str | None = None
    target: str | tuple[str, ...] | None = None
    group: str | bool | None = None
    pair: str | None = None
    half: str | None = None
    split: str | tuple[str, ...] | None = None
    task: str | None = None
    positive: str | None = None
    template: str | None = None
    where: str | None = None
    subset: str | None = None
    classes: tuple[str, ...] | None = None
    min_class: int | None = None
    rest: str | None = None
    missing: str = "error"
    header: bool | None = None
    sheet: str | int | None = None
    config: str | None = None
    revision: str | None = None
    limit: int | None = None
    near_duplicates: str = "join"
    level: str | None = None
    spans: tuple[tuple[str, str], ...] | None = None
    position: str | None = None
    system: str | None = None
    assistant: str | None = None
    generation_prompt: bool = False
    generate: int | None = None

    def __post_init__(self) -> None:
        text("path", self.path)
        for key in (
            ("text", "target", "group", "pair", "half", "split") if self.header is False else ()
        ):
            if type(getattr(self, key)) is int:  # such columns have numbers
                object.__setattr__(self, key, str(getattr(self, key)))
        if self.header is not None and not isinstance(self.header, bool):
            what = f"header = {self.header!r} must be true or false"
            raise SpecError(what, where="header")
        for key in ("name", "text", "pair", "half", "template", "where", "subset", "rest"):
            text_or_none(key, getattr(self, key))
        self._check_target()
        self._check_hub()
        if self.group is not False:
            text_or_none("group", self.group)
        if self.task is not None:
            one_of("task", self.task, TASKS)
        if self.level is not None:
            one_of("level", self.level, LEVELS)
        self._check_marks()
        self._check_generate()
        one_of("missing", self.missing, MISSING)
        one_of("near_duplicates", self.near_duplicates, NEAR_DUPLICATES)
        self._check_classes()
        self._check_chat()
        if self.template not in (None, CHAT) and not re.search(r"\{[^{}]+\}", self.template):
            raise SpecError(
                f"template = {self.template!r} names no column",
                where="template",
                hint='mark where the text goes, for example "Is this true? {text}"',
            )
        if self.limit is not None:
            whole("limit", self.limit, 2)
        if isinstance(self.sheet, str):
            text("sheet", self.sheet)
        elif self.sheet is not None:
            whole("sheet", self.sheet, 1)

    def _check_chat(self) -> None:
        for key in ("system", "assistant"):
            text_or_none(key, getattr(self, key))
        if not isinstance(self.generation_prompt, bool):
            what = f"generation_prompt = {self.generation_prompt!r} must be true or false"
            raise SpecError(what, where="generation_prompt")
        for key in ("system", "assistant", "generation_prompt"):
            if getattr(self, key) and self.template != CHAT:
                hint = 'set template = "chat", or remove it'
                raise SpecError(f"{key} is a part of a chat", where=key, hint=hint)

    def _check_marks(self) -> None:
        text_or_none("position", self.position)
        if self.spans is not None:
            object.__setattr__(self, "spans", span_columns("spans", self.spans))
        marks = {"spans": self.spans, "position": self.position}
        said = [key for key, value in marks.items() if value is not None]
        if self.level == "word" or len(said) > 1:
            said = [*(['level = "word"'] if self.level == "word" else []), *said]
        if len(said) > 1:
            what = f"{said[0]} and {said[1]} both say which part of a text a row is about"
            raise SpecError(what, where=said[1], hint="keep one of them")

    def _check_generate(self) -> None:
        """A text is continued from its end, whatever parts of it rows might mark."""
        if self.generate is None:
            return
        whole("generate", self.generate, 1)
        marks = {"spans": self.spans, "position": self.position}
        said = [key for key, value in marks.items() if value is not None]
        said += ['level = "word"'] if self.level == "word" else []
        if said:
            what = f"generate continues whole texts, but {said[0]} marks parts of them"
            hint = "remove one of the two; tokens of a pooler chooses among what is generated"
            raise SpecError(what, where="generate", hint=hint)

    def _check_target(self) -> None:
        if not isinstance(self.target, (list, tuple)):
            text_or_none("target", self.target)
            return
        targets = names("target", self.target)
        object.__setattr__(self, "target", targets if len(targets) > 1 else targets[0])
        of_one = {"positive": self.positive, "classes": self.classes, "rest": self.rest}
        for key in (key for key, value in of_one.items() if value is not None):
            hint = "write an entry for each target"
            raise SpecError(f"{key} is of one target, but there are several", where=key, hint=hint)

    def _check_hub(self) -> None:
        """What only a dataset on the hub has: a configuration, a revision, splits by name."""
        for key in ("config", "revision"):
            text_or_none(key, getattr(self, key))
            if getattr(self, key) is not None and not is_hub(self.path):
                hint = f"remove it, or name a dataset of the hub: {PREFIX}OWNER/NAME"
                raise SpecError(f"{key} is for datasets of the hub", where=key, hint=hint)
        if not is_hub(self.path):
            text_or_none("split", self.split)
            return
        if repo_of(self.path)[1] and self.revision:
            what = f"path = {self.path!r} and revision = {self.revision!r} name two revisions"
            raise SpecError(what, where="revision", hint="remove one of the two")
        if isinstance(self.split, (list, tuple)):
            object.__setattr__(self, "split", names("split", self.split))
        else:
            text_or_none("split", self.split)

    def _check_classes(self) -> None:
        if self.min_class is not None:
            whole("min_class", self.min_class, 2)
        if self.classes is not None:
            classes = names("classes", self.classes)
            object.__setattr__(self, "classes", classes)
            if len(classes) < (1 if self.rest else 2):
                hint = 'name two or more, or gather the others with rest = "other"'
                raise SpecError("classes lists too few", where="classes", hint=hint)
        if self.rest is not None and self.classes is None and self.min_class is None:
            hint = "choose the classes to keep with classes = [...] or min_class = 10"
            raise SpecError("rest has no classes to gather", where="rest", hint=hint)


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
    gpus: int = 0

    def __post_init__(self) -> None:
        text("model", self.model)
        for key, known in (("device_map", DEVICE_MAPS), ("quantize", QUANTIZATIONS)):
            if getattr(self, key) is not None:
                one_of(key, getattr(self, key), known)
        for key in ("tokenizer", "blocks", "attn", "mlp"):
            text_or_none(key, getattr(self, key))
        one_of("truncation", self.truncation, TRUNCATIONS)
        if self.max_length is not None:
            whole("max_length", self.max_length, 1)
        for key in ("trust_remote_code", "compile"):
            if not isinstance(getattr(self, key), bool):
                what = f"{key} = {getattr(self, key)!r} must be true or false"
                raise SpecError(what, where=key)
        if self.compile and self.device_map:
            what = "compile cannot be combined with device_map"
            raise SpecError(what, where="compile", hint="remove one of the two")
        whole("gpus", self.gpus, 0)
        if self.gpus > 1 and not self.device_map:
            what = f"gpus = {self.gpus} needs device_map, which spreads a model over GPUs"
            raise SpecError(what, where="gpus", hint='add device_map = "auto"')


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
    tokens: tuple[str, ...] | None = None
    position: int | tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        one_of("pool", self.pool, POOLS)
        one_of("site", self.site, SITES)
        one_of("specials", self.specials, SPECIALS)
        whole("skip_first", self.skip_first, 0)
        for key, more in (("layer_method", ()), ("quantile_method", (EACH,))):
            if getattr(self, key) is not None:
                one_of(key, getattr(self, key), (*LAYER_METHODS, *more))
        if self.quantile_method == EACH and self.pool != "token":
            what = f'quantile_method = "each" needs pool = "token", not {self.pool!r}'
            raise SpecError(what, where="quantile_method")
        object.__setattr__(self, "layer", _layer(self.layer))
        object.__setattr__(self, "quantile", _quantile(self.quantile))
        if self.quantile != -1 and self.pool != "token":
            what = f'quantile needs pool = "token", not {self.pool!r}'
            raise SpecError(what, where="quantile", hint="leave one of the two out")
        if self.tokens is not None:
            object.__setattr__(self, "tokens", terms(self.tokens) or None)
        object.__setattr__(self, "position", _position(self.position))
        if self.reads_tokens and (self.reduces_layers or self.layer_method):
            what = f'pool = "{EVERY_TOKEN}" reads the tokens of one layer at a time'
            raise SpecError(what, where="layer", hint='use layer = "each" or an index')
        if self.position is not None and (self.pool != "token" or self.quantile != -1):
            what = "position and quantile both say which token is taken"
            if self.pool != "token":
                what = f'position needs pool = "token", not {self.pool!r}'
            raise SpecError(what, where="position", hint="keep one of them")

    @property
    def positions(self) -> tuple[int, ...]:
        """The places of `position`; none where quantiles say which tokens are taken."""
        if self.position is None:
            return ()
        return self.position if isinstance(self.position, tuple) else (self.position,)

    @property
    def reads_tokens(self) -> bool:
        """Whether a text stays all of its tokens, for a probe that looks at each."""
        return self.pool == EVERY_TOKEN

    @property
    def reduces_layers(self) -> bool:
        """Whether several layers become one cell, so that `layer` is empty."""
        return self.layer == "all" or isinstance(self.layer, tuple)

    @property
    def label(self) -> str:
        """The name in logs and plots: the pool and every option that differs from its default."""
        options = []
        if self.position is not None:
            options.append(f"position={_plain(self.position)}")
        elif self.pool == "token":
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
        if self.tokens:
            options.append(f"tokens={_plain(self.tokens)}")
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
        f"layer = {value!r} is not valid",
        where="layer",
        hint='use an index from 0, a list of them, -1 (the second to last), "all" or "each"',
    )


def _position(value: Any) -> int | tuple[int, ...] | None:
    parts = list(value) if isinstance(value, (list, tuple)) else [value]
    if value is None:
        return None
    if not parts or not all(isinstance(one, int) and not isinstance(one, bool) for one in parts):
        hint = "use 0 for the first token, -1 for the last, -2 for the one before it, or a list"
        raise SpecError(f"position = {value!r} is no place of a token", where="position", hint=hint)
    return tuple(parts) if isinstance(value, (list, tuple)) else parts[0]


def _quantile(value: object) -> Quantile:
    parts = tuple(value) if isinstance(value, (list, tuple)) else (value,)
    for part in parts:
        number = isinstance(part, (int, float)) and not isinstance(part, bool)
        if not number or not (part == -1 or 0 <= part <= 1) or math.isnan(part):
            raise SpecError(
                f"quantile = {part!r} is not between 0 and 1",
                where="quantile",
                hint="use 0 for a text's first token, 1 or -1 for its last",
            )
    if not parts:
        raise SpecError(
            "quantile = [] is empty", where="quantile", hint="give at least one position"
        )
    return tuple(float(part) for part in parts) if isinstance(value, (list, tuple)) else parts[0]


@dataclass(frozen=True)
class ClassifierSpec:
    """One entry of `classifiers`: a built-in name, `file.py:Class`, or an entry point."""

    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        text("name", self.name)
        object.__setattr__(self, "parameters", dict(self.parameters))

    @property
    def is_file(self) -> bool:
        """Whether the name is `file.py:Class`."""
        return ".py:" in self.name


Entry = DatasetSpec | ModelSpec | PoolerSpec | ClassifierSpec
