from tui.texts.facts.flags import flags_told, shared_flags


def test_flags_that_all_cells_have() -> None:
    assert shared_flags(["a: 1; b", "b; a: 1; c", "a: 1; b; d"]) == ("a: 1", "b")
    assert shared_flags(["a", None]) == ()
    assert shared_flags([]) == ()


def test_a_line_for_each_flag_of_a_dataset() -> None:
    rows = [("truth", "x"), ("truth", "x; y"), ("year", None), ("tense", "z")]
    assert flags_told(rows) == ["! truth: x", "! tense: z"]
