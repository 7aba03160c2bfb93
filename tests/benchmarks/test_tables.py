"""Tables, targets, sizes and the command line of the benchmarks."""

from __future__ import annotations

import pytest

from benchmarks.__main__ import main
from benchmarks.command_line import asked
from benchmarks.progress import Progress, expected
from benchmarks.shapes import CHOSEN_PARTS, GRID_PARTS, Shape
from benchmarks.sizes import FULL
from benchmarks.table import Row, against, table
from benchmarks.targets import BUT_LDA, DEFAULT, OURS, PIPELINE, TOLERANT, TUNED, Goal


def measured_rows() -> list[Row]:
    rows = [Row("s", "w", "ours", (1.0, 2.0, 3.0)), Row("s", "w", "other", (8.0,), note="a|b")]
    return [*rows, Row("s", "w", "peer", note="not installed")]


def test_a_table_has_ratios_to_ours() -> None:
    lines = table(against(measured_rows(), "ours"))
    assert "| ours | 2 s | 1–3 | 1 × |" in lines
    assert "| other | 8 s |  | 4 × |  | a/b |" in lines
    assert "| peer |  |  |  |  | not installed |" in lines
    assert "target" not in lines


def test_a_target_says_whether_it_is_reached() -> None:
    goals = [Goal("other", "ours", 4), Goal("other", "ours", 5), Goal("peer", "ours", 1)]
    goals += [Goal("ours", "", 1.5, is_least=False), Goal("ours", "other", 0.25, is_least=False)]
    rows = against(measured_rows(), "ours", goals)
    lines = table(rows).splitlines()
    assert [line for line in lines if line.startswith("- ")] == [
        "- target: ours ≤ 1.5 s: 2, not reached",
        "- target: ours / other ≤ 0.25 ×: 0.25, reached",
        "- target: other / ours ≥ 4 ×: 4, reached",
        "- target: other / ours ≥ 5 ×: 4, not reached",
    ]
    assert "- target of the full shapes, for orientation: " in table(rows, binding=False)
    rows = [*measured_rows(), Row("s", "w", "floor of ours", (0.5,))]
    [verdict] = against(rows, "ours", goals[1:2])[1].targets
    assert str(verdict) == "other / ours ≥ 5 ×: 4, not reached; at the floor 16"
    assert verdict.as_json()["at_floor"] == 16 and verdict.as_json()["is_reached"] is False


def test_the_full_shapes_have_the_targets_of_their_kind() -> None:
    bounds = [
        (work.shape.d, work.shape.n_classes, work.scale, goal.over, goal.under, goal.bound)
        for work in FULL.works
        for goal in work.goals
    ]
    assert bounds == [
        (768, 2, "none", TUNED, TOLERANT, 15),
        (768, 2, "none", DEFAULT, TOLERANT, 200),
        (768, 2, "none", TUNED, OURS, 10),
        (768, 2, "none", f"{TUNED}{BUT_LDA}", f"{TOLERANT}{BUT_LDA}", 15),
        (768, 2, "standard", PIPELINE, TOLERANT, 8),
        (768, 2, "standard", f"{PIPELINE}{BUT_LDA}", f"{TOLERANT}{BUT_LDA}", 8),
        (768, 2, "none", TUNED, OURS, 15),
        (768, 2, "none", TUNED, OURS, 30),
        (4096, 2, "none", TUNED, TOLERANT, 15),
        (4096, 2, "none", DEFAULT, TOLERANT, 90),
        (4096, 2, "none", f"{TUNED}{BUT_LDA}", f"{TOLERANT}{BUT_LDA}", 15),
        (768, 6, "none", TUNED, TOLERANT, 5),
    ]


def test_what_is_left_is_told_from_what_was_expected() -> None:
    progress = Progress([1.0, 2.0, 3.0])
    progress.table_done()
    assert progress.left(10) == 50
    progress.table_done()
    assert progress.left(10) == 10
    every = len(expected(FULL, ["fits", "pass", "memory", "cache"], llama_8b=True))
    assert every == len(FULL.works) + 4 + 2 + 1 + 3 + 4 + 1
    assert len(expected(FULL, ["pass"], only_after=True)) == 1


def test_a_shape_of_ones_own_is_fitted_in_all_parts() -> None:
    _, subjects, sizes = asked(["fits", "--n", "300", "--classes", "4", "--folds", "3"])
    assert {work.shape for work in sizes.works} == {Shape(300, 768, 13, 3, 4)}
    parts = {(part, work.scale) for work in sizes.works for part in work.parts}
    assert {part for part, _ in parts} == {*GRID_PARTS, *CHOSEN_PARTS}
    assert subjects == ["fits"] and not sizes.is_full and sizes.networks.n_classes == 2
    assert asked([])[2] is FULL


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (["speed"], "fits, pass, memory, cache"),
        (["--n", "20", "--classes", "3"], "60 at least"),
        (["--folds", "1"], "2 at least"),
        (["--d", "0"], "is not a number from 1 up"),
    ],
)
def test_what_cannot_be_measured_is_refused(
    wrong: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(wrong)
    assert ended.value.code == 2 and said in capsys.readouterr().err
