"""Very large datasets: words are looked at in a sample of whole groups."""

from __future__ import annotations

import numpy as np
import pytest

from probing.audit import audit, whole_audit
from probing.datasets.rows import near_duplicates
from probing.datasets.rows.near_duplicates import near_links
from tests.support.audit_sets import found, labels, of, prose


def test_a_shortcut_is_found_in_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    given = labels(2000)
    pairs = zip(prose(2000), given, strict=True)
    texts = [f"{text} indeed" if label == "yes" else text for text, label in pairs]
    dataset = of([*texts, texts[0]], [*given, given[0]])
    whole = found(dataset)["label_follows_word"]
    monkeypatch.setattr(whole_audit, "MOST_READ", 30_000)
    part = found(dataset)
    assert part["label_follows_word"].message == whole.message
    assert 100 < part["label_follows_word"].count < whole.count / 2
    assert part["duplicates"].count == 1


def test_groups_too_large_for_a_sample_are_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    given = ["a"] * 100 + ["b"] * 100
    dataset = of(prose(200), given, half=given, spec={"group": "half"})
    before = audit(dataset)
    monkeypatch.setattr(whole_audit, "MOST_READ", 1000)
    assert audit(dataset) == before


@pytest.mark.parametrize(("rows", "characters"), [(7, 10**6), (20_000, 300)])
def test_near_duplicates_are_the_same_some_texts_at_a_time(
    rows: int, characters: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = prose(60, 0, (12, 20))
    texts += [f"{text}!" for text in texts[::2]]
    whole = near_links(texts)
    monkeypatch.setattr(near_duplicates, "_AT_ONCE", rows)
    monkeypatch.setattr(near_duplicates, "_CHARACTERS_AT_ONCE", characters)
    np.testing.assert_array_equal(near_links(texts), whole)
    assert len(whole) == 30
