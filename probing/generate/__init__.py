"""Generate the datasets that ship, byte for byte the same every time."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from probing.errors import DatasetError, nearest
from probing.generate import (
    length_bins,
    question_type,
    sentiment,
    sentiment_graded,
    spanish_tense,
    subject_number,
    tense,
    truth,
    word_order,
    year,
)
from probing.generate.readme import readme
from probing.generate.rows import Row


@dataclass(frozen=True)
class Generator:
    """A dataset's rows, its task, what groups its rows (or nothing) and what it probes."""

    rows: Callable[[random.Random], list[Row]]
    task: str
    grouped_by: str
    probes: str
    made: str


GENERATORS: dict[str, Generator] = {
    "truth": Generator(
        truth.rows,
        "binary",
        "what the statement is about",
        "whether a statement is true",
        "facts in several wordings, a third of them negated; the false one of a pair takes its "
        "object from another fact of the same relation, or swaps the two things compared",
    ),
    "tense": Generator(
        tense.rows,
        "binary",
        "verb",
        "whether the main verb is past or present",
        "each sentence in both tenses; adverbials fit both, relative clauses may be in either",
    ),
    "subject_number": Generator(
        subject_number.rows,
        "binary",
        "noun of the subject",
        "whether the subject is singular or plural",
        "each sentence in both numbers; determiner and verb fit both, other nouns intervene",
    ),
    "sentiment": Generator(
        sentiment.rows,
        "binary",
        "pair",
        "whether a judgement is positive or negative",
        "each wording with the positive and negative words swapped: plain, negated or contrasted",
    ),
    "sentiment_graded": Generator(
        sentiment_graded.rows,
        "regression",
        "",
        "how positive a judgement is, from -1.0 to 1.0",
        "a word's strength (0.3 to 1.0) times its adverb (`fairly` 0.75, none 1.0, `very` 1.25, "
        "`extremely` 1.5; `almost` 0.75, `truly` 1.1), times -0.5 under `not`; of two clauses in "
        "contrast the first counts 0.25 and the second 0.75, joined by `and` 0.5 each",
    ),
    "question_type": Generator(
        question_type.rows,
        "multiclass",
        "wording",
        "what a question asks for",
        "twelve wordings of each class, with misleading question words, on the same topics",
    ),
    "length_bins": Generator(
        length_bins.rows,
        "multiclass",
        "",
        "how many words a sentence has: 4-5, 6-8, 9-13, 14-19 or 20-28",
        "plain sentences extended to a length; every length uses the same topics",
    ),
    "year": Generator(
        year.rows,
        "regression",
        "year",
        "the year mentioned, from 1800.0 to 2020.0",
        "invented events in invented places, half of the years in digits and half in words",
    ),
    "word_order": Generator(
        word_order.rows,
        "binary",
        "pair",
        "whether two adjacent words were swapped",
        "a plain sentence, and the same with one function word or adjective after its neighbour",
    ),
    "spanish_tense": Generator(
        spanish_tense.rows,
        "multiclass",
        "verb",
        "whether the main verb of a Spanish sentence is present, past or future",
        "each sentence in three tenses, regular and irregular verbs, relative clauses in any tense",
    ),
}


def rows_of(name: str) -> list[Row]:
    """The rows of one dataset, in the order of its file; raises `DatasetError` for an unknown name.

    The rows of a group stay apart: the file is shuffled.
    """
    if name not in GENERATORS:
        raise DatasetError(f"unknown dataset {name!r}", hint=nearest(name, GENERATORS))
    rng = random.Random(f"probing data: {name}")
    rows = GENERATORS[name].rows(rng)
    rng.shuffle(rows)
    return rows


def make(folder: Path, names: Sequence[str] | None = None) -> list[Path]:
    """Writes `NAME.jsonl` for the names (default: all) and a `README.md` when it makes them all."""
    made = {name: rows_of(name) for name in (GENERATORS if names is None else names)}
    folder.mkdir(parents=True, exist_ok=True)
    paths = [_written(folder / f"{name}.jsonl", _lines(rows)) for name, rows in made.items()]
    if names is None:
        facts = {name: (GENERATORS[name], rows) for name, rows in made.items()}
        paths.append(_written(folder / "README.md", readme(facts)))
    return paths


def _lines(rows: list[Row]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _written(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path
