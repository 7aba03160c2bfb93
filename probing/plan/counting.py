"""Count the tokens of a dataset without loading a model: with its tokenizer file alone."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from probing import datasets
from probing.spec import DatasetSpec, ModelSpec

if TYPE_CHECKING:
    from probing.catalog import ModelFacts

SAMPLE = 1000


def count_tokens(
    data: DatasetSpec, path: Path, seed: int, model: ModelSpec, facts: ModelFacts
) -> int | None:
    """Tokens that `model` reads in the dataset at `path`, cut to its maximum length.

    Of many texts a thousand, evenly spaced, are counted and the rest is extrapolated. None where
    the tokenizer is not on this machine as a `tokenizer.json`.
    """
    file = facts.folder / "tokenizer.json" if facts.folder and not model.tokenizer else None
    if file is None or not file.is_file():
        return None
    longest = min(filter(None, (model.max_length, facts.max_length)), default=None)
    return _counted(data, path, path.stat().st_mtime_ns, seed, file, longest)


@lru_cache(maxsize=512)
def _counted(
    data: DatasetSpec, path: Path, _changed: int, seed: int, file: Path, longest: int | None
) -> int:
    from tokenizers import Tokenizer  # Rust: 0.1 s, only who estimates pays

    texts = datasets.load(data, path, seed).texts
    sample = texts[:: max(1, len(texts) // SAMPLE)]
    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    lengths = [len(one.ids) for one in tokenizer.encode_batch(list(sample))]
    total = sum(min(length, longest or length) for length in lengths)
    return round(total * len(texts) / len(sample))
