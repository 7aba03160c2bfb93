"""Whatever the model: each text has, at every layer, what plain transformers gives for it alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers as hf
from torch import nn
from transformers import AutoModel

from probing.engine.extraction import extract
from probing.engine.models import LMModel
from probing.spec import PoolerSpec
from tests.support.texts import make_texts
from tests.support.tiny_models import SIZE, VOCABULARY, WIDE, config, save_tokenizer

OF_ONE_LENGTH = ["the cat sat on the", "a dog ran in it", "the red mat on big",
                 "big dog sat in house", "it sat it ran it"]  # fmt: skip
TEXTS = list(dict.fromkeys([*make_texts(20, longest=24), *OF_ONE_LENGTH]))

REFORMER = {
    "vocab_size": len(VOCABULARY), "hidden_size": 32, "num_attention_heads": 4,
    "attention_head_size": 8, "feed_forward_size": 64, "axial_pos_shape": [8, 8],
    "axial_pos_embds_dim": [16, 16], "max_position_embeddings": 64, "local_attn_chunk_length": 4,
    "lsh_attn_chunk_length": 4, "num_buckets": 4, "is_decoder": False,
}  # fmt: skip
CONFIGS = {
    "reformer": lambda: hf.ReformerConfig(**REFORMER, attn_layers=["local", "local"]),
    "reformer_hashed": lambda: hf.ReformerConfig(
        **REFORMER, attn_layers=["local", "lsh"], hash_seed=1
    ),
    "roberta": lambda: hf.RobertaConfig(
        **SIZE, **{**WIDE, "max_position_embeddings": 42}, pad_token_id=0
    ),
    "xlm_roberta": lambda: hf.XLMRobertaConfig(**SIZE, **WIDE, pad_token_id=0),
    "esm": lambda: hf.EsmConfig(
        **SIZE, **WIDE, pad_token_id=0, mask_token_id=1, token_dropout=True,
        position_embedding_type="absolute",
    ),
    "longformer": lambda: hf.LongformerConfig(**SIZE, **WIDE, attention_window=[4, 4, 4]),
}  # fmt: skip
FAMILIES = ["xlnet", "clip_text", "llama", "llama_untied", "bert", "gpt2", "t5", *CONFIGS]


def tiny(folder: Path, family: str) -> LMModel:
    return saved(folder, CONFIGS[family]() if family in CONFIGS else config(family))


def saved(folder: Path, settings: hf.PreTrainedConfig) -> LMModel:
    torch.manual_seed(0)
    body = AutoModel.from_config(settings)
    with torch.no_grad():
        for part in body.parameters():
            part.add_(torch.randn_like(part) * 0.1)
    body.save_pretrained(folder)
    save_tokenizer(folder)
    return LMModel(str(folder))


def alter(block: nn.Module, change: Callable[[torch.Tensor], torch.Tensor]) -> None:
    """Let `block` give what `change` makes of what it gives."""

    def after(block: nn.Module, args: Any, output: Any) -> Any:
        if isinstance(output, tuple):
            return (change(output[0]), *output[1:])
        return change(output)

    block.register_forward_hook(after)


def states(model: LMModel, text: str) -> tuple[torch.Tensor, ...]:
    """The hidden states of one text, `[seq, width]` each, without any hook."""
    ids = model.tokenise([text]).ids.long()[None]
    with torch.no_grad():
        output = model.body(
            input_ids=ids, attention_mask=torch.ones_like(ids), output_hidden_states=True
        )
    return tuple(state[0, : ids.shape[1]] for state in output.hidden_states)


def check(model: LMModel, texts: Sequence[str]) -> Any:
    """Compare the features of every layer with the hidden states; the layout."""
    mean, last = PoolerSpec(pool="mean"), PoolerSpec(pool="last")
    extraction = extract(model, texts, [mean, last], token_budget=100)
    for at, text in enumerate(texts):
        expected = states(model, text)
        for spec, pooled in (
            (mean, [state.mean(0) for state in expected]),
            (last, [state[-1] for state in expected]),
        ):
            found = extraction.features[spec][:, at, 0]
            torch.testing.assert_close(found, torch.stack(pooled), atol=2e-5, rtol=2e-5)
    return extraction.layout


@pytest.mark.parametrize("family", FAMILIES)
def test_every_layer_is_that_of_the_text_alone(family: str, tmp_path: Path) -> None:
    model = tiny(tmp_path, family)
    layouts = {check(model, texts).kind for texts in (TEXTS, OF_ONE_LENGTH, TEXTS[:1])}
    assert "single" not in layouts


@pytest.mark.parametrize("family", ["roberta", "xlm_roberta", "esm", "bert", "xlnet"])
def test_special_tokens_may_be_spelt_out(family: str, tmp_path: Path) -> None:
    """RoBERTa's positions are made from the ids, ESM scales by the share of masks."""
    model = tiny(tmp_path, family)
    spelt = ["the cat [PAD] sat [PAD] [PAD] on the mat", "[PAD] it ran", "a [UNK] dog [UNK] sat",
             "the [SEP] red [CLS] house"]  # fmt: skip
    assert 0 in model.tokenise(spelt[:1]).ids.tolist()
    layout = check(model, [*TEXTS, *spelt])
    assert layout.kind == {"esm": "padded", "xlnet": "padded"}.get(family, "packed")


def test_one_text_at_a_time_where_a_batch_changes_features(tmp_path: Path) -> None:
    model = tiny(tmp_path, "bloom")
    alter(model.body.h[1], lambda given: given + given.mean((0, 1)))
    layout = check(model, OF_ONE_LENGTH)
    assert layout.kind == "single" and "padded: features are off" in layout.reason
    assert check(model, TEXTS).kind == "single"


def test_texts_of_one_length_that_are_exchanged_are_noticed(tmp_path: Path) -> None:
    model = tiny(tmp_path, "bloom")
    alter(model.body.h[1], lambda given: given.flip(0))
    assert check(model, OF_ONE_LENGTH).kind == "single"


def test_a_batch_that_shows_what_a_few_texts_did_not(tmp_path: Path) -> None:
    model = tiny(tmp_path, "bloom")
    alter(model.body.h[1], lambda given: given * (2 if len(given) > 8 else 1))
    short = [" ".join(text.split()[:3]) for text in TEXTS]
    layout = check(model, list(dict.fromkeys(short)))
    assert layout.kind == "single" and "padded: features are off" in layout.reason


def test_a_model_that_gives_other_features_each_time(tmp_path: Path) -> None:
    model = tiny(tmp_path, "bert")
    alter(model.body.encoder.layer[1], lambda given: given + torch.randn_like(given))
    layout = extract(model, TEXTS, [PoolerSpec(pool="mean")]).layout
    assert layout.kind == "single" and layout.reason.startswith("the same text twice")


def test_longer_texts_are_tried_anew(tmp_path: Path) -> None:
    model = tiny(tmp_path, "bloom")
    mixed = lambda given: given + given.mean((0, 1)) if given.shape[1] > 64 else given  # noqa: E731
    alter(model.body.h[1], mixed)
    assert check(model, OF_ONE_LENGTH).kind == "padded"
    long = ["the cat sat on " * 20, "it ran in house " * 20]
    assert check(model, [*OF_ONE_LENGTH, *long]).kind == "single"
    assert check(model, OF_ONE_LENGTH).kind == "padded"
