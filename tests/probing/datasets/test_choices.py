"""What an entry leaves out or gathers, templates of several columns, and remarks on targets."""

from pathlib import Path

import pytest

from probing.datasets import TextDataset, facts_of, load
from probing.datasets.targets.remarks import remarks_on
from probing.errors import DatasetError
from probing.spec import DatasetSpec


def read(folder: Path, text: str, **options: object) -> TextDataset:
    path = folder / "a.csv"
    path.write_text(text)
    return load(DatasetSpec(path=str(path), **options), path)  # type: ignore[arg-type]


ROWS = "text,label,year\na,x,1990\nb,y,1991\nc,x,1992\nd,z,1993\ne,y,1994\n"


def test_where_keeps_the_rows_that_fulfil_it(tmp_path: Path) -> None:
    kept = read(tmp_path, ROWS, where="year > 1990 AND label != 'z'")
    assert kept.texts == ("b", "c", "e") and kept.classes == ("x", "y")
    for wrong in ("yeer > 3", "year >", "count(*)", "year > 3000"):
        with pytest.raises(DatasetError, match="where = "):
            read(tmp_path, ROWS, where=wrong)


def test_classes_are_chosen_and_the_rest_gathered_or_counted(tmp_path: Path) -> None:
    named = read(tmp_path, ROWS, classes=["x", "y"])
    assert named.classes == ("x", "y") and named.dropped == (("one class left out", 1),)
    gathered = read(tmp_path, ROWS, classes=["x"], rest="other")
    assert gathered.labels == ("x", "y", "x", "z", "y") and gathered.dropped == ()
    assert facts_of(gathered).class_counts == (("other", 3), ("x", 2))
    assert read(tmp_path, ROWS, min_class=2).classes == ("x", "y")
    with pytest.raises(DatasetError, match="which no row has"):
        read(tmp_path, ROWS, classes=["x", "w"])


def counts(data: TextDataset) -> dict[str, int]:
    return dict(facts_of(data).class_counts)


def test_classes_that_a_limit_leaves_too_small_make_room_for_others(tmp_path: Path) -> None:
    sizes = {"x": 60, "y": 40, "z": 15, "w": 12}
    rows = [f"{name} {at},{name}" for name, n in sizes.items() for at in range(n)]
    text = "\n".join(["text,label", *rows])
    whole = read(tmp_path, text, min_class=12, near_duplicates="ignore")
    assert counts(whole) == sizes and whole.notes == ()
    options = {"min_class": 12, "limit": 60, "near_duplicates": "ignore"}
    data = read(tmp_path, text, **options)
    assert data.classes == ("x", "y") and counts(data) == {"x": 36, "y": 24}
    (note,) = data.notes
    assert (
        note == "w, z: left out, since limit = 60 leaves them in fewer than 12 groups (min_class)"
    )
    gathered = read(tmp_path, text, rest="other", **options)
    assert gathered.classes == ("other", "x", "y") and len(gathered) == 60
    assert gathered.notes[0].startswith("w, z: gathered in other, since")
    # alone y would be in 9 groups, but it gets the room of the smaller ones
    assert counts(read(tmp_path, text, **{**options, "limit": 30})) == {"x": 18, "y": 12}
    with pytest.raises(DatasetError, match=r"leaves 0 of 4 classes in 12 groups \(min_class\)"):
        read(tmp_path, text, **{**options, "limit": 8})


def test_rows_that_lack_something_are_all_counted_or_dropped(tmp_path: Path) -> None:
    holes = "text,label\na,x\n,y\nc,\nd,y\n,x\n"
    with pytest.raises(DatasetError, match=r"line 3: no text, as in 2 rows \(lines 3, 6\)"):
        read(tmp_path, holes)
    kept = read(tmp_path, holes, missing="drop")
    assert kept.texts == ("a", "d") and kept.dropped == (("no text or no target", 3),)


def test_a_template_names_any_column(tmp_path: Path) -> None:
    pairs = "premise,hypothesis,label\np,h,1\nq,i,0\np,j,1\n"
    made = read(tmp_path, pairs, template="{premise} [SEP] {hypothesis} {{x}}")
    assert made.texts == ("p [SEP] h {x}", "q [SEP] i {x}", "p [SEP] j {x}")
    with pytest.raises(DatasetError, match=r"\{hypotesis\}, which is not a column"):
        read(tmp_path, pairs, template="{premise} {hypotesis}")


@pytest.mark.parametrize(
    ("one", "other", "positive"),
    [
        ("non-hateful", "hateful", "hateful"),
        ("without negation", "with negation", "with negation"),
        ("bigram", "not_bigram", "bigram"),
        ("no bigram", "bigram", "bigram"),
        ("safe", "unsafe", "safe"),
        ("past", "present", "present"),
        ("under", "over", "under"),
    ],
)
def test_x_is_positive_beside_not_x(tmp_path: Path, one: str, other: str, positive: str) -> None:
    made = read(tmp_path, f"text,label\na,{one}\nb,{other}\nc,{one}\n")
    assert facts_of(made).positive == positive


def test_spellings_of_targets_are_kept_or_noted(tmp_path: Path) -> None:
    zeros = read(tmp_path, "text,label\na,01\nb,1\nc,02\nd,01\n")
    assert zeros.classes == ("01", "1", "02") or set(zeros.classes) == {"01", "1", "02"}
    assert any("leading zeros" in note for note in zeros.notes)
    commas = read(tmp_path, "text;label\na;1,5\nb;2,25\nc;3\n")
    assert commas.task == "regression" and commas.targets.tolist() == [1.5, 2.25, 3.0]
    missing = read(tmp_path, "text,label\na,x\nb,NA\nc,x\nd,y\n")
    assert any("looks like a missing value" in note for note in missing.notes)
    assert not [*remarks_on("binary", ["-1", "1"] * 9, ["-1", "1"] * 9, "label")]
    assert [*remarks_on("multiclass", ["-1", "1", "0"], ["-1", "1", "0"], "label")]


def test_a_group_can_be_refused(tmp_path: Path) -> None:
    rows = "text,label,pair\na,x,1\nb,y,1\nc,x,2\nd,y,2\n"
    assert facts_of(read(tmp_path, rows)).n_groups == 2
    assert facts_of(read(tmp_path, rows, group=False)).n_groups == 4
