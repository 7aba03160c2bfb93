"""The allowed values of spec keys, and the checks that raise `SpecError` for others."""

from __future__ import annotations

from typing import Literal

from probing.errors import SpecError, nearest

Site = Literal["resid", "attn", "mlp"]
Layer = int | Literal["all", "each"] | tuple[int, ...]
Quantile = float | tuple[float, ...]

SITES = ("resid", "attn", "mlp")
EVERY_TOKEN = "tokens"  # the pool of probes that look at each token themselves
POOLS = ("token", "mean", "max", "min", "first", "last", EVERY_TOKEN)
LAYER_METHODS = ("mean", "max", "min", "extend", "concat")
SPLITS = ("kfold", "shuffle", "given")
TASKS = ("binary", "multiclass", "regression")
MISSING = ("error", "drop")
NEAR_DUPLICATES = ("join", "keep", "ignore")
CHAT = "chat"  # the template of a tokenizer's own
EACH = "each"  # a cell of its own for each position, or layer
LEVELS = ("text", "word")
SPECIALS = ("keep", "drop")
TRUNCATIONS = ("right", "left")
SCALES = ("standard", "none")
DEVICE_MAPS = ("auto",)
QUANTIZATIONS = ("8bit", "4bit")
ENSEMBLES = ("none", "mean")
CHOSEN = "chosen"  # what stands for a pooler, classifier or site that was chosen
SELECTED = ("layer", "pooler", "classifier")
SELECT_BY = (
    "auto",
    "accuracy",
    "balanced_accuracy",
    "f1",
    "auroc",
    "average_precision",
    "mse",
    "mae",
    "r2",
    "pearson",
    "spearman",
)
N_INNER = 5
"""Inner folds of a training part, where no class is too small for them."""
CODE_FRACTIONS = (0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.0625, 0.125, 0.25, 0.5, 1.0)
"""Of the texts, where the parts of an online code end (Voita and Titov 2020)."""
WORD_FEATURES = 256  # of a bag of words as a baseline, at most
BASELINES = ("none", "bag_of_words", "length")  # or a layer
DTYPES = ("auto", "float32", "float16", "bfloat16", "float64")


def one_of(key: str, value: object, known: tuple[str, ...]) -> None:
    """Raise unless `value` is one of `known`."""
    if value not in known:
        hint = nearest(str(value), known)
        raise SpecError(f"{key} = {value!r} is not a known value", where=key, hint=hint)


def whole(key: str, value: object, least: int) -> None:
    """Raise unless `value` is a whole number of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise SpecError(f"{key} = {value!r} must be a whole number of at least {least}", where=key)


def share(key: str, value: object, *, zero: bool) -> None:
    """Raise unless `value` is a share: below 1 and above 0, or 0 itself with `zero`."""
    low_ok = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not low_ok or not ((value >= 0 if zero else value > 0) and value < 1):  # type: ignore[operator]
        bound = "at least 0" if zero else "above 0"
        raise SpecError(f"{key} = {value!r} must be {bound} and below 1", where=key)


def rising_shares(key: str, value: object) -> tuple[float, ...]:
    """A list of shares above 0 and below 1, each once and in order; 1 is left out."""
    if not isinstance(value, (list, tuple)):
        raise SpecError(
            f"{key} = {value!r} must be a list of shares, such as [0.1, 0.5]", where=key
        )
    parts = [one for one in value if isinstance(one, bool) or one != 1]
    for one in parts:
        share(key, one, zero=False)
    return tuple(sorted({float(one) for one in parts}))


def baseline(key: str, value: object) -> None:
    """Raise unless `value` is a layer, or the name of another baseline."""
    if isinstance(value, str):
        one_of(key, value, BASELINES)
    elif isinstance(value, bool) or not isinstance(value, int) or value < 0:
        what = f"{key} = {value!r} must be a layer, 0 or more, or one of {', '.join(BASELINES)}"
        raise SpecError(what, where=key)


def truth(key: str, value: object) -> None:
    """Raise unless `value` is true or false."""
    if not isinstance(value, bool):
        raise SpecError(f"{key} = {value!r} must be true or false", where=key)


def text(key: str, value: object) -> None:
    """Raise unless `value` is a non-empty string."""
    if not isinstance(value, str) or not value.strip():
        raise SpecError(f"{key} = {value!r} must be a non-empty string", where=key)


def text_or_none(key: str, value: object) -> None:
    """Raise unless `value` is None or a non-empty string."""
    if value is not None:
        text(key, value)


def names(key: str, value: object) -> tuple[str, ...]:
    """A list of names as texts, each once; numbers and truth values as TOML writes them."""
    if not isinstance(value, (list, tuple)) or not value:
        raise SpecError(f"{key} = {value!r} must be a list of names", where=key)
    for one in value:
        if not isinstance(one, (str, int)):
            raise SpecError(f"{key} contains {one!r}, which is not a name", where=key)
    spelt = (str(one).lower() if isinstance(one, bool) else str(one) for one in value)
    return tuple(dict.fromkeys(spelt))


def span_columns(key: str, value: object) -> tuple[tuple[str, str], ...]:
    """Pairs of columns with the start and the end of a span, as such or one after another."""
    listed = list(value) if isinstance(value, (list, tuple)) else []
    is_flat = all(isinstance(one, str) for one in listed)
    pairs = [listed[at : at + 2] for at in range(0, len(listed), 2)] if is_flat else listed
    sound = [
        isinstance(pair, (list, tuple)) and len(pair) == 2 and all(isinstance(o, str) for o in pair)
        for pair in pairs
    ]
    if not pairs or not all(sound):
        what = f"{key} = {value!r} names no columns with the start and the end of a span"
        hint = f'write {key} = ["start", "end"], or a list of such pairs'
        raise SpecError(what, where=key, hint=hint)
    return tuple((str(start), str(end)) for start, end in pairs)
