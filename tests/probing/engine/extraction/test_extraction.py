"""The pass: the same features as one text at a time, from as few forward passes as can be."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import pytest
import torch

from probing.engine.extraction import PassProgress, PassStopped, extract
from probing.engine.models import LMModel
from probing.engine.pooling import Pooler
from probing.errors import CellError, DatasetError, RunError, SpecError
from probing.layer_choice import cells_of
from probing.spec import PoolerSpec
from tests.support.texts import TEXTS
from tests.support.tiny_models import save_model, save_tokenizer

POOLERS = [
    *(PoolerSpec(pool=pool) for pool in ("mean", "max", "min", "first", "last")),
    PoolerSpec(quantile=0.4, layer=1),
    PoolerSpec(quantile=0.4, layer=-1, specials="drop"),
    PoolerSpec(pool="mean", skip_first=1, specials="drop"),
    PoolerSpec(layer="all", layer_method="mean"),
    PoolerSpec(layer=(0, 3), layer_method="max"),
    PoolerSpec(layer=(0, 2)),
    PoolerSpec(layer=(1, 2), layer_method="concat"),
    PoolerSpec(quantile=(0.0, 1.0), quantile_method="concat"),
    PoolerSpec(quantile=(0.0, 0.5), layer=2),
]
SITES = [PoolerSpec(pool=pool, site=site) for pool in ("mean", "last") for site in ("attn", "mlp")]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], LMModel]:
    made: dict[str, LMModel] = {}

    def model(family: str) -> LMModel:
        if family not in made:
            made[family] = LMModel(str(save_model(tmp_path_factory.mktemp(family), family)))
        return made[family]

    return model


def plain_states(model: LMModel, text: str, sites: set[str]) -> tuple[dict[str, Any], Any]:
    """What each site gives for one text alone by itself, and the masks of its tokens."""
    output = model([text])
    states = {site: written(model, text, site) for site in sites - {"resid"}}
    masks = output["attention_mask"], output["special_tokens_mask"]
    return {"resid": output.hidden_states, **states}, masks


def pooled(model: LMModel, plain: list[tuple[dict[str, Any], Any]], spec: PoolerSpec) -> Any:
    """`[n_cells, n_texts, n_samples, features]`, by the plain output of each text alone."""
    pooler, columns = Pooler(spec), []
    for every, masks in plain:
        states = every[spec.site]
        cells = [
            pooler.reduce_layers([pooler.reduce_tokens(states[at], *masks) for at in layers])
            for layers in cells_of(spec, model.n_layers)
        ]
        columns.append(torch.stack(cells))
    return torch.cat(columns, 1)


def one_by_one(model: LMModel, texts: list[str], spec: PoolerSpec) -> torch.Tensor:
    """The same for a single pooler."""
    return pooled(model, [plain_states(model, text, {spec.site}) for text in texts], spec)


def written(model: LMModel, text: str, site: str) -> dict[int, torch.Tensor]:
    """What the writers of a site give for one text, by plain hooks of the test's own."""
    states: dict[int, torch.Tensor] = {}
    handles = [
        module.register_forward_hook(
            lambda m, a, out, at=at: states.__setitem__(
                at, (out[0] if isinstance(out, tuple) else out).clone()
            )
        )
        for at, module in enumerate(model.writers(site), 1)
    ]
    model([text])
    for handle in handles:
        handle.remove()
    return states


@pytest.mark.parametrize("family", ["bert", "gpt2", "llama", "t5", "mamba"])
def test_the_pass_equals_one_text_at_a_time(family: str, models: Callable[[str], LMModel]) -> None:
    model = models(family)
    poolers = POOLERS if family == "mamba" else POOLERS + SITES
    extraction = extract(model, TEXTS, poolers, token_budget=60)
    assert set(extraction.features) == set(poolers) and len(extraction.batches) > 3
    plain = [plain_states(model, text, {one.site for one in poolers}) for text in TEXTS]
    for spec in poolers:
        features = extraction.features[spec]
        assert features.dtype == torch.float32 and not features.is_inference()
        expected = pooled(model, plain, spec)
        torch.testing.assert_close(features, expected, atol=1e-5, rtol=1e-5, msg=spec.label)
    assert extraction.final_norm_layer == (3 if model.final_norm else None)


def test_shapes(models: Callable[[str], LMModel]) -> None:
    specs = {
        PoolerSpec(pool="mean"): (4, 25, 1, 32),
        PoolerSpec(pool="mean", site="mlp"): (3, 25, 1, 32),
        PoolerSpec(layer=(0, 2)): (1, 25, 1, 64),
        PoolerSpec(layer=(0, 2), layer_method="concat"): (1, 25, 2, 32),
        PoolerSpec(quantile=(0.0, 0.5, 1.0), quantile_method="concat"): (4, 25, 3, 32),
    }
    features = extract(models("gpt2"), TEXTS, list(specs)).features
    assert {spec: tuple(features[spec].shape) for spec in specs} == specs


class Counted:
    """Counts how often the model and each of its blocks run."""

    def __init__(self, model: LMModel) -> None:
        self.passes, self.blocks = 0, [0] * model.n_layers
        self.handles = [model.body.register_forward_pre_hook(self.count_pass)]
        for at, block in enumerate(model.hidden.blocks):
            self.handles.append(block.register_forward_pre_hook(self.count_block(at)))

    def count_pass(self, *_: object) -> None:
        self.passes += 1

    def count_block(self, at: int) -> Callable[..., None]:
        def count(*_: object) -> None:
            self.blocks[at] += 1

        return count

    def __enter__(self) -> Counted:
        return self

    def __exit__(self, *_: object) -> None:
        for handle in self.handles:
            handle.remove()


def test_one_forward_pass_a_batch(models: Callable[[str], LMModel]) -> None:
    model = models("gpt2")
    extract(model, TEXTS[:3], POOLERS + SITES)  # a model is checked once
    with Counted(model) as counted:
        extraction = extract(model, TEXTS, POOLERS + SITES, token_budget=60)
    assert counted.passes == len(extraction.batches)
    assert counted.blocks == [counted.passes] * 3
    for batch in extraction.batches:
        assert extraction.lengths[batch].sum() <= 60
    assert sorted(chain.from_iterable(extraction.batches)) == list(range(25))
    assert extraction.n_tokens == extraction.lengths.sum()


@pytest.mark.parametrize(
    ("spec", "blocks"),
    [
        (PoolerSpec(layer=0), [0, 0, 0]),
        (PoolerSpec(layer=1), [1, 0, 0]),
        (PoolerSpec(layer=2, site="attn"), [1, 1, 0]),
        (PoolerSpec(layer=-1), [1, 1, 0]),
        (PoolerSpec(layer=3), [1, 1, 1]),
    ],
)
def test_nothing_deeper_than_asked_for_is_run(
    spec: PoolerSpec, blocks: list[int], models: Callable[[str], LMModel]
) -> None:
    model = models("llama")
    before = sum(len(module._forward_hooks) for module in model.body.modules())
    extract(model, TEXTS[:3], [spec])  # a model is checked once
    with Counted(model) as counted:
        extract(model, TEXTS, [spec], token_budget=10_000)
    # a block that is entered and ended at once has run nothing
    entered = [1, 0, 0] if spec.layer == 0 else blocks
    assert counted.blocks == entered
    assert sum(len(module._forward_hooks) for module in model.body.modules()) == before


def test_the_embedding_alone_runs_no_attention(models: Callable[[str], LMModel]) -> None:
    model, ran = models("llama"), []
    handle = model.body.layers[0].self_attn.register_forward_pre_hook(lambda *_: ran.append(1))
    extract(model, TEXTS, [PoolerSpec(layer=0)])
    handle.remove()
    assert not ran


def test_repeated_texts_run_once(models: Callable[[str], LMModel]) -> None:
    model, texts = models("bert"), [TEXTS[0], TEXTS[1], TEXTS[0], TEXTS[2], TEXTS[1]]
    spec = PoolerSpec(pool="mean")
    extraction = extract(model, texts, [spec])
    assert sorted(chain.from_iterable(extraction.batches)) == [0, 1, 3]
    assert extraction.n_tokens == extraction.lengths[[0, 1, 3]].sum()
    features = extraction.features[spec]
    assert torch.equal(features[:, [0, 1]], features[:, [2, 4]])
    torch.testing.assert_close(features, one_by_one(model, texts, spec), atol=1e-5, rtol=1e-5)


def test_cut_texts_are_counted(tmp_path: Path) -> None:
    model = LMModel(str(save_model(tmp_path, "bert")), max_length=6)
    extraction = extract(model, ["the cat", "a big red dog ran in", "it " * 30, "it"], POOLERS)
    assert extraction.truncated.tolist() == [False, True, True, False]
    assert extraction.lengths.tolist() == [4, 6, 6, 3]


def test_texts_without_a_token_left_are_counted(models: Callable[[str], LMModel]) -> None:
    drop, keep = PoolerSpec(pool="mean", specials="drop"), PoolerSpec(pool="mean")
    extraction = extract(models("bert"), ["the cat", "", ""], [drop, keep])
    assert extraction.fallbacks == {drop: 2, keep: 0}
    assert extraction.features[drop].isfinite().all()


class Scarce:
    """A forward that refuses more than so many padded tokens, as a full device does."""

    def __init__(self, model: LMModel, limit: int, error: BaseException) -> None:
        self.model, self.limit, self.error = model, limit, error
        self.handle = model.body.layers[1].register_forward_pre_hook(self.check)

    def check(self, module: torch.nn.Module, args: tuple[torch.Tensor, ...]) -> None:
        if args[0].shape[0] * args[0].shape[1] > self.limit:
            raise self.error

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None:
        self.handle.remove()


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory."),
        MemoryError(),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes"),
    ],
)
def test_the_budget_halves_when_memory_runs_out(
    error: BaseException, models: Callable[[str], LMModel]
) -> None:
    model, told = models("llama"), []
    with Scarce(model, 40, error):
        extraction = extract(model, TEXTS, POOLERS, token_budget=300, on_batches=told.append)
    assert len(told) > 1 and len(told[0]) < len(told[-1]) and told[-1] == extraction.batches
    assert all(len(b) * extraction.lengths[b].max() <= 40 for b in extraction.batches)
    again = extract(model, TEXTS, POOLERS, batches=told[-1])
    assert again.batches == told[-1]
    plain = [plain_states(model, text, {"resid"}) for text in TEXTS]
    for spec in POOLERS:
        assert torch.equal(again.features[spec], extraction.features[spec])
        expected = pooled(model, plain, spec)
        torch.testing.assert_close(extraction.features[spec], expected, atol=1e-5, rtol=1e-5)


def test_one_text_that_does_not_fit(models: Callable[[str], LMModel]) -> None:
    model = models("llama")
    error = torch.OutOfMemoryError("CUDA out of memory.")
    with Scarce(model, 5, error), pytest.raises(CellError, match=r"single text of \d+ tokens.*max"):
        extract(model, TEXTS, POOLERS)


def test_other_errors_are_not_taken_for_memory(models: Callable[[str], LMModel]) -> None:
    model = models("llama")
    error = RuntimeError("shapes differ")
    with Scarce(model, 5, error), pytest.raises(RuntimeError, match="shapes"):
        extract(model, TEXTS, POOLERS)


def test_batches_of_another_dataset_are_refused(models: Callable[[str], LMModel]) -> None:
    for batches in ([[0, 1]], [[*range(25)], [3]], [[*range(25)], []]):
        with pytest.raises(RunError, match="batches"):
            extract(models("gpt2"), TEXTS, POOLERS[:1], batches=batches)


def test_progress(models: Callable[[str], LMModel]) -> None:
    seen: list[PassProgress] = []
    texts = [*TEXTS, TEXTS[0]]
    extraction = extract(
        models("gpt2"), texts, POOLERS[:1], token_budget=60, on_progress=seen.append
    )
    assert seen[0].texts_done == 0 and seen[0].tokens_total == extraction.n_tokens
    assert len(seen) == 1 + len(extraction.batches)
    assert (seen[-1].texts_done, seen[-1].texts_total) == (26, 26)
    assert seen[-1].tokens_done == seen[-1].tokens_total
    assert all(a.elapsed_s <= b.elapsed_s for a, b in pairwise(seen))


def test_stop(models: Callable[[str], LMModel]) -> None:
    asked: list[int] = []
    with Counted(models("gpt2")) as counted, pytest.raises(PassStopped):
        extract(models("gpt2"), TEXTS, POOLERS, token_budget=60,
                stop=lambda: asked.append(1) or len(asked) > 3)  # fmt: skip
    assert counted.passes == 2


def test_overflow_stays_in_the_layers_where_it_occurs(tmp_path: Path) -> None:
    save_model(tmp_path, "llama")
    model = LMModel(str(tmp_path), dtype="float16")
    with torch.no_grad():
        model.body.layers[1].mlp.down_proj.weight.fill_(60000)
    features = extract(model, TEXTS, [PoolerSpec(pool="mean")]).features[PoolerSpec(pool="mean")]
    assert features[:2].isfinite().all()
    assert not features[2].isfinite().all()


def test_a_last_layer_of_another_width(models: Callable[[str], LMModel]) -> None:
    model, each = models("opt_350m"), PoolerSpec(pool="mean")
    extraction = extract(model, TEXTS, [each])
    for layer, width in enumerate([32, 32, 32, 16]):
        spec = PoolerSpec(pool="mean", layer=layer)
        assert extraction.features[spec].shape == (1, len(TEXTS), 1, width)
        for at, text in enumerate(TEXTS):
            states = model([text]).hidden_states[layer]
            torch.testing.assert_close(
                extraction.features[spec][0, at], states.mean(1), atol=2e-5, rtol=2e-5
            )
    assert each not in extraction.features
    assert extract(model, TEXTS, [PoolerSpec(layer=(0, 1))]).features
    with pytest.raises(CellError, match="layer 3 has 16 dimensions and layer 1 has 32"):
        extract(model, TEXTS, [PoolerSpec(layer=(1, 3))])
    output = model(TEXTS[:2])
    assert Pooler(PoolerSpec(layer=3))(output).shape == (2, 16)
    with pytest.raises(CellError, match="layer 3 has 16 dimensions and layer 0 has 32"):
        Pooler(each)(output)


def test_what_cannot_be_read_is_said(models: Callable[[str], LMModel], tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="layer 4"):
        extract(models("gpt2"), TEXTS, [PoolerSpec(layer=4)])
    with pytest.raises(SpecError, match="no attention"):
        extract(models("mamba"), TEXTS, [PoolerSpec(site="attn")])
    save_model(tmp_path, "gpt2")
    save_tokenizer(tmp_path, cls=False)
    with pytest.raises(DatasetError, match="text 3"):
        extract(LMModel(str(tmp_path)), ["the", "the", ""], POOLERS)
