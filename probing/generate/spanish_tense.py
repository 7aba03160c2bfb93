"""Spanish tenses: one sentence in the present, the past and the future, other clauses in any."""

from __future__ import annotations

import random

from probing.generate.rows import Row, phrases
from probing.generate.words.spanish_verbs import VERBS, SpanishVerb

TRIPLES_PER_VERB = 13

SINGULAR = phrases("""
el panadero; la maestra; el viejo marinero; mi tía; nuestro vecino; Lucía; el señor Ibáñez;
la enfermera; el jardinero; Andrés; la estudiante; el camarero; su prima; la médica; Begoña;
el pastor; la cantante; el portero; mi abuela; el niño
""")
PLURAL = phrases("""
los panaderos; las maestras; los viejos marineros; mis tías; nuestros vecinos; Lucía y Andrés;
las enfermeras; los jardineros; las estudiantes; los camareros; sus primas; las médicas;
los pastores; las cantantes; mis abuelos; los niños
""")
CLAUSES = phrases("""
que vive cerca|que viven cerca; que llegó de Galicia|que llegaron de Galicia;
que odia el ruido|que odian el ruido; que nació aquí|que nacieron aquí;
que se casará pronto|que se casarán pronto; que perdió la casa|que perdieron la casa;
que tiene poco tiempo|que tienen poco tiempo; que se mudará a León|que se mudarán a León;
que volverá a Perú|que volverán a Perú
""")
OPENINGS = phrases("""
en el pueblo; los domingos; sin ninguna prisa; por la tarde; según el periódico; en verano;
con un poco de suerte; como siempre; después de la cena; para sorpresa de todos; por la mañana
""")
ENDINGS = phrases("""
sin decir nada; con los demás; a pesar del frío; durante las vacaciones; antes del amanecer;
con mucho gusto; a veces; por costumbre; en los días de fiesta; bajo la lluvia
""")


def rows(rng: random.Random) -> list[Row]:
    """One sentence in each of three tenses, grouped by the verb."""
    return [row for verb in VERBS for row in _of_verb(rng, verb)]


def _of_verb(rng: random.Random, verb: SpanishVerb) -> list[Row]:
    triples: dict[str, list[Row]] = {}
    while len(triples) < TRIPLES_PER_VERB:
        number = rng.randrange(2)
        frame = _frame(rng, number, rng.choice(verb.complements))
        triples[frame] = [
            {"text": _sentence(frame, forms[number]), "label": tense, "group": verb.infinitive}
            for tense, forms in verb.forms.items()
        ]
    return [row for triple in triples.values() for row in triple]


def _frame(rng: random.Random, number: int, complement: str) -> str:
    opening = f"{rng.choice(OPENINGS)}, " if rng.random() < 0.4 else ""
    clause = rng.choice(CLAUSES).split("|")[number] if rng.random() < 0.6 else ""
    subject = rng.choice((SINGULAR, PLURAL)[number]) + (f", {clause}," if clause else "")
    ending = f" {rng.choice(ENDINGS)}" if rng.random() < 0.5 else ""
    return f"{opening}{subject} {{verb}} {complement}{ending}."


def _sentence(frame: str, verb: str) -> str:
    text = frame.format(verb=verb)
    return text[:1].upper() + text[1:]
