"""Count the tokens of a dataset without loading a model: with its tokenizer file alone."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from probing import datasets
from probing.errors import ModelError, SpecError, in_one_line, is_interruption
from probing.plan.types import NamedDataset, PlannedPass
from probing.spec import DatasetSpec, Spec

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

    from probing.catalog import ModelFacts
    from probing.datasets import TextDataset
    from probing.datasets.reading import Reading
    from probing.spec import ModelSpec

SAMPLE = 1000
CHARACTERS_PER_TOKEN = 4.0
SPECIAL_TOKENS = 2
TURN_TOKENS = 5
_MOST_KNOWN = 64
UNKNOWN = ("[UNK]", "<unk>")  # the usual names; the unigram model does not tell its own


@dataclass(frozen=True)
class TokenCount:
    """Tokens of all texts of a dataset, cut to a model's length.

    `context` is the mean number of tokens of the text that a token stands in. Not `counted`, they
    are guessed from the number of characters. `cut` is the share of texts that are longer than
    the model reads, `unknown` that of tokens which the vocabulary lacks; 0 where not counted.
    """

    n_tokens: int
    context: float
    counted: bool
    cut: float = 0.0
    unknown: float = 0.0


@dataclass(frozen=True, eq=False)
class _Texts:
    """Different texts as far as planning needs them: how many, the digest of what is read, some,
    evenly spaced, and of how many turns a conversation is."""

    n_texts: int
    digest: str
    sample: tuple[str, ...]
    n_turns: float = 0.0


_known: OrderedDict[Hashable, _Texts] = OrderedDict()


def digest_of(data: NamedDataset, spec: Spec) -> str:
    """The digest of the texts of a dataset, as the activation cache knows them."""
    return _texts_of(data.spec, Path(data.facts.path), spec).digest


def count_tokens(one: PlannedPass, of: Spec) -> TokenCount:
    """Tokens that the model of a pass reads in its dataset.

    Of many texts a thousand are counted and the rest is extrapolated; without a `tokenizer.json`
    on this machine they are guessed. Raises `ModelError` for one that cannot be used, and
    `SpecError` for a length that special tokens alone fill.
    """
    spec, facts, path = one.model.spec, one.model.facts, Path(one.dataset.facts.path)
    longest = longest_text(one)
    file = _tokenizer(spec, facts)
    if file is None:
        return _continued(_guessed(one.dataset, longest), one.dataset)
    texts = _texts_of(one.dataset.spec, path, of)
    counted = _counted(texts, facts.name, file, file.stat().st_mtime_ns, longest)
    return _continued(counted, one.dataset)


def _continued(count: TokenCount, data: NamedDataset) -> TokenCount:
    """The count with all that may be generated behind the texts."""
    if not data.spec.generate:
        return count
    n_new = (data.facts.n_texts or data.facts.n_rows) * data.spec.generate
    longer = count.context + data.spec.generate
    return replace(count, n_tokens=count.n_tokens + n_new, context=longer)


def longest_text(one: PlannedPass) -> int | None:
    """The tokens to which the model of a pass cuts texts, as far as its configuration says.

    What is generated has its room behind them.
    """
    spec, facts, generate = one.model.spec, one.model.facts, one.dataset.spec.generate or 0
    context = None if facts.max_length is None else facts.max_length - generate
    return min(filter(None, (spec.max_length, context)), default=None)


def _tokenizer(spec: ModelSpec, facts: ModelFacts) -> Path | None:
    own = facts.folder is not None and not spec.tokenizer and not facts.gguf
    file = facts.folder / "tokenizer.json" if facts.folder and own else None
    return file if file is not None and file.is_file() else None


def _guessed(data: NamedDataset, longest: int | None) -> TokenCount:
    n_texts = data.facts.n_texts or data.facts.n_rows
    length = data.facts.mean_length / CHARACTERS_PER_TOKEN
    length = min(int(length) + SPECIAL_TOKENS, longest or int(length) + SPECIAL_TOKENS)
    return TokenCount(n_texts * length, length, False)


@lru_cache(maxsize=512)
def _counted(
    texts: _Texts,
    model: str,
    file: Path,
    _changed: int,
    longest: int | None,
) -> TokenCount:
    tokenizer, encoded = _encoded(texts.sample, model, file)
    n_special = tokenizer.num_special_tokens_to_add(is_pair=False)
    if longest is not None and longest <= n_special:
        what = f"max_length = {longest} leaves no room for text ({n_special} special tokens)"
        raise SpecError(what, where=model, hint="raise max_length")
    # what a chat template writes around each turn is known once it is applied
    around = round(texts.n_turns * TURN_TOKENS)
    whole = [len(one.ids) + around for one in encoded]
    lengths = [min(length, longest or length) for length in whole]
    n_cut = sum(length > kept for length, kept in zip(whole, lengths, strict=True))
    total = sum(lengths)
    context = sum(length**2 for length in lengths) / max(total, 1)
    n_tokens = round(total * texts.n_texts / len(lengths))
    unknown = _unknown_share(tokenizer, encoded)
    return TokenCount(n_tokens, context, not around, n_cut / len(lengths), unknown)


def _encoded(texts: Sequence[str], model: str, file: Path) -> tuple[Tokenizer, list[Encoding]]:
    """The tokenizer in `file` of `model`, and what it makes of `texts`."""
    from tokenizers import Tokenizer  # Rust: 0.1 s, only who estimates pays

    try:
        tokenizer = Tokenizer.from_file(str(file))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer, tokenizer.encode_batch(list(texts))
    except BaseException as error:  # a panic in Rust is no `Exception`
        if is_interruption(error):
            raise
        what = f"{file.name} cannot be used ({in_one_line(error)})"
        raise ModelError(what, where=model, hint="download the whole file again") from None


def _unknown_share(tokenizer: Tokenizer, encoded: Sequence[Encoding]) -> float:
    """The share of tokens that stand for what the vocabulary lacks; special tokens aside."""
    own_name = getattr(tokenizer.model, "unk_token", None)
    names = {*UNKNOWN, *([own_name] if own_name else [])}
    ids = {tokenizer.token_to_id(name) for name in names} - {None}
    own = [
        token
        for one in encoded
        for token, special in zip(one.ids, one.special_tokens_mask, strict=True)
        if not special
    ]
    return sum(token in ids for token in own) / max(1, len(own))


def remember_texts(entry: DatasetSpec, path: Path, spec: Spec, data: TextDataset) -> None:
    """Remember what planning needs of the texts of a dataset that has been read for a spec."""
    key = _key(entry, path, spec)
    if key not in _known:
        _known[key] = _summed_up(data.read)
        while len(_known) > _MOST_KNOWN:
            _known.popitem(last=False)


def _texts_of(entry: DatasetSpec, path: Path, spec: Spec) -> _Texts:
    key = _key(entry, path, spec)
    if key not in _known:
        data = datasets.load(entry, path, spec.seed, spec.n_class_folds)
        remember_texts(entry, path, spec, data)
    return _known[key]


def _key(entry: DatasetSpec, path: Path, spec: Spec) -> Hashable:
    return entry, path, path.stat().st_mtime_ns, spec.seed, spec.n_class_folds


def _summed_up(read: Reading) -> _Texts:
    from probing.datasets.rows.equal_rows import different_rows  # numpy, as who reads has paid

    rows = different_rows(read.texts)  # a text that comes again is not run again
    sample = tuple(read.texts[at] for at in rows[:: max(1, len(rows) // SAMPLE)].tolist())
    turns = () if read.chats is None else read.chats.turns
    n_turns = sum(map(len, turns)) / max(len(turns), 1)
    return _Texts(len(rows), read.sha256, sample, n_turns)


def tokens_in(texts: Sequence[str], spec: ModelSpec, facts: ModelFacts) -> int:
    """About how many tokens a model makes of texts: of many a thousand are counted."""
    sample = tuple(texts[:: max(1, len(texts) // SAMPLE)])
    file = _tokenizer(spec, facts)
    if file is None:
        total = sum(int(len(text) / CHARACTERS_PER_TOKEN) + SPECIAL_TOKENS for text in sample)
    else:
        total = sum(len(one.ids) for one in _encoded(sample, facts.name, file)[1])
    return round(total * len(texts) / max(len(sample), 1))
