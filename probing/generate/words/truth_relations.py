"""The relations that statements are made of: their facts and their wordings."""

from __future__ import annotations

from dataclasses import dataclass

from probing.generate.words import truth_nature, truth_places, truth_words


@dataclass(frozen=True)
class Relation:
    """Facts (subject, object) and templates: `{s}` subject, `{o}` object, `{n}` ` not` or nothing.

    `draws` is how many of the templates each fact is put into.
    """

    name: str
    domain: str
    facts: tuple[tuple[str, str], ...]
    templates: tuple[str, ...]
    draws: int


def _column(cells: list[list[str]], index: int) -> tuple[tuple[str, str], ...]:
    return tuple((line[0], line[index]) for line in cells if line[index] != "-")


def _next(names: list[str]) -> tuple[tuple[str, str], ...]:
    return tuple(zip(names, names[1:] + names[:1], strict=True))


COUNTRY_RELATIONS = (
    Relation(
        "capital",
        "country",
        _column(truth_places.COUNTRIES, 1),
        (
            "the capital of {s} is{n} {o}.",
            "{o} is{n} the capital of {s}.",
            "the seat of the government of {s} is{n} {o}.",
            "{o} is{n} the capital city of {s}.",
        ),
        3,
    ),
    Relation(
        "continent",
        "country",
        _column(truth_places.COUNTRIES, 2),
        (
            "{s} is{n} in {o}.",
            "{s} is{n} a country in {o}.",
            "the continent on which {s} lies is{n} {o}.",
        ),
        1,
    ),
    Relation(
        "currency",
        "country",
        _column(truth_places.COUNTRIES, 3),
        (
            "the currency of {s} is{n} called the {o}.",
            "the money used in {s} is{n} called the {o}.",
            "what people in {s} pay with is{n} called the {o}.",
        ),
        1,
    ),
    Relation(
        "language",
        "country",
        _column(truth_places.COUNTRIES, 4),
        (
            "the language of the government in {s} is{n} {o}.",
            "{o} is{n} an official language of {s}.",
            "among the official languages of {s} is{n} {o}.",
        ),
        2,
    ),
    Relation(
        "state capital",
        "state",
        _column(truth_places.STATE_CAPITALS, 1),
        ("the capital of the state of {s} is{n} {o}.", "{o} is{n} the state capital of {s}."),
        2,
    ),
)

NATURE_RELATIONS = (
    Relation(
        "symbol",
        "element",
        _column(truth_nature.ELEMENTS, 1),
        (
            "the chemical symbol for {s} is{n} {o}.",
            "{o} is{n} the symbol of {s}.",
            "in chemistry, the symbol of {s} is{n} {o}.",
        ),
        2,
    ),
    Relation(
        "atomic number",
        "element",
        _column(truth_nature.ELEMENTS, 2),
        ("the atomic number of {s} is{n} {o}.", "{o} is{n} the atomic number of {s}."),
        1,
    ),
    Relation(
        "animal class",
        "animal",
        _column(truth_nature.ANIMALS, 1),
        (
            "the {s} is{n} a {o}.",
            "a {s} is{n} a kind of {o}.",
            "the {s} is{n} an example of a {o}.",
        ),
        2,
    ),
    Relation(
        "legs",
        "animal",
        _column(truth_nature.ANIMALS, 2),
        ("the number of legs of a {s} is{n} {o}.",),
        1,
    ),
    Relation(
        "young",
        "animal",
        _column(truth_nature.YOUNG, 1),
        ("a young {s} is{n} called a {o}.", "the young of the {s} is{n} known as a {o}."),
        2,
    ),
)


def _translation(language: str, index: int) -> Relation:
    return Relation(
        f"{language} word",
        "word",
        _column(truth_words.TRANSLATIONS, index),
        (
            "the {l} word for “{s}” is{n} “{o}”.".replace("{l}", language),
            "in {l}, “{s}” is{n} “{o}”.".replace("{l}", language),
            "“{o}” is{n} the {l} word for “{s}”.".replace("{l}", language),
        ),
        1,
    )


def _word_relation(
    name: str, facts: tuple[tuple[str, str], ...], *templates: str, domain: str = "word"
) -> Relation:
    return Relation(name, domain, facts, templates, 2)


WORD_RELATIONS = (
    *(_translation(name, i) for i, name in enumerate(("Spanish", "French", "German"), start=1)),
    _word_relation(
        "opposite",
        _column(truth_words.OPPOSITES, 1),
        "the opposite of “{s}” is{n} “{o}”.",
        "“{o}” is{n} the opposite of “{s}”.",
    ),
    _word_relation(
        "author",
        _column(truth_words.AUTHORS, 1),
        "the author of {s} is{n} {o}.",
        "{o} is{n} the author of {s}.",
        "the writer of {s} is{n} {o}.",
        domain="book",
    ),
    _word_relation(
        "past form",
        _column(truth_words.PAST_FORMS, 1),
        "the past tense of “{s}” is{n} “{o}”.",
        "“{o}” is{n} the past tense of “{s}”.",
    ),
    _word_relation(
        "plural",
        _column(truth_words.PLURALS, 1),
        "the plural of “{s}” is{n} “{o}”.",
        "“{o}” is{n} the plural of “{s}”.",
    ),
    _word_relation(
        "next month",
        _next(truth_words.MONTHS),
        "the month after {s} is{n} {o}.",
        "{o} is{n} the month that follows {s}.",
        domain="calendar",
    ),
    _word_relation(
        "next day",
        _next(truth_words.DAYS),
        "the day after {s} is{n} {o}.",
        "{o} is{n} the day that follows {s}.",
        domain="calendar",
    ),
)

RELATIONS = COUNTRY_RELATIONS + NATURE_RELATIONS + WORD_RELATIONS
