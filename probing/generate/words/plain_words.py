"""Words for plain sentences, by topic; no topic is tied to a length."""

from __future__ import annotations

from dataclasses import dataclass

from probing.generate.rows import phrases


@dataclass(frozen=True)
class Topic:
    """Doers, things, past-tense verbs that take a thing, adjectives and places of one topic."""

    doers: list[str]
    things: list[str]
    verbs: list[str]
    adjectives: list[str]
    places: list[str]


def _topic(doers: str, things: str, verbs: str, adjectives: str, places: str) -> Topic:
    return Topic(*(phrases(words) for words in (doers, things, verbs, adjectives, places)))


TOPICS = (
    _topic(
        "sailor; fisherman; captain; pilot; diver; harbour master",
        "boat; net; rope; anchor; lantern; sail; compass; chart",
        "repaired; lost; found; cleaned; borrowed; lowered; sold; checked",
        "wet; rusty; heavy; old; broken; long; new; grey",
        "on the quay; near the lighthouse; in the bay; beyond the reef; by the pier; at sea",
    ),
    _topic(
        "cook; waiter; baker; guest; butcher; kitchen maid",
        "soup; loaf; cake; pan; bottle; dish; knife; pie",
        "tasted; carried; burned; ordered; praised; dropped; washed; prepared",
        "fresh; sweet; warm; spicy; large; cold; empty; salty",
        "in the kitchen; at the counter; by the oven; in the cellar; on the terrace; at the table",
    ),
    _topic(
        "teacher; pupil; librarian; inspector; professor; caretaker",
        "book; map; essay; chair; globe; lesson; drawing; window",
        "forgot; finished; opened; described; hid; admired; replaced; copied",
        "difficult; blue; thick; boring; clever; wooden; short; dusty",
        "in the library; in the corridor; at the desk; on the stairs; behind the gym; at school",
    ),
    _topic(
        "farmer; shepherd; gardener; vet; miller; hired hand",
        "fence; horse; plough; barn; tractor; hedge; cart; field",
        "sold; painted; watched; fixed; bought; crossed; guarded; measured",
        "muddy; green; strong; wild; narrow; young; steep; red",
        "on the hill; along the river; behind the mill; in the orchard; near the wood; at dawn",
    ),
    _topic(
        "doctor; nurse; patient; surgeon; chemist; porter",
        "bandage; report; mask; needle; bed; tray; file; bell",
        "ordered; examined; carried; misplaced; noticed; signed; moved; counted",
        "clean; small; urgent; white; missing; plain; sharp; strange",
        "in the ward; at the clinic; by the lift; in the hall; during the night; near the entrance",
    ),
    _topic(
        "singer; drummer; dancer; critic; conductor; stage hand",
        "song; violin; curtain; costume; drum; ticket; stage; melody",
        "loved; tuned; ruined; heard; discovered; recorded; rejected; chose",
        "quiet; bright; famous; lively; silver; sad; expensive; curious",
        "in the theatre; after the show; at the rehearsal; in the front row; behind the scenes",
    ),
)

ADVERBS = phrases(
    "slowly; quickly; carefully; finally; secretly; suddenly; calmly; proudly; once; soon"
)
TIMES = phrases("""
yesterday; last week; in the morning; on Friday; before noon; after the storm; in late autumn;
at the end of the day; during a long pause; two days later; in those years; without a word;
with great care; for the first time; in spite of the rain; to everyone's delight
""")
RELATIVES = phrases("""
who came from the north; who never said much; who had arrived late; who liked to talk;
who was known for good manners; who had lived abroad for years; who wanted to go home
""")
