"""What a key is about, so that the help lists together what belongs together."""

from __future__ import annotations

FIND, PLOT, COMPARE, TAKE, MOVE = "Find and sort", "Plot", "Compare", "Take away", "Move"
ORDER = (FIND, COMPARE, PLOT, TAKE, MOVE)
_WORDS = {
    FIND: "filter sort sort_further reverse columns views view pivot group search more tags tag "
    "level fold drop",
    PLOT: "metric interval zoom x axis scale log_scale fit shape steps whiskers logit narrow widen "
    "before after",
    COMPARE: "pin unpin compare diff spec_diff facts predictions texts tokens",
    TAKE: "export copy rerun save load report",
    MOVE: "up down left right first last top bottom page_up page_down next previous back leave "
    "open enter detail_up detail_down",
}
_SUBJECTS = {word: subject for subject, words in _WORDS.items() for word in words.split()}


def subject_of(name: str | None) -> str:
    """The subject of the key of that id; empty where it is only of its place."""
    last = (name or "").rpartition(".")[2]
    return _SUBJECTS.get(last, _SUBJECTS.get(last.removesuffix("_back"), ""))
