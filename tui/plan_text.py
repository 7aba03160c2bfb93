"""A plan in one line: cells, passes, memory and time, as a reader says them."""

from __future__ import annotations

from probing.plan import Plan


def duration(seconds: float) -> str:
    """Seconds as a reader says them: `40 s`, `12 min`, `3 h 20 min`, `2 days`."""
    if seconds < 90:
        return f"{max(5, round(seconds / 5) * 5)} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{round(hours / 24)} days"


def counted(number: int, noun: str) -> str:
    """`1 pass`, `2 passes`, `39 cells`, `12,000 cells`."""
    ending = "" if number == 1 else "es" if noun.endswith("s") else "s"
    return f"{number:,} {noun}{ending}"


def memory(gib: float) -> str:
    """Memory as a reader says it: `0.9 GiB`, `40 MiB`."""
    return f"{gib:.1f} GiB" if gib >= 0.1 else f"{max(1, round(gib * 1024))} MiB"


def plan_text(plan: Plan) -> str:
    """What will run, in one line."""
    cost = plan.cost
    parts = [
        counted(cost.n_cells, "cell"),
        counted(cost.n_passes, "pass"),
        memory(cost.memory_gib),
        f"about {duration(cost.total_s)}",
    ]
    return ", ".join(parts)
