"""Labels of words: which rows they become, and where each word stands in its text."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from probing.datasets import NLPDataset, TextDataset, facts_of, load, parts_of
from probing.errors import DatasetError
from probing.spec import DatasetSpec

CONLLU = """\
# newdoc id = one
# sent_id = 1
# genre = news
1\tDie\tder\tDET\tART\tGender=Fem|Number=Sing\t2\tdet\t_\t_
2\tFrau\tFrau\tNOUN\tNN\tGender=Fem|Number=Sing\t3\tnsubj\t_\t_
3\tgeht\tgehen\tVERB\tVVFIN\tNumber=Sing\t0\troot\t_\t_
4-5\tins\t_\t_\t_\t_\t_\t_\t_\t_
4\tin\tin\tADP\tAPPR\t_\t6\tcase\t_\t_
5\tdas\tder\tDET\tART\tNumber=Sing\t6\tdet\t_\t_
6\tKino\tKino\tNOUN\tNN\tNumber=Sing\t3\tobl\t_\tSpaceAfter=No
7\t.\t.\tPUNCT\t$.\t_\t3\tpunct\t_\t_

# sent_id = 2
1-2\tdon't\t_\t_\t_\t_\t_\t_\t_\t_
1\tdo\tdo\tAUX\t_\t_\t3\taux\t_\t_
2\tn't\tnot\tPART\t_\t_\t3\tadvmod\t_\t_
2.1\tgo\tgo\tVERB\t_\t_\t_\t_\t_\t_
3\tstop\tstop\tVERB\t_\t_\t0\troot\t_\t_

# newdoc id = two
1\t我\t我\tPRON\t_\tNumber=Sing\t2\tnsubj\t_\tSpaceAfter=No
2\t走\t走\tVERB\t_\t_\t0\troot\t_\tSpaceAfter=No
"""


def read(folder: Path, name: str, content: str, **keys: object) -> TextDataset:
    path = folder / name
    path.write_text(content)
    return load(DatasetSpec(str(path), **keys), path)  # type: ignore[arg-type]


def pairs(data: TextDataset) -> list[tuple[str, str]]:
    return list(zip(data.marked, data.labels, strict=True))


def test_conllu_gives_a_row_for_each_word_at_its_place(tmp_path: Path) -> None:
    data = read(tmp_path, "a.conllu", CONLLU, target="upos")
    assert data.texts[0] == "Die Frau geht ins Kino."
    assert pairs(data) == [
        *(("Die", "DET"), ("Frau", "NOUN"), ("geht", "VERB"), ("Kino", "NOUN"), (".", "PUNCT")),
        *(("do", "AUX"), ("n't", "PART"), ("stop", "VERB"), ("我", "PRON"), ("走", "VERB")),
    ]
    assert {data.texts[5], data.texts[8]} == {"don't stop", "我走"}
    assert data.groups.tolist() == [0] * 5 + [1] * 3 + [2] * 2  # by sentence
    assert dict(data.dropped) == {
        "words of a contraction, which have no place of their own in the text": 2
    }
    assert read(tmp_path, "b.conllu", CONLLU, group="doc").groups.tolist() == [0] * 8 + [1] * 2
    assert facts_of(data).n_texts == 3 and facts_of(data).n_spans == 1
    assert facts_of(data).examples[0][1].count("⟦") == 1
    assert (
        data.sha256 != read(tmp_path, "c.conllu", CONLLU, target="xpos", task="multiclass").sha256
    )


def test_a_feature_is_a_target_and_words_without_it_are_counted(tmp_path: Path) -> None:
    text = CONLLU.replace("Kino\tNOUN\tNN\tNumber=Sing", "Kino\tNOUN\tNN\tNumber=Plur")
    data = read(tmp_path, "a.conllu", text, target="Number")
    assert pairs(data) == [
        *(("Die", "Sing"), ("Frau", "Sing"), ("geht", "Sing"), ("Kino", "Plur"), ("我", "Sing"))
    ]
    assert dict(data.dropped)["words without Number"] == 5
    with pytest.raises(DatasetError, match=r"no feature 'Numbr'.*features: Number, Gender"):
        read(tmp_path, "a.conllu", text, target="Numbr")
    sentences = read(
        tmp_path, "a.conllu", text.replace("sent_id = 2", "genre = blog"), level="text",
        target="genre", missing="drop",
    )  # fmt: skip
    assert sentences.labels == ("news", "blog") and sentences.spans is None


def test_where_limit_classes_and_templates_work_on_words(tmp_path: Path) -> None:
    data = read(
        tmp_path, "a.conllu", CONLLU, target="upos", where="upos != 'PUNCT' AND form != 'Die'",
        classes=("NOUN", "VERB"), template="Tag {form}: {text}",
    )  # fmt: skip
    assert pairs(data) == [
        *(("Frau", "NOUN"), ("geht", "VERB"), ("Kino", "NOUN"), ("stop", "VERB"), ("走", "VERB"))
    ]
    assert data.texts[0] == "Tag Frau: Die Frau geht ins Kino."
    few = read(tmp_path, "a.conllu", CONLLU, classes=("NOUN", "VERB"), limit=4)
    assert few.spans is not None and len(few.spans) == len(few) == 4
    assert all(word in text for word, text in zip(few.marked, few.texts, strict=True))
    with pytest.raises(DatasetError, match=r"must hold .text. once"):
        read(tmp_path, "a.conllu", CONLLU, template="{form} {lemma}")


def test_lists_of_words_and_labels(tmp_path: Path) -> None:
    rows = [
        {"tokens": ["A", "cat", "!"], "label": ["D", "N", "P"], "text": "A  cat!", "doc": 1},
        {"tokens": ["我", "喜欢", "Java", "吗"], "label": ["N", "V", "N", "P"], "doc": 2},
    ]
    lines = "\n".join(map(json.dumps, rows[:1]))
    data = read(tmp_path, "a.jsonl", lines + "\n" + lines.replace("cat", "dog"))
    assert data.texts[1] == "A  cat!" and pairs(data)[3:] == [("A", "D"), ("dog", "N"), ("!", "P")]
    titled = [{**row, "text": None, "title": "On pets"} for row in rows]
    titled = [{key: value for key, value in row.items() if key != "text"} for row in titled]
    data = read(tmp_path, "t.jsonl", "\n".join(map(json.dumps, titled)))
    assert data.texts[0] == "A cat !"
    bare = [{key: value for key, value in row.items() if key != "text"} for row in rows]
    data = read(tmp_path, "b.jsonl", "\n".join(map(json.dumps, bare)), group="doc")
    assert (data.texts[0], data.texts[3]) == ("A cat !", "我喜欢 Java 吗")
    assert data.marked[3:] == ("我", "喜欢", "Java", "吗")
    assert data.groups.tolist() == [0, 0, 0, 1, 1, 1, 1]


def test_a_row_that_does_not_fit_is_named(tmp_path: Path) -> None:
    rows = [{"tokens": ["A", "cat"], "label": ["D", "N"]}, {"tokens": ["A"], "label": ["D", "N"]}]
    with pytest.raises(DatasetError, match=r"line 2: 2 labels for 1 words"):
        read(tmp_path, "a.jsonl", "\n".join(map(json.dumps, rows)))
    rows[1] = {"tokens": ["A", "dog"], "label": ["D", "N"], "text": "A big dog"}
    rows[0]["text"] = "A cat"  # type: ignore[assignment]
    with pytest.raises(DatasetError, match=r"line 2: word 2, 'dog', is not where it should be"):
        read(tmp_path, "a.jsonl", "\n".join(map(json.dumps, rows)))
    rows = [{"tokens": ["A", "cat"], "label": ["D", None]}, {"tokens": ["B"], "label": ["N"]}]
    with pytest.raises(DatasetError, match=r"line 1, word 2: no target"):
        read(tmp_path, "a.jsonl", "\n".join(map(json.dumps, rows)))
    assert len(read(tmp_path, "a.jsonl", "\n".join(map(json.dumps, rows)), missing="drop")) == 2
    rows = [{"tokens": ["A", ""], "label": ["D", "N"]}, {"tokens": [], "label": []}]
    with pytest.raises(DatasetError, match="line 1: word 2 is empty"):
        read(tmp_path, "a.jsonl", "\n".join(map(json.dumps, rows)))
    with pytest.raises(DatasetError, match="line 4: no line of CoNLL-U: 3 fields"):
        read(
            tmp_path, "a.conllu", CONLLU.replace("1\tDie\tder\tDET\tART", "1\tDie DET ART", 1)[:70]
        )


def test_texts_and_tags_of_parallel_files(tmp_path: Path) -> None:
    folder = tmp_path / "tags"
    folder.mkdir()
    (folder / "text.txt").write_text("The cat sat\nIt  ran\n")
    (folder / "label.txt").write_text("DET NOUN VERB\nPRON VERB\n")
    data = load(DatasetSpec(str(folder), level="word"), folder)
    assert data.texts[3] == "It  ran"
    assert pairs(data) == [
        *(("The", "DET"), ("cat", "NOUN"), ("sat", "VERB"), ("It", "PRON"), ("ran", "VERB"))
    ]


def test_several_targets_of_words_share_their_texts(tmp_path: Path) -> None:
    path = tmp_path / "a.conllu"
    path.write_text(CONLLU.replace("Kino\tNOUN\tNN\tNumber=Sing", "Kino\tNOUN\tNN\tNumber=Plur"))
    entry = DatasetSpec(str(path), target=("upos", "Number"))
    tags, number = (load(part, path) for part in parts_of(entry, path))
    assert len(tags) == 10 and number.marked == ("Die", "Frau", "geht", "Kino", "我")
    assert tags.read.sha256 == number.read.sha256


def test_what_pools_whole_texts_refuses_words(tmp_path: Path) -> None:
    data = NLPDataset(read(tmp_path, "a.conllu", CONLLU))
    with pytest.raises(DatasetError, match="its rows are parts of texts"):
        data.load_embeds_into_memory(lambda texts: texts, lambda output: output)


def test_tags_of_punctuation_are_no_missing_values(tmp_path: Path) -> None:
    rows = [{"tokens": ["a", "-", "b", "."], "tags": ["x", "-", "NA", "."]}] * 2
    data = read(tmp_path, "a.jsonl", "\n".join(map(json.dumps, rows)))
    assert len(data.notes) == 1 and "'NA'" in data.notes[0]


@pytest.mark.parametrize("kind", ["Sequence", "List", ""])
def test_names_of_tags_are_those_of_the_hub(tmp_path: Path, kind: str) -> None:
    names = {"names": ["O", "B-PER", "B-LOC"], "_type": "ClassLabel"}
    feature = {"feature": names, "_type": kind} if kind else [names]
    described = json.dumps({"info": {"features": {"ner_tags": feature, "tokens": {}}}})
    frame = pl.DataFrame({"tokens": [["Ann", "ran"], ["Rome", "and", "Bo"]],
                          "ner_tags": [[1, 0], [2, 0, 1]]})  # fmt: skip
    path = tmp_path / "a.parquet"
    frame.write_parquet(path, metadata={"huggingface": described})
    data = load(DatasetSpec(str(path)), path)
    assert pairs(data) == [
        *(("Ann", "B-PER"), ("ran", "O"), ("Rome", "B-LOC"), ("and", "O"), ("Bo", "B-PER"))
    ]
