from __future__ import annotations

import numpy as np
import pytest

from probing.audit import audit
from probing.datasets import load, shipped
from probing.spec import DatasetSpec
from tests.support.audit_sets import CITIES, WORDS, found, labels, of, prose, truth_pairs, warned

SOUND = ("sentiment", "sentiment_graded", "subject_number", "tense", "truth", "word_order")


class TestSoundSets:
    @pytest.mark.parametrize("seed", range(5))
    def test_random_texts_with_random_labels_have_nothing(self, seed: int) -> None:
        assert audit(of(prose(400, seed), labels(400, seed + 50))) == ()

    @pytest.mark.parametrize("name", SOUND)
    def test_sets_that_ship_have_no_warning(self, name: str) -> None:
        path = next(path for path in shipped() if path.stem == name)
        assert warned(load(DatasetSpec(name), path, with_others=True)) == set()

    def test_a_few_rows_have_nothing(self) -> None:
        assert audit(of(["a b", "c d"], [0, 1])) == ()
        assert warned(of(["!", "?", "\u0301", "x"], ["a", "b", "a", "b"])) == set()


class TestDuplicates:
    def test_repeats_are_counted_and_those_that_disagree(self) -> None:
        texts = prose(100)
        given = labels(100)
        other = ["no" if given[at] == "yes" else "yes" for at in range(5)]
        told = found(of([*texts, *texts[:20], *texts[:5]], [*given, *given[:20], *other]))
        assert told["duplicates"].message == "duplicates: 25 of 125 rows repeat a text"
        assert told["duplicates"].is_warning and told["duplicates"].count == 25
        assert told["duplicates_disagree"].count == 15  # five texts, thrice each
        labels_told = [label for label, _ in told["duplicates_disagree"].examples[:3]]
        assert len(set(labels_told)) == 2

    def test_white_space_does_not_count(self) -> None:
        texts = prose(60)
        dataset = of([*texts, "  " + texts[0].replace(" ", "\n")], [*labels(60), "no"])
        assert found(dataset)["duplicates"].count == 1
        assert dataset.groups[-1] == dataset.groups[0]


class TestTornTexts:
    def test_pairs_of_opposite_labels_score_below_chance(self) -> None:
        texts, is_true = truth_pairs()
        one = found(of(texts, is_true))["below_chance"]
        assert one.is_warning and one.message.startswith("below chance: ")
        [(first, _), (second, _), *_] = one.examples
        assert first != second

    def test_and_not_once_their_group_is_named(self) -> None:
        texts, is_true = truth_pairs()
        pairs = np.repeat(CITIES, 2).tolist()
        dataset = of(texts, is_true, city=pairs)
        assert warned(dataset) >= {"below_chance", "column_looks_like_group"}
        column = found(dataset)["column_looks_like_group"]
        assert column.message == "column looks like a group: city, 40 values in 80 rows"
        assert 'group = "city"' in column.hint
        grouped = of(texts, is_true, city=pairs, spec={"group": "city"})
        assert warned(grouped) == set()
        assert found(grouped)["groups"].message == "groups: 40 in 80 rows"

    def test_few_wordings(self) -> None:
        words = [f"{a} {b}" for a in WORDS[:7] for b in WORDS[20:32]]
        wordings = [f"the {one} of the _ is told by {two}" for one, two in map(str.split, words)]
        texts = [each.replace("_", noun) for each in wordings for noun in WORDS[:28]]
        answers = [at // 12 for at in range(84) for _ in range(28)]
        given = [at for at in range(84) for _ in range(28)]
        told = found(of(texts, [f"class {each}" for each in answers]))
        assert told["few_wordings"].is_warning
        assert "the wording alone gives 1.00 (majority .14)" in told["few_wordings"].message
        assert told["few_wordings"].count <= 84
        dataset = of(texts, [f"class {each}" for each in answers], wording=given)
        assert found(dataset)["column_looks_like_group"].count == 84
        grouped = of(
            texts, [f"class {each}" for each in answers], wording=given, spec={"group": "wording"}
        )
        assert "few_wordings" not in found(grouped)
        few = found(grouped)["few_groups"]
        assert few.message == "few groups: 84 in 2,352 rows, a class in 12" and few.is_warning

    def test_one_group_is_no_split(self) -> None:
        one = found(of(prose(60), labels(60), book=["a"] * 60, spec={"group": "book"}))
        assert one["few_groups"].message == "few groups: 1 in 60 rows"
        assert "no split can keep it whole" in one["few_groups"].hint

    def test_a_group_column_that_is_not_used(self) -> None:
        pairs = [str(at // 2) for at in range(200)]
        dataset = of(prose(200), labels(200), pair=pairs, spec={"group": False})
        assert "column_looks_like_group" in warned(dataset)


class TestShortcuts:
    def test_length(self) -> None:
        texts = [*prose(200, 0, (5, 9)), *prose(200, 1, (9, 14))]
        one = found(of(texts, ["short"] * 200 + ["long"] * 200))["label_follows_length"]
        assert one.message.startswith("label follows length: ") and "(majority .50)" in one.message

    def test_one_word(self) -> None:
        given = labels(300)
        texts = [
            f"{text[:-1]} indeed." if label == "yes" else text
            for text, label in zip(prose(300), given, strict=True)
        ]
        one = found(of(texts, given))["label_follows_word"]
        assert one.message == 'label follows one word, "indeed": 1.00 (majority .50)'
        assert one.count == 150 and all("indeed" in text for _, text in one.examples)

    def test_all_words(self) -> None:
        given = labels(400)
        topics = {"yes": ["goal", "match", "striker", "keeper"], "no": ["soup", "bread", "oven"]}
        texts = [
            f"{text[:-1]} {topics[label][at // 2 % len(topics[label])]}."
            for at, (text, label) in enumerate(zip(prose(400), given, strict=True))
        ]
        one = found(of(texts, given))["label_follows_words"]
        assert one.message == "label follows the words: 1.00 (majority .50)" and one.is_warning
        assert "label_follows_words" not in found(of(prose(400), given))

    def test_words_that_tell_a_part_are_a_note(self) -> None:
        given = labels(400)
        topics = {"yes": ["goal", "match", "striker", "keeper"], "no": ["soup", "bread", "oven"]}
        texts = [
            f"{text[:-1]} {topics[label][at // 2 % len(topics[label])]}." if at % 5 < 2 else text
            for at, (text, label) in enumerate(zip(prose(400), given, strict=True))
        ]
        one = found(of(texts, given))["label_follows_words"]
        assert not one.is_warning and one.message.startswith("label follows the words: .70")

    def test_one_character(self) -> None:
        given = labels(300)
        pairs = zip(prose(300), given, strict=True)
        texts = [text[:-1] + ("!" if label == "yes" else ".") for text, label in pairs]
        told = found(of(texts, given))
        assert told["label_follows_character"].message.endswith("1.00 (majority .50)")

    def test_where_one_class_rules_accuracy_is_balanced(self) -> None:
        given = ["rare" if at % 20 == 0 else "common" for at in range(1000)]
        pairs = zip(prose(1000), given, strict=True)
        texts = [f"{text} sic" if label == "rare" else text for text, label in pairs]
        told = found(of(texts, given))
        assert told["imbalance"].message == "imbalance: majority .95, 50 rows of other classes"
        word = told["label_follows_word"].message
        assert word == 'label follows one word, "sic": balanced accuracy 1.00 (chance .50)'

    def test_no_shortcut_where_one_class_rules(self) -> None:
        given = ["rare" if at % 20 == 0 else "common" for at in range(1000)]
        assert warned(of(prose(1000), given)) == {"imbalance"}


class TestColumns:
    def test_one_that_tells_the_label(self) -> None:
        given = labels(200)
        source = ["news" if label == "yes" else "blog" for label in given]
        told = found(of(prose(200), given, source=source))["column_tells_target"]
        assert told.severity == "note"
        assert told.message == "column tells the target: source 1.00 (majority .50)"

    def test_and_is_put_into_the_text(self) -> None:
        given = labels(200)
        source = ["news" if label == "yes" else "blog" for label in given]
        dataset = of(prose(200), given, source=source, spec={"template": "{source}: {text}"})
        assert found(dataset)["column_tells_target"].is_warning

    def test_numbers_and_ids_that_tell_nothing(self) -> None:
        random = np.random.default_rng(0)
        dataset = of(
            prose(200),
            labels(200),
            id=list(range(200)),
            confidence=random.random(200).tolist(),
            odd=[[at] for at in range(200)],
            annotator=[None, "a", "b", "c"] * 50,
        )
        assert audit(dataset) == ()


class TestRegression:
    def test_years_that_stand_in_the_text(self) -> None:
        years = np.random.default_rng(0).integers(1500, 2000, 300).tolist()
        texts = [f"In {year} {text}" for year, text in zip(years, prose(300), strict=True)]
        told = found(of(texts, years))["target_in_text"]
        assert told.message == "target stands in the text: 300 of 300 rows"

    def test_coordinates_that_follow_a_country(self) -> None:
        random = np.random.default_rng(0)
        countries = random.integers(0, 40, 600)
        latitudes = np.linspace(-60, 60, 40)[countries] + random.normal(0, 3, 600)
        dataset = of(prose(600, 0, (1, 4)), latitudes.tolist(), country=countries.tolist())
        told = found(dataset)
        assert "country" in told["column_looks_like_group"].message
        assert "R² " in told["column_tells_target"].message

    def test_outliers(self) -> None:
        values = np.random.default_rng(0).normal(0, 1, 500)
        values[7] = 500.0
        told = found(of(prose(500), values.tolist()))["outliers"]
        assert told.examples[0][0] == "500.0"

    def test_a_class_named_in_the_text(self) -> None:
        given = labels(200)
        names = ["positive" if label == "yes" else "negative" for label in given]
        pairs = zip(prose(200), names, strict=True)
        told = found(of([f"{text} It is {name}." for text, name in pairs], names))
        assert told["target_in_text"].count == 200
