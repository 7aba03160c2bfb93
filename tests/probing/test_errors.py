"""Errors of users: hints that can be read."""

from __future__ import annotations

from probing.errors import MOST_LISTED, nearest


def test_a_hint_names_the_nearest_name() -> None:
    assert nearest("acuracy", ["accuracy", "auroc"]) == "did you mean 'accuracy'?"


def test_a_hint_lists_few_names_whole_and_many_in_part() -> None:
    assert nearest("zzz", ["b", "a"]) == "known: a, b"
    names = [f"run-{at:03}" for at in range(200)]
    hint = nearest("zzz", names)
    assert hint.endswith(f"{names[MOST_LISTED - 1]} and {200 - MOST_LISTED} more")
    assert names[MOST_LISTED] not in hint


def test_a_hint_lists_fewer_names_that_are_long() -> None:
    names = [f"{at}-" + "x" * 98 for at in range(5)]
    assert nearest("zzz", names) == f"known: {', '.join(names[:2])} and 3 more"
    assert nearest("zzz", ["x" * 500, "y"]) == f"known: {'x' * 500} and 1 more"
