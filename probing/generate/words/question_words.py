"""Wordings of questions by what they ask for; `{t}` a thing, `{d}` done to it, `{g}` doing it."""

from __future__ import annotations

from probing.generate.rows import phrases

THINGS = phrases("""
the old lighthouse; the village school; the stone bridge; the royal garden; the town clock;
the harbour wall; the glass pavilion; the wooden chapel; the city library; the observatory;
the paper mill; the railway station; the marble statue; the concert hall; the market square;
the salt mine; the opera house; the cable car; the botanical museum; the southern gate;
the fishing fleet; the first steam engine; the church organ; the national archive
""")
ACTIONS = (
    ("designed", "designing"), ("repaired", "repairing"), ("painted", "painting"),
    ("opened", "opening"), ("sold", "selling"), ("cleaned", "cleaning"),
    ("inspected", "inspecting"), ("photographed", "photographing"), ("restored", "restoring"),
    ("moved", "moving"), ("closed", "closing"), ("extended", "extending"),
)  # fmt: skip

WORDINGS: dict[str, tuple[str, ...]] = {
    "person": (
        "Who {d} {t}?",
        "Who was responsible for {g} {t}?",
        "What is the name of the person who {d} {t}?",
        "Which engineer {d} {t}?",
        "What was the woman called who {d} {t}?",
        "By whom was {t} {d}?",
        "Which member of the council {d} {t}?",
        "Do you know who {d} {t}?",
        "Whose idea was {g} {t}?",
        "What man is said to have {d} {t}?",
        "Tell me who {d} {t}.",
        "Which of the two brothers {d} {t} in the end?",
    ),
    "place": (
        "Where was {t} {d}?",
        "In which city was {t} {d}?",
        "What is the name of the town where {t} was {d}?",
        "Which is the country in which {t} was {d}?",
        "At what place was {t} {d}?",
        "What is the address at which {t} was {d}?",
        "Do you know where {t} was {d}?",
        "In what part of the country was {t} {d}?",
        "Which region would one visit to see {t} being {d}?",
        "Tell me where {t} was {d}.",
        "From which side of the river was {t} {d}?",
        "What do people call the spot where {t} was {d}?",
    ),
    "time": (
        "When was {t} {d}?",
        "What year was {t} {d}?",
        "In which month was {t} {d}?",
        "On what day was {t} {d}?",
        "How long ago was {t} {d}?",
        "What was the date on which {t} was {d}?",
        "Do you know when {t} was {d}?",
        "In which century was {t} {d}?",
        "At what hour was {t} {d}?",
        "Which year saw {t} {d}?",
        "Tell me when {t} was {d}.",
        "How soon after the war was {t} {d}?",
    ),
    "number": (
        "How many people {d} {t}?",
        "What number of workers {d} {t}?",
        "How much did {g} {t} cost?",
        "What was the price of {g} {t}?",
        "How often was {t} {d}?",
        "What is the number of days that {g} {t} took?",
        "What percentage of the budget went into {g} {t}?",
        "Do you know how many times {t} was {d}?",
        "Which sum was spent on {g} {t}?",
        "What was the total number of hours needed for {g} {t}?",
        "Tell me how many of them {d} {t}.",
        "How big was the team that {d} {t}?",
    ),
    "reason": (
        "Why was {t} {d}?",
        "How come {t} was {d}?",
        "For what reason was {t} {d}?",
        "What was the point of {g} {t}?",
        "What made them think of {g} {t}?",
        "What is the explanation for {g} {t}?",
        "Do you know why {t} was {d}?",
        "What did they hope to gain by {g} {t}?",
        "Which motive lay behind {g} {t}?",
        "What led to {t} being {d}?",
        "Tell me why {t} was {d}.",
        "To what end was {t} {d}?",
    ),
    "manner": (
        "How was {t} {d}?",
        "In what way was {t} {d}?",
        "What method was used for {g} {t}?",
        "By what means was {t} {d}?",
        "With which tools was {t} {d}?",
        "What is the usual way of {g} {t}?",
        "Do you know how {t} was {d}?",
        "Which technique was applied in {g} {t}?",
        "How does one go about {g} {t}?",
        "What steps were taken in {g} {t}?",
        "Tell me how {t} was {d}.",
        "How exactly did they succeed in {g} {t}?",
    ),
    "yes_no": (
        "Was {t} {d}?",
        "Has {t} ever been {d}?",
        "Is it true that {t} was {d}?",
        "Did anyone talk about {g} {t}?",
        "Does anybody remember {g} {t}?",
        "Can it be that {t} was {d}?",
        "Do you know whether {t} was {d}?",
        "Was {t} {d} or not?",
        "Could {t} have been {d} by somebody who knew why and how?",
        "Were they thinking of {g} {t}?",
        "Tell me whether {t} was {d}.",
        "Would you say that {t} was {d} when the time was right?",
    ),
}
