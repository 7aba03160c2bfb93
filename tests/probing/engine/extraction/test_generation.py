"""Generated tokens: those of plain `generate`, and the features of a plain pass over them."""

from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import decoders

from probing.datasets.marks.chats import Chats
from probing.engine.extraction import PassStopped, continue_texts, extract
from probing.engine.models import Asked, Continuations, DistinctTexts, Greedy, LMModel
from probing.engine.models.continued_texts import as_text
from probing.engine.models.tokenizing import tokenise
from probing.errors import ModelError, SpecError
from probing.spec import ModelSpec, PoolerSpec
from probing.token_stage import as_read
from tests.support.tiny_models import save_model
from tests.support.trained_tokenizers import TOKENIZERS

TEXTS = [
    "the cat sat on the mat in a big red house it ran",
    "the dog",
    "it",
    "a big dog ran in the red house",
    "the dog",
    "a red cat",
    "on the mat it sat",
]
DIFFERENT = list(dict.fromkeys(TEXTS))
N_NEW = 7
FAMILIES = [
    "gpt2", "gpt_neox", "opt", "llama", "gemma2", "qwen3", "phi", "falcon_sequential", "bloom",
    "mamba",
]  # fmt: skip


def loaded(folder: Path) -> LMModel:
    return LMModel.from_spec(ModelSpec(str(folder)), with_head=True)


def ends_of(model: LMModel, ends: int | list[int] | None) -> None:
    model.whole.generation_config.eos_token_id = ends
    model.whole.config.eos_token_id = None
    model.tokenizer.eos_token = None


def plain(model: LMModel, text: str, n_new: int = N_NEW) -> list[int]:
    """What transformers continues a text by, on its own."""
    ids = torch.tensor([model.tokenizer(text)["input_ids"]])
    mask = torch.ones_like(ids)
    said = model.whole.generate(
        ids, attention_mask=mask, do_sample=False, max_new_tokens=n_new, pad_token_id=0
    )
    return said[0, ids.shape[1] :].tolist()  # type: ignore[no-any-return]


@pytest.mark.parametrize("family", FAMILIES)
def test_texts_are_continued_as_plain_transformers_does(family: str, tmp_path: Path) -> None:
    model = loaded(save_model(tmp_path / "tiny", family, head=True, cls=False))
    ends_of(model, None)
    expected = [plain(model, text) for text in DIFFERENT]
    # an end token that comes up somewhere in the middle, and one of a list
    ends = [expected[0][3], expected[2][5]]
    ends_of(model, ends)
    rows = DistinctTexts(TEXTS, generate=N_NEW)
    told: list[tuple[int, int]] = []
    found = continue_texts(
        model, rows, on_progress=lambda now: told.append((now.texts_done, now.tokens_done))
    )
    assert len(found) == len(DIFFERENT)
    for own, ended, text, whole in zip(found.ids, found.ended, DIFFERENT, expected, strict=True):
        at = next((at for at, one in enumerate(whole) if one in ends), N_NEW)
        assert (list(own), ended) == (whole[:at], at < N_NEW), text
        assert list(own) == plain(model, text)[:at]
    assert any(found.ended) and told == sorted(told)
    assert told[-1] == (len(DIFFERENT), len(DIFFERENT) * N_NEW)
    alone = continue_texts(model, rows, token_budget=1)
    assert alone.sha256 == found.sha256
    _check_features(model, found)


def _check_features(model: LMModel, found: Continuations) -> None:
    """Those of one plain pass over the ids of each text and what it was continued by."""
    poolers = [
        as_read(PoolerSpec("mean"), N_NEW),
        PoolerSpec("mean"),
        PoolerSpec("mean", tokens=("not generated",)),
        PoolerSpec("last", tokens=("generated",)),
        PoolerSpec("token", position=0, tokens=("generated",)),
    ]
    read = extract(model, TEXTS, poolers, generate=N_NEW, continuations=found)
    for row, text in enumerate(TEXTS):
        new = list(found.ids[DIFFERENT.index(text)])
        ids = model.tokenizer(text)["input_ids"]
        with torch.no_grad():
            states = model.body(input_ids=torch.tensor([ids + new]), output_hidden_states=True)
        assert read.lengths[row] == len(ids) + len(new)
        for layer, state in enumerate(states.hidden_states):
            own = state[0, len(ids) :] if new else state[0, -1:]
            parts = [own.mean(0), state[0].mean(0), state[0, : len(ids)].mean(0), own[-1], own[0]]
            for pooler, part in zip(poolers, parts, strict=True):
                seen = read.features[pooler][layer, row, 0]
                torch.testing.assert_close(seen, part, rtol=2e-5, atol=2e-5)
    n_empty = sum(not found.ids[DIFFERENT.index(text)] for text in TEXTS)
    assert [read.fallbacks[one] for one in poolers] == [n_empty, 0, 0, n_empty, n_empty]


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("models") / "gpt2", "gpt2", head=True, cls=False)


def test_a_text_that_ends_at_once_has_no_generated_token(gpt2: Path) -> None:
    model = loaded(gpt2)
    ends_of(model, None)
    ends_of(model, plain(model, "it", 1)[0])
    rows = DistinctTexts(TEXTS, generate=N_NEW)
    found = continue_texts(model, rows)
    assert found.ids[DIFFERENT.index("it")] == () and found.ended[DIFFERENT.index("it")]
    _check_features(model, found)


def test_padding_that_changes_what_is_said_is_not_used(
    gpt2: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = loaded(gpt2)
    ends_of(model, None)
    rows = DistinctTexts(TEXTS, generate=N_NEW)
    expected = continue_texts(model, rows).sha256
    sizes: list[list[int]] = []
    call = Greedy.__call__

    def careless(self: Greedy, texts: Any, n_new: int, *args: Any, **options: Any) -> Any:
        sizes.append([len(one) for one in texts])
        if len(set(sizes[-1])) > 1:  # as a model that does not mask its padding
            texts = [[5] * (max(sizes[-1]) - len(one)) + list(one) for one in texts]
        return call(self, texts, n_new, *args, **options)

    monkeypatch.setattr(Greedy, "__call__", careless)
    model.layouts.clear()
    # texts of one length show nothing of it, and are no reason to pad those that come later
    continue_texts(model, DistinctTexts(["the dog", "a cat"], generate=N_NEW))
    sizes.clear()
    assert continue_texts(model, rows).sha256 == expected
    assert "even" in model.layouts.values()
    assert all(len(set(own)) == 1 for own in sizes[1:])


def test_memory_that_runs_out_halves_the_batches(
    gpt2: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = loaded(gpt2)
    rows = DistinctTexts(TEXTS, generate=N_NEW)
    expected = continue_texts(model, rows).sha256
    sizes: list[int] = []
    call = Greedy.__call__

    def short(self: Greedy, texts: Any, *args: Any, **options: Any) -> Any:
        sizes.append(len(texts))
        if len(texts) > 2:
            raise torch.OutOfMemoryError("out of memory")
        return call(self, texts, *args, **options)

    monkeypatch.setattr(Greedy, "__call__", short)
    assert continue_texts(model, rows).sha256 == expected
    assert max(sizes[1:]) < max(sizes)


def test_it_stops_within_a_batch_and_keeps_what_is_known(gpt2: Path) -> None:
    model = loaded(gpt2)
    rows = DistinctTexts(TEXTS, generate=N_NEW)
    whole = continue_texts(model, rows)
    kept: dict[int, Continuations] = {}

    def keep(places: tuple[int, ...], grown: Continuations) -> None:
        kept.update((at, grown.of([place])) for place, at in enumerate(places))

    calls = iter(range(100))
    with pytest.raises(PassStopped):
        continue_texts(
            model, rows, token_budget=40, on_grown=keep, stop=lambda: next(calls) > N_NEW + 6
        )
    assert 0 < len(kept) < len(DIFFERENT)
    again: list[int] = []
    found = continue_texts(
        model, rows, known=kept, token_budget=40, on_grown=lambda places, _: again.extend(places)
    )
    assert found.sha256 == whole.sha256 and not set(again) & set(kept)
    kept_again = Continuations.from_arrays(found.to_arrays())
    assert (kept_again.sha256, kept_again.texts) == (found.sha256, found.texts)


def test_texts_leave_room_for_what_is_generated(gpt2: Path) -> None:
    model = loaded(gpt2)  # reads 40 tokens
    text = " ".join(["the cat sat on a mat"] * 8)
    rows = DistinctTexts([text, "it"], generate=12)
    found = continue_texts(model, rows)
    read = extract(model, [text, "it"], [PoolerSpec("mean")], generate=12, continuations=found)
    assert read.truncated.tolist() == [True, False]
    assert read.lengths.tolist() == [28 + len(found.ids[0]), 1 + len(found.ids[1])]
    with pytest.raises(SpecError, match="leaves no room"):
        continue_texts(model, DistinctTexts(["it"], generate=40))


def test_a_checkpoint_without_a_head_is_refused(tmp_path: Path, gpt2: Path) -> None:
    with pytest.raises(ModelError, match="cannot continue texts"):
        continue_texts(LMModel(str(gpt2)), DistinctTexts(TEXTS, generate=N_NEW))
    folder = save_model(tmp_path / "bare", "llama")
    with pytest.raises(ModelError, match="no language head"):
        loaded(folder)


DECODERS = {
    "byte level": decoders.ByteLevel(),
    "byte fallback": decoders.Sequence(
        [
            decoders.Replace("▁", " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(" ", 1, 0),  # as Llama's
        ]
    ),
    "wordpiece": decoders.WordPiece(),
}


@pytest.mark.parametrize("kind", DECODERS)
def test_tokens_are_found_in_what_is_generated(kind: str) -> None:
    tokenizer = TOKENIZERS[kind]()
    tokenizer.backend_tokenizer.decoder = DECODERS[kind]
    tokenizer.chat_template = "{% for one in messages %}{{ one.content }}{% endfor %}"
    texts, said = ["the café", "Emoji"], "a naïve owner's dog 😀 barking"
    ids = tokenizer(said, add_special_tokens=False)["input_ids"]
    # it goes on the text that it stands behind as another word
    assert as_text(tokenizer, ids).startswith(" ") == (kind != "wordpiece")
    behind = Continuations((tuple(ids), ()), (False, True), (as_text(tokenizer, ids), ""))
    turns = Chats(tuple((("user", 0, len(text)),) for text in texts), True)
    plain = tokenise(tokenizer, texts, None, asked=Asked(None, (("user",),), turns))
    own = plain.chosen["user",].tolist()
    n_text, n_other = plain.lengths.tolist()
    terms = [("generated",), ("assistant",), ("user",), ("generated", "/dog/"), ("/😀/",)]

    def told(*asked: tuple[str, ...]) -> tuple[list[int], list[list[bool]]]:
        found = tokenise(tokenizer, texts, None, asked=Asked(None, asked, turns, 40, behind))
        assert found.lengths.tolist() == [n_text + len(ids), n_other]
        return found.ids.tolist(), [found.chosen[one].tolist() for one in asked]

    every, (generated, assistant, user, dog, face) = told(*terms)
    assert every == plain.ids[:n_text].tolist() + ids + plain.ids[n_text:].tolist()
    assert generated == [False] * n_text + [True] * len(ids) + [False] * n_other
    assert assistant == generated
    assert user == own[:n_text] + [False] * len(ids) + own[n_text:]
    assert told(*terms[:3])[1] == [generated, assistant, user]
    for is_taken, sought in ((dog, "dog"), (face, "😀")):
        taken = [one for one, is_own in zip(every, is_taken, strict=True) if is_own]
        spelt_out = as_text(tokenizer, taken)
        assert spelt_out.strip() == sought or (sought == "😀" and kind == "wordpiece")
