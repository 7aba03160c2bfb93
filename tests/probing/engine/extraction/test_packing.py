"""Packing: however a model wants its texts laid out, each has the features that it has alone."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers as hf
from transformers import AutoModel

from probing.engine.extraction import extract, forward
from probing.engine.extraction.batch_budget import GrowingBudget
from probing.engine.extraction.batches import grouped
from probing.engine.models import LMModel, Tokens, packed_attention
from probing.engine.pooling import Pooler
from probing.layer_choice import cells_of
from probing.spec import PoolerSpec
from tests.support.texts import make_texts
from tests.support.tiny_models import GROUPED, N_EMBD, SIZE, WIDE, config, save_tokenizer

TEXTS = make_texts(30, longest=24)
EDGES = {"pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3}
MOE = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 16}

OTHERS = {
    "mistral": lambda: hf.MistralConfig(**GROUPED, sliding_window=6),
    "phi3": lambda: hf.Phi3Config(**GROUPED, **EDGES, sliding_window=6),
    "mixtral": lambda: hf.MixtralConfig(**GROUPED, num_local_experts=4),
    "qwen3_moe": lambda: hf.Qwen3MoeConfig(**GROUPED, **MOE, head_dim=8),
    "gpt_oss": lambda: hf.GptOssConfig(
        **GROUPED, head_dim=8, num_local_experts=4, num_experts_per_tok=2, sliding_window=6,
        rope_parameters={"rope_type": "default", "rope_theta": 1e4}, **EDGES,
    ),
    "llama4": lambda: hf.Llama4TextConfig(
        **GROUPED, head_dim=8, num_local_experts=2, intermediate_size_mlp=64,
        attention_chunk_size=5, no_rope_layers=[1, 0, 1], **EDGES,
    ),
    "modernbert": lambda: hf.ModernBertConfig(
        **SIZE, **WIDE, local_attention=6, global_attn_every_n_layers=2, **EDGES,
        cls_token_id=2, sep_token_id=3,
    ),
    "xlm_roberta": lambda: hf.XLMRobertaConfig(**SIZE, **WIDE),
    "electra": lambda: hf.ElectraConfig(**SIZE, **WIDE, embedding_size=32),
    "gptj": lambda: hf.GPTJConfig(**N_EMBD, rotary_dim=4),
    "gpt_neo": lambda: hf.GPTNeoConfig(
        **{**SIZE, "num_hidden_layers": 2}, num_heads=4, window_size=4,
        attention_types=[[["global", "local"], 1]],
    ),
    "mpnet": lambda: hf.MPNetConfig(**SIZE, **WIDE),
    "deberta_v2": lambda: hf.DebertaV2Config(
        **SIZE, **WIDE, relative_attention=True, pos_att_type=["p2c", "c2p"],
        position_biased_input=False,
    ),
    "lfm2": lambda: hf.Lfm2Config(**GROUPED, layer_types=["conv", "full_attention", "conv"]),
    "convbert": lambda: hf.ConvBertConfig(**SIZE, **WIDE, embedding_size=32),
}  # fmt: skip
PACKED = [
    "bert", "roberta", "distilbert", "albert", "electra", "xlm_roberta", "modernbert", "gpt2",
    "gpt_neox", "opt", "llama", "qwen2", "qwen3", "mistral", "gemma2", "gemma3", "phi", "phi3",
    "mixtral", "qwen3_moe", "gpt_oss", "llama4",
]  # fmt: skip
PADDED = {
    "bloom": "takes no position ids",
    "falcon": "cannot be replaced",
    "falcon_sequential": "cannot be replaced",
    "gptj": "cannot be replaced",
    "gpt_neo": "cannot be replaced",
    "mpnet": "cannot be replaced",
    "deberta_v2": "cannot be replaced",
    "t5": "takes no position ids",
    "bart": "takes no position ids",
    "mamba": "takes no position ids",
    "lfm2": "features are off",
}
EXPECTED = {
    **dict.fromkeys(PACKED, ("packed", "")),
    **{family: ("padded", reason) for family, reason in PADDED.items()},
    "convbert": ("even", "padded: features are off"),
}


def tiny(folder: Path, family: str, dtype: str = "float32") -> LMModel:
    torch.manual_seed(0)
    made = OTHERS[family]() if family in OTHERS else config(family)
    body = AutoModel.from_config(made)
    with torch.no_grad():
        for part in body.parameters():
            part.add_(torch.randn_like(part) * 0.1)
    body.save_pretrained(folder)
    save_tokenizer(folder)
    return LMModel(str(folder), dtype=dtype)


def specs_of(model: LMModel) -> list[PoolerSpec]:
    specs = [PoolerSpec(pool="mean", specials="drop"), PoolerSpec(quantile=(0.4, 1.0))]
    if not any(hasattr(block, "conv") or "Mamba" in type(block).__name__
               for block in model.hidden.blocks):  # fmt: skip
        specs += [PoolerSpec(pool="max", site=site) for site in ("attn", "mlp")]
    return specs


def alone(model: LMModel, text: str, specs: list[PoolerSpec]) -> dict[PoolerSpec, torch.Tensor]:
    """The features of one text by itself, from the states that plain hooks keep."""
    states: dict[tuple[str, int], torch.Tensor] = {}
    batch = model.pad(model.tokenise([text]), [0])
    keep = lambda site, step, state: states.__setitem__((site, step), state.clone())  # noqa: E731
    with torch.no_grad(), model.reader(keep, ["resid", *{s.site for s in specs}], None) as reader:
        reader.run(batch.ids, batch.mask)
    features = {}
    for spec in specs:
        pooler = Pooler(spec)
        cells = [
            pooler.reduce_layers([
                pooler.reduce_tokens(
                    states[spec.site, model.step(spec.site, layer)], batch.mask, batch.specials
                )
                for layer in layers
            ])
            for layers in cells_of(spec, model.n_layers)
        ]  # fmt: skip
        features[spec] = torch.stack(cells)
    return features


@pytest.mark.parametrize("family", EXPECTED)
def test_features_are_those_of_each_text_alone(family: str, tmp_path: Path) -> None:
    model = tiny(tmp_path, family)
    own = model.body.config._attn_implementation
    specs = specs_of(model)
    extraction = extract(model, TEXTS, specs, token_budget=120)
    layout, reason = EXPECTED[family]
    assert extraction.layout.kind == layout and reason in extraction.layout.reason
    assert bool(reason) == bool(extraction.layout.reason)
    assert model.body.config._attn_implementation == own
    for at in range(0, len(TEXTS), 2):
        for spec, expected in alone(model, TEXTS[at], specs).items():
            found = extraction.features[spec][:, [at]]
            torch.testing.assert_close(found, expected, atol=2e-5, rtol=2e-5, msg=spec.label)


def with_precisions(*families: str) -> list[tuple[str, str]]:
    """Every family in one precision, and the first in the others too."""
    return [
        *((one, "bfloat16") for one in families),
        (families[0], "float32"),
        (families[0], "float16"),
    ]


MEAN = PoolerSpec(pool="mean")


@pytest.mark.parametrize(
    ("family", "dtype"), with_precisions("llama", "gpt2", "gemma2", "bert", "modernbert")
)
def test_rounding_does_not_keep_from_packing(family: str, dtype: str, tmp_path: Path) -> None:
    assert not extract(tiny(tmp_path, family, dtype), TEXTS, [MEAN]).layout.reason


@pytest.mark.parametrize(("family", "dtype"), with_precisions("gemma2", "gpt2", "llama", "bert"))
def test_texts_that_see_each_other_are_noticed(
    family: str, dtype: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leaky(body: Any, lengths: Sequence[int]) -> AbstractContextManager[None]:
        return packed_attention(body, [sum(lengths)])

    monkeypatch.setattr(forward, "packed_attention", leaky)
    layout = extract(tiny(tmp_path, family, dtype), TEXTS, [MEAN]).layout
    assert layout.kind == "padded" and "features are off" in layout.reason


@pytest.mark.parametrize(("family", "dtype"), with_precisions("gpt2", "bert", "opt"))
def test_texts_at_wrong_places_are_noticed(
    family: str, dtype: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = Tokens.packed
    monkeypatch.setattr(Tokens, "packed", lambda tokens, rows, first: own(tokens, rows, first + 1))
    layout = extract(tiny(tmp_path, family, dtype), TEXTS, [MEAN]).layout
    assert layout.kind == "padded" and "features are off" in layout.reason


def test_what_a_few_texts_did_not_show(tmp_path: Path) -> None:
    model = tiny(tmp_path, "llama")
    extract(model, TEXTS[:4], [MEAN])

    def refuse(module: torch.nn.Module, args: tuple[torch.Tensor, ...]) -> None:
        if args[0].shape[1] > 60:
            raise ValueError("the row is too long")

    handle = model.body.layers[1].register_forward_pre_hook(refuse)
    extraction = extract(model, TEXTS, [MEAN], token_budget=120)
    handle.remove()
    assert (extraction.layout.kind, extraction.layout.reason) == ("padded", "the row is too long")
    for at, text in enumerate(TEXTS):
        expected = alone(model, text, [MEAN])[MEAN]
        torch.testing.assert_close(
            extraction.features[MEAN][:, [at]], expected, atol=2e-5, rtol=2e-5
        )


def test_recorded_batches_of_uneven_texts(tmp_path: Path) -> None:
    model = tiny(tmp_path, "convbert")
    texts = list(dict.fromkeys(TEXTS))[:20]
    extraction = extract(model, texts, [MEAN], batches=[[*range(12)], [*range(12, 20)]])
    lengths = [set(extraction.lengths[batch]) for batch in extraction.batches]
    assert all(len(each) == 1 for each in lengths)
    expected = alone(model, texts[7], [MEAN])[MEAN]
    torch.testing.assert_close(extraction.features[MEAN][:, [7]], expected, atol=2e-5, rtol=2e-5)


def test_the_budget_grows_until_throughput_stops_rising() -> None:
    now, lengths = [0.0], [10] * 4000
    growth = GrowingBudget(1000, lambda: now[0])
    left, sizes = grouped(range(4000), lengths, growth.budget, "packed"), list[int]()
    while left:
        n_tokens = 10 * len(left.pop(0))
        sizes.append(n_tokens)
        now[0] += 1 + n_tokens / 100_000  # half of the best throughput at 100,000 tokens
        left = growth.regrouped(left, n_tokens, lengths, "packed")
    assert sizes[:6] == [1000, 1000, 2000, 2000, 4000, 4000] and sum(sizes) == 40_000
    growth = GrowingBudget(1000, lambda: now[0])
    left, sizes = grouped(range(4000), lengths, growth.budget, "packed"), []
    while left:
        n_tokens = 10 * len(left.pop(0))
        sizes.append(n_tokens)
        now[0] += n_tokens * (1 if n_tokens < 4000 else 2)
        left = growth.regrouped(left, n_tokens, lengths, "packed")
    assert sizes[:5] == [1000, 1000, 2000, 2000, 1000] and set(sizes[4:]) == {1000}

    growth = GrowingBudget(1000, lambda: now[0], most=4500)
    left, sizes = grouped(range(4000), lengths, growth.budget, "packed"), []
    while left:
        n_tokens = 10 * len(left.pop(0))
        sizes.append(n_tokens)
        now[0] += 1
        left = growth.regrouped(left, n_tokens, lengths, "packed")
    assert max(sizes) == 4000


def test_batches_that_grow_are_told_and_run_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, told = tiny(tmp_path, "llama"), list[list[list[int]]]()
    # a clock that stands still: the more tokens, the faster
    monkeypatch.setattr(GrowingBudget, "on", lambda *_: GrowingBudget(40, lambda: 0.0))
    texts = list(dict.fromkeys(TEXTS))
    extraction = extract(model, texts, [MEAN], on_batches=told.append)
    assert len(told) > 2 and told[-1] == extraction.batches
    assert sorted(row for batch in extraction.batches for row in batch) == [*range(len(texts))]
    sizes = [int(extraction.lengths[batch].sum()) for batch in extraction.batches]
    assert max(sizes[:2]) <= 40 < max(sizes)
    again = extract(model, texts, [MEAN], batches=told[-1])
    assert torch.equal(again.features[MEAN], extraction.features[MEAN])
