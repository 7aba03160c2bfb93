"""What is judged, and the words that praise or damn it."""

from __future__ import annotations

from dataclasses import dataclass

from probing.generate.rows import phrases


@dataclass(frozen=True)
class Domain:
    """A kind of thing to judge: its names, its parts, and words for and against it."""

    names: list[str]
    parts: list[str]
    good: list[str]
    bad: list[str]


def _domain(names: str, parts: str, good: str, bad: str) -> Domain:
    return Domain(phrases(names), phrases(parts), phrases(good), phrases(bad))


DOMAINS = (
    _domain(
        "the film; the sequel; the documentary; the comedy; the thriller",
        "the acting; the plot; the ending; the camera work; the dialogue; the pacing",
        "gripping; moving; clever; thrilling; original; witty; convincing; beautiful",
        "dull; predictable; clumsy; tedious; shallow; silly; unconvincing; lifeless",
    ),
    _domain(
        "the restaurant; the bistro; the new diner; the café; the canteen",
        "the food; the service; the soup; the main course; the dessert; the wine",
        "excellent; first-rate; memorable; impressive; generous; lovely; outstanding; inviting",
        "bland; awful; second-rate; forgettable; disappointing; stingy; revolting; uninspired",
    ),
    _domain(
        "the hotel; the guest house; the hostel; the resort; the campsite",
        "the room; the breakfast; the bathroom; the garden; the bed; the lobby",
        "comfortable; clean; charming; cosy; spotless; welcoming; peaceful; pleasant",
        "uncomfortable; dirty; shabby; gloomy; filthy; unwelcoming; noisy; dreadful",
    ),
    _domain(
        "the novel; the memoir; the biography; the essay; the textbook",
        "the opening; the style; the main character; the last chapter; the argument; the humour",
        "absorbing; elegant; insightful; fascinating; touching; lively; brilliant; rewarding",
        "boring; wooden; superficial; tiresome; pretentious; confusing; banal; pointless",
    ),
    _domain(
        "the phone; the laptop; the camera; the printer; the tablet",
        "the battery; the screen; the keyboard; the software; the sound; the design",
        "reliable; fast; sturdy; handy; superb; practical; sleek; responsive",
        "unreliable; slow; flimsy; useless; terrible; impractical; ugly; sluggish",
    ),
    _domain(
        "the concert; the album; the opera; the recital; the festival",
        "the singing; the sound; the orchestra; the first half; the lighting; the final song",
        "wonderful; stirring; enchanting; powerful; delightful; energetic; magical; stunning",
        "horrible; tuneless; irritating; feeble; painful; listless; embarrassing; mediocre",
    ),
    _domain(
        "the course; the lecture; the workshop; the seminar; the training",
        "the teaching; the material; the feedback; the pace; the handout; the exercise",
        "helpful; inspiring; clear; useful; stimulating; enjoyable; well organised; motivating",
        "unhelpful; dreary; muddled; worthless; monotonous; frustrating; chaotic; exhausting",
    ),
    _domain(
        "the journey; the train ride; the ferry; the flight; the bus tour",
        "the seat; the crew; the timetable; the boarding; the scenery; the cabin",
        "smooth; relaxing; punctual; splendid; pleasing; marvellous; efficient; great",
        "bumpy; stressful; late; miserable; annoying; cramped; inefficient; bad",
    ),
)

PEOPLE = phrases(
    "my sister; everyone; the critics; a colleague; my neighbours; the leaflet; my friends"
)
OPENINGS = (
    phrases("""
honestly,; overall,; to be fair,; this time,; in my view,; looking back,; all in all,;
as far as I am concerned,
""")
    + [""] * 6
)
TAILS = [""] * 8 + phrases("""
from start to finish; for me; on the whole; in the end; all things considered;
for all of us
""")
