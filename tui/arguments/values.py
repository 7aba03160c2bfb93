"""Values of options, read from their text."""

from __future__ import annotations

import argparse
import json
import math


def choices(text: str) -> tuple[str, ...]:
    """The parts between commas, with their spaces, which tokens have too."""
    found = tuple(part for part in text.split(",") if part)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} names no choice")
    return found


def methods(text: str) -> tuple[str, ...]:
    """Erasers, each once."""
    found = tuple(dict.fromkeys(part.strip() for part in text.split(",")))
    for one in found:
        if one not in ("leace", "mean"):
            raise argparse.ArgumentTypeError(f"{one!r} is no eraser: use leace, mean, or both")
    return found


def numbers(text: str) -> tuple[float, ...]:
    """Numbers between commas, each once."""
    return tuple(dict.fromkeys(a_number(part) for part in text.split(",")))


def a_number(text: str) -> float:
    """A finite number."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number")
    return number


def a_distance(text: str) -> float:
    """A number above 0."""
    distance = a_number(text)
    if distance <= 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not above 0")
    return distance


def a_count(text: str) -> int:
    """A whole number, 0 or more."""
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)


def a_port(text: str) -> int:
    """A port of this machine; 0 leaves the choice to it."""
    port = a_count(text)
    if port > 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port: at most 65535")
    return port


def a_cluster(text: str) -> str:
    """The key of a spec that means the cluster of Ray at an address."""
    return f"engine={{ray={json.dumps(text, ensure_ascii=False)}}}"


def workers(text: str) -> str:
    """The key of a spec that means so many workers."""
    return f"workers={a_count(text)}"
