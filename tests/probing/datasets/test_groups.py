"""Groups, given splits, samples and facts."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from probing.datasets import TextDataset, facts_of, from_mapping
from probing.datasets.formats.table import Table
from probing.datasets.loading import _chosen, _joined
from probing.datasets.rows.groups import group_numbers
from probing.datasets.rows.sampling import sample_rows
from probing.errors import DatasetError
from probing.spec import DatasetSpec


def test_rows_are_linked_by_group_and_by_text() -> None:
    texts = ["a", "b", "c", "a", " b ", "d"]
    assert group_numbers(texts, None).tolist() == [0, 1, 2, 0, 1, 3]
    assert group_numbers(texts, [1, 2, 1, 3, 3, None]).tolist() == [0, 0, 0, 0, 0, 1]
    assert group_numbers(["a", "b", "c"], ["", None, float("nan")]).tolist() == [0, 1, 2]


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 5)), min_size=1, max_size=30))
def test_groups_are_the_connected_components(rows: list[tuple[str, int]]) -> None:
    texts, given_groups = [row[0] for row in rows], [row[1] for row in rows]
    linked = np.array([[a[0] == b[0] or a[1] == b[1] for b in rows] for a in rows])
    for _ in rows:
        linked = linked @ linked
    numbers = group_numbers(texts, given_groups)
    np.testing.assert_array_equal(numbers[:, None] == numbers[None, :], linked)
    assert set(numbers) == set(range(numbers.max() + 1))


def read(rows: list[dict[str, object]], **options: object) -> TextDataset:
    table = Table("rows", {name: [row[name] for row in rows] for name in rows[0]}, range(len(rows)))
    entry = DatasetSpec(path="rows", near_duplicates="ignore", **options)
    return _joined(entry, _chosen(entry, table, Path("rows"), 0, 2, False))


def pairs(n: int, **options: object) -> TextDataset:
    texts = [f"text {at}" for at in range(2 * n)]
    document = {
        "texts": texts,
        "labels": [True, False] * n,
        "groups": [at // 2 for at in range(2 * n)],
    }
    return from_mapping(document, DatasetSpec(path="dict", **options))


def test_a_sample_keeps_pairs_whole() -> None:
    sample = pairs(500, limit=301)
    assert len(sample) == 300
    assert facts_of(sample).class_counts == (("false", 150), ("true", 150))
    assert Counter(Counter(sample.groups.tolist()).values()) == {2: 150}
    assert sample.groups.max() == 149
    assert sample.texts == pairs(500, limit=301).texts
    assert list(sample.texts) == sorted(sample.texts, key=lambda text: int(text.split()[1]))


def test_a_sample_is_not_the_first_rows() -> None:
    kept = [int(text.split()[1]) for text in pairs(500, limit=100).texts]
    assert 350 < np.mean(kept) < 650


def test_a_sample_keeps_shares_classes_and_splits() -> None:
    labels = ["a"] * 700 + ["b"] * 290 + ["c"] * 10
    splits = (["train"] * 3 + ["test"]) * 250
    document = {"texts": [f"t{at}" for at in range(1000)], "labels": labels, "splits": splits}
    sample = from_mapping(document, DatasetSpec(path="dict", limit=100))
    counts = dict(facts_of(sample).class_counts)
    assert counts["a"] == pytest.approx(70, abs=2)
    assert counts["b"] == pytest.approx(29, abs=2)
    assert counts["c"] >= 1
    assert dict(facts_of(sample).split_counts)["test"] == pytest.approx(25, abs=3)


def test_a_sample_of_numbers_spans_their_range() -> None:
    targets = [float(at) for at in range(1000)]
    document = {"texts": [f"t{at}" for at in range(1000)], "labels": targets}
    sample = from_mapping(document, DatasetSpec(path="dict", limit=100))
    assert np.histogram(sample.targets, bins=10, range=(0, 1000))[0].tolist() == [10] * 10


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 12)), min_size=2, max_size=60),
    st.integers(2, 60),
)
def test_samples_are_whole_groups_within_the_limit(rows: list[tuple[int, int]], limit: int) -> None:
    classes = np.array([row[0] for row in rows])
    groups = np.unique([row[1] for row in rows], return_inverse=True)[1]
    kept = sample_rows(classes, classes, groups, limit)
    assert len(kept) <= limit
    assert sorted(set(kept.tolist())) == kept.tolist()
    inside = set(groups[kept].tolist())
    assert not inside & set(np.delete(groups, kept).tolist())
    left_out = [int((groups == group).sum()) for group in set(groups.tolist()) - inside]
    assert all(size > limit - len(kept) for size in left_out)


def test_a_limit_that_no_class_survives() -> None:
    document = {"texts": list("abcdef"), "labels": [0, 0, 0, 1, 1, 1], "groups": [1, 1, 1, 2, 2, 2]}
    with pytest.raises(DatasetError, match="limit = 3 leaves only 1 of 2 classes; raise limit"):
        from_mapping(document, DatasetSpec(path="dict", limit=3))
    assert len(from_mapping(document, DatasetSpec(path="dict", limit=6))) == 6


def test_facts() -> None:
    document = {
        "texts": ["aa", "b", "aa", "c", "b", "a  long one"],
        "labels": ["x", "y", "x", "y", "x", "x"],
        "splits": ["train", "train", "test", "test", "val", "val"],
    }
    facts = facts_of(from_mapping(document))
    assert (facts.n_rows, facts.n_classes, facts.n_groups) == (6, 2, 4)
    assert facts.class_counts == (("x", 4), ("y", 2))
    assert (facts.n_repeated, facts.n_contradictory) == (2, 2)
    assert facts.split_counts == (("train", 2), ("val", 2), ("test", 2))
    assert facts.n_across_splits == 2
    assert facts.has_groups and facts.has_split
    assert facts.max_length == 11
    assert facts.mean_length == pytest.approx(3.0)
    assert len(facts.examples) == 6
    assert [label for label, _ in facts.examples[:4]] == ["x", "y", "x", "y"]


def test_examples_are_spread_over_classes_and_cut() -> None:
    labels = ["rare"] * 2 + ["common"] * 998
    facts = facts_of(
        from_mapping({"texts": [f"{at}" * 400 for at in range(1000)], "labels": labels})
    )
    assert len(facts.examples) == 12
    assert Counter(label for label, _ in facts.examples) == {"rare": 2, "common": 10}
    assert max(len(text) for _, text in facts.examples) == 500


def test_examples_of_many_classes_and_of_numbers() -> None:
    texts = [f"t{at}" for at in range(400)]
    many = facts_of(from_mapping({"texts": texts, "labels": [f"c{at % 77}" for at in range(400)]}))
    assert len({label for label, _ in many.examples}) == 20
    numbers = facts_of(from_mapping({"texts": texts, "labels": [float(at) for at in range(400)]}))
    assert len(numbers.examples) == 20
    assert numbers.target_range == (0.0, 199.5, 399.0)
    assert numbers.class_counts == ()


def test_pairs_are_what_two_rows_share_and_stay_together() -> None:
    rows = [
        {"text": f"{name} {at}", "label": label, "topic": at // 4, "of": at, "form": form}
        for at in range(12)
        for name, label, form in (("yes", at % 2, "y"), ("no", 1 - at % 2, "n"))
    ]
    made = read(rows, pair="of", half="form")
    assert made.partners.tolist() == [at ^ 1 for at in range(24)]
    assert made.halves is not None and made.halves.tolist() == [1, 0] * 12
    assert (made.groups == np.repeat(np.arange(12), 2)).all()
    facts = facts_of(made)
    assert facts.n_pairs == 12 and not facts.halves_tell
    by_topic = read(rows, group="topic", pair="of")
    assert by_topic.groups.max() == 2 and by_topic.partners.tolist() == made.partners.tolist()
    assert by_topic.sha256 != read(rows, group="topic").sha256
    small = read(rows, pair="of", half="form", limit=10)
    assert len(small) == 10 and (small.partners == np.arange(10) ^ 1).all()
    assert facts_of(read(rows, group="of")).n_pairs == 12
    assert facts_of(read(rows, group="topic")).n_pairs == 0
    told = [row | {"form": row["label"]} for row in rows]
    assert facts_of(read(told, pair="of", half="form")).halves_tell
    with pytest.raises(DatasetError, match="column 'topic' has 3 values, but a pair has two"):
        read(rows, pair="of", half="topic")
    with pytest.raises(DatasetError, match="1 pairs have the same 'form' twice"):
        read([*rows[:-1], rows[-1] | {"form": "y"}], pair="of", half="form")


def test_names_of_groups_are_those_of_the_rows_kept() -> None:
    rows = {"text": list("abcdefgh"), "label": [0, 1] * 4, "group": list("ppqqrrss")}
    whole = from_mapping(rows, DatasetSpec(path="dict", near_duplicates="ignore"))
    assert whole.group_names == tuple("ppqqrrss")
    kept = from_mapping(rows, DatasetSpec(path="dict", limit=4, near_duplicates="ignore"))
    names = dict(zip(rows["text"], rows["group"], strict=True))
    assert kept.group_names == tuple(names[text] for text in kept.texts)
