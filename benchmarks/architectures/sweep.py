"""Run each family here and in plain transformers, text by text."""

from __future__ import annotations

import signal
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import AutoModel, PreTrainedTokenizerFast
from transformers.models.auto import configuration_auto, modeling_auto

from benchmarks.architectures.tiny_configs import tiny_config
from probing.engine.extraction import Extraction, extract
from probing.engine.models import LMModel
from probing.errors import ProbingError
from probing.spec import PoolerSpec

WORDS = "the a cat dog sat ran on in mat house red big it old man saw new".split()  # noqa: SIM905
TEXTS = (
    "the cat sat on the mat",
    "a big red dog ran in",
    "it ran",
    "the old man saw a new house on",
    "it sat",
    "the dog ran on the mat",
)
_FIRST_WORD = 4  # the ids before it are those of special tokens
MEAN = PoolerSpec(pool="mean")
AGREES = 1e-5
MOST_PARAMS = 30_000_000
LONGEST_S = 40


@dataclass(frozen=True)
class Outcome:
    """How a family fared: the largest difference relative to a vector's length, or why not."""

    family: str
    difference: float | None = None
    layout: str = ""
    attn: str = ""
    mlp: str = ""
    note: str = ""
    untried: bool = False

    @property
    def agrees(self) -> bool:
        """Whether every layer of every text is that of transformers, to rounding."""
        return self.difference is not None and self.difference < AGREES

    @property
    def verdict(self) -> str:
        """The outcome in a word."""
        return "not tried" if self.untried else "agrees" if self.agrees else "does not agree"


def families() -> list[str]:
    """The families that read text alone: causal, masked, encoder-decoder and with other senses."""
    tables = (
        modeling_auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
        modeling_auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES,
        modeling_auto.MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES,
        modeling_auto.MODEL_FOR_TEXT_ENCODING_MAPPING_NAMES,
        modeling_auto.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES,
        {"dpr": "", "clip": "", "siglip": "", "altclip": "", "siglip2": "", "chinese_clip": ""},
    )
    known = modeling_auto.MODEL_MAPPING_NAMES
    return sorted({family for table in tables for family in table if family in known})


def tried(family: str) -> Outcome:
    """One family, within a time limit."""

    def late(*_: Any) -> None:
        raise TimeoutError(f"takes more than {LONGEST_S} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(LONGEST_S)
    try:
        with tempfile.TemporaryDirectory() as folder:
            return _tried(family, Path(folder))
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _tried(family: str, folder: Path) -> Outcome:
    try:
        reference = save(family, folder)
        expected = list(_expected(reference))
    except Exception as error:  # not every family has a tiny model, or one that reads text alone
        return Outcome(family, note=f"{type(error).__name__}: {_line(error)}", untried=True)
    try:
        model = LMModel({"model": str(folder), "tokenizer": str(folder / "words")})
        sites = {site: _site(model, site) for site in ("attn", "mlp")}
        found = extract(model, TEXTS, [MEAN])
        layers = _features(found, model)
        worst = max(
            _difference([layer[at] for layer in layers], one) for at, one in enumerate(expected)
        )
        kind = found.layout.kind
        return Outcome(family, worst, kind, sites["attn"], sites["mlp"], model.hidden.note)
    except ProbingError as error:
        return Outcome(family, note=_named(error, folder.name))
    except Exception as error:
        return Outcome(family, note=f"FAULT {type(error).__name__}: {_line(error)}")


def save(family: str, folder: Path) -> Any:
    """Save a tiny model of `family` with random weights and a tokenizer in `folder`."""
    torch.manual_seed(0)
    config = tiny_config(configuration_auto.CONFIG_MAPPING[family], family)
    with torch.device("meta"):
        n_params = sum(part.numel() for part in AutoModel.from_config(config).parameters())
    if n_params > MOST_PARAMS:
        raise ValueError(f"{n_params:,} parameters")
    model = AutoModel.from_config(config, dtype=torch.float32).eval()
    with torch.no_grad():
        for part in model.parameters():
            part.add_(torch.randn_like(part) * 0.05)
    model.save_pretrained(folder)
    _save_tokenizer(folder / "words")
    return AutoModel.from_pretrained(folder).eval()


def _save_tokenizer(folder: Path) -> None:
    """In a folder of its own: beside a model, its family may have another class of tokenizer."""
    ids = {word: at + _FIRST_WORD for at, word in enumerate(WORDS)} | {"[UNK]": 3, "[PAD]": 1}
    words = Tokenizer(models.WordLevel(ids, "[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=words, unk_token="[UNK]", pad_token="[PAD]"
    ).save_pretrained(folder)


@torch.no_grad()
def _expected(whole: Any) -> Iterator[list[torch.Tensor]]:
    """For every text and layer `[width]`: the mean over its tokens, run alone."""
    body = whole
    if getattr(whole.config, "is_encoder_decoder", False):
        body = whole.get_encoder()
    for part in ("text_model", "question_encoder"):
        body = getattr(body, part, body)
    for text in TEXTS:
        ids = torch.tensor([[WORDS.index(word) + _FIRST_WORD for word in text.split()]])
        asked = {"output_hidden_states": True, "return_dict": True}
        output = body(input_ids=ids, attention_mask=torch.ones_like(ids), **asked)
        own = getattr(output, "hidden_states", None)
        states = output.encoder_hidden_states if own is None else own
        yield [_by_token(state, ids.shape[1]).mean(0) for state in states]


def _by_token(state: torch.Tensor, n_tokens: int) -> torch.Tensor:
    """`[seq, width]`: several streams of a token are one vector, wherever their axis is."""
    seq = list(state.shape).index(n_tokens)
    return state.movedim(seq, 0).reshape(n_tokens, -1)


def _features(found: Extraction, model: LMModel) -> list[torch.Tensor]:
    """For every layer `[n_texts, width]`; layers may differ in width."""
    whole = found.features.get(MEAN)
    if whole is not None:
        return [layer[:, 0] for layer in whole]
    layers = range(model.n_layers + 1)
    return [found.features[replace(MEAN, layer=layer)][0, :, 0] for layer in layers]


def _difference(ours: Sequence[torch.Tensor], theirs: Sequence[torch.Tensor]) -> float:
    shapes = [[tuple(layer.shape) for layer in each] for each in (ours, theirs)]
    if shapes[0] != shapes[1]:
        raise ValueError(f"{shapes[0]} is not {shapes[1]}")
    pairs = zip(ours, theirs, strict=True)
    return max(float((a - b).norm() / b.norm().clamp_min(1e-30)) for a, b in pairs)


def _site(model: LMModel, site: str) -> str:
    try:
        return "yes" if model.writers(site) else "no"
    except ProbingError as error:
        return "no" if error.what.endswith("blocks were not found") else _named(error, model.name)


def _named(error: ProbingError, name: str) -> str:
    """What is wrong, with a folder that is gone called the model."""
    return " ".join(error.what.replace(name, "the model").split())


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
