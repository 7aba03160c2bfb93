from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from probing.datasets import from_mapping
from probing.datasets.rows import one_word_apart
from probing.datasets.rows.near_duplicates import near_links
from probing.datasets.rows.near_groups import with_near
from probing.datasets.rows.one_word_apart import one_word_links
from probing.spec import DatasetSpec
from tests.support.audit_sets import WORDS, prose


def grams(text: str) -> set[str]:
    plain = " ".join("".join(c if c.isalnum() else " " for c in text.lower()).split())
    return {plain[at : at + 5] for at in range(max(1, len(plain) - 4))}


def components(n: int, pairs: list[tuple[int, int]]) -> list[int]:
    roots = list(range(n))
    for one, two in pairs:
        old, new = max(roots[one], roots[two]), min(roots[one], roots[two])
        roots = [new if root == old else root for root in roots]
    return roots


def edited(texts: list[str], seed: int) -> list[str]:
    """Each text with a few words replaced or with other case and punctuation."""
    random = np.random.default_rng(seed)
    out = []
    for text in texts:
        words = text.split()
        for _ in range(int(random.integers(0, 4))):
            words[int(random.integers(len(words)))] = str(random.choice(WORDS))
        out.append((" ".join(words)).upper() if random.random() < 0.3 else ", ".join(words))
    return out


@pytest.mark.parametrize("seed", range(3))
def test_the_chains_are_those_of_every_pair_compared(seed: int) -> None:
    texts = prose(80, seed, (12, 20))
    texts += edited(texts, seed)
    sets = [grams(text) for text in texts]
    near = [
        (one, two)
        for one, two in combinations(range(len(texts)), 2)
        if len(sets[one] & sets[two]) / len(sets[one] | sets[two]) >= 0.8
    ]
    assert near
    links = [tuple(pair) for pair in near_links(texts).tolist()]
    assert set(links) <= set(near)
    assert components(len(texts), links) == components(len(texts), near)
    assert len(links) == len(texts) - len(set(components(len(texts), near)))


def test_awkward_texts() -> None:
    texts = ["", "()", "(())", "?!", "a", "b", "ab", "สวัสดี", "สวัสดี!", "\U0001f600", "\0", "abcde"]
    assert near_links(texts).tolist() == [[7, 8]]
    assert near_links(["x"]).tolist() == []


def words_of(text: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in text.lower()).split()


def one_word_parts(one: str, two: str) -> bool:
    """Whether the texts are equal without one word of each, or of one of them."""
    first, second = words_of(one), words_of(two)
    if min(len(first), len(second)) < 6:
        return False
    left, right = (
        [words, *(words[:at] + words[at + 1 :] for at in range(len(words)))]
        for words in (first, second)
    )
    return any(one == two for one in left for two in right)


@pytest.mark.parametrize("seed", range(3))
def test_texts_that_one_word_parts_are_those_of_every_pair_compared(seed: int) -> None:
    texts = prose(60, seed, (5, 9))
    random = np.random.default_rng(seed)
    for text in texts[:40]:
        words = words_of(text)
        at = int(random.integers(len(words)))
        other = str(random.choice(WORDS))
        made = [
            [*words[:at], other, *words[at + 1 :]],
            [*words[:at], *words[at + 1 :]],
            [*words[:at], other, *words[at:]],
            [*words[at:], *words[:at]],
        ]
        texts.append(", ".join(made[int(random.integers(4))]))
    pairs = [
        pair
        for pair in combinations(range(len(texts)), 2)
        if one_word_parts(*map(texts.__getitem__, pair))
    ]
    assert len(pairs) > 10
    links = [tuple(pair) for pair in one_word_links(texts).tolist()]
    assert components(len(texts), links) == components(len(texts), pairs)


def test_a_template_with_a_slot_has_no_links() -> None:
    texts = [f"the old {noun} of the town is closed" for noun in WORDS[:11]]
    assert one_word_links(texts).tolist() == []
    assert len(one_word_links(texts[:10])) >= 9
    awkward = ["", "a", "very very very very very very very", "x " * 200, "สวัสดี"]
    assert one_word_links(awkward).tolist() == []


class TestJoining:
    def test_links_join_groups_in_order_of_appearance(self) -> None:
        groups = np.arange(100)
        links = np.asarray([[3, 50], [50, 51]])
        got = with_near(groups, links, None)
        assert got[50] == got[51] == got[3] == 3 and got.max() == 97
        assert (np.diff(np.unique(got, return_index=True)[1]) > 0).all()

    def test_a_chain_of_a_twentieth_of_the_rows_joins_nothing(self) -> None:
        groups = np.arange(100)
        chain = np.asarray([[at, at + 1] for at in range(6)] + [[50, 51]])
        got = with_near(groups, chain, None)
        assert got.max() == 98 and got[50] == got[51] and len(set(got[:7].tolist())) == 7

    def test_a_class_keeps_groups_for_ten_folds(self) -> None:
        classes = np.asarray([0] * 100 + [1] * 11)
        groups = np.arange(111)
        kept = with_near(groups, np.asarray([[100, 101], [102, 103]]), classes)
        assert kept.tolist() == groups.tolist()
        joined = with_near(groups, np.asarray([[100, 101]]), classes)
        assert joined[100] == joined[101]

    def test_pairs_of_different_labels_share_a_group(self) -> None:
        texts = prose(30, 0, (12, 20))
        both = [each for text in texts for each in (text, f"{text[:-1]} not.")]
        dataset = from_mapping({"texts": both, "labels": [0, 1] * 30})
        assert dataset.groups.tolist() == [at // 2 for at in range(60)]

    def test_given_groups_stay_as_they_are(self) -> None:
        texts = prose(30, 0, (12, 20))
        table = {
            "text": [*texts, *(f"{text}!" for text in texts)],
            "label": [0, 1] * 30,
            "group": list(range(60)),
        }
        dataset = from_mapping(table)
        assert len(dataset.near) == 30 and dataset.groups.tolist() == list(range(60))
        free = from_mapping(table, DatasetSpec("dict", group=False))
        assert free.groups.max() == 29

    @pytest.mark.parametrize("kept", ["keep", "ignore"])
    def test_an_entry_may_keep_them_apart(self, kept: str) -> None:
        texts = prose(30, 0, (12, 20))
        both = [*texts, *(f"{text}!" for text in texts)]
        entry = DatasetSpec("dict", near_duplicates=kept)
        dataset = from_mapping({"texts": both, "labels": [0, 1] * 30}, entry)
        assert dataset.groups.tolist() == list(range(60))
        assert len(dataset.near) == (60 if kept == "keep" else 0)  # found in both ways

    def test_a_template_makes_no_two_texts_alike(self) -> None:
        entry = DatasetSpec(
            "dict", template="Is the following statement about the world true or false? {text}"
        )
        dataset = from_mapping({"texts": WORDS[:40], "labels": [0, 1] * 20}, entry)
        assert len(dataset.near) == 0 and not dataset.has_groups


def test_words_of_few_texts_at_once_give_the_same_links(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"w{at} w{at // 2} w{at // 3} the old man saw a boat" for at in range(40)]
    whole = one_word_links(texts)
    monkeypatch.setattr(one_word_apart, "_TEXTS", 3)
    monkeypatch.setattr(one_word_apart, "_SHARES", 5)
    assert len(whole) and np.array_equal(one_word_links(texts), whole)
