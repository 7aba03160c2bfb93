"""The outcomes of the sweep as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version

from benchmarks.architectures.sweep import Outcome

BEGIN = "<!-- made by: python -m benchmarks.architectures --write docs/models.md -->"
END = "<!-- end -->"


def table(outcomes: Sequence[Outcome]) -> str:
    """What was tried, with the version of transformers: families that agree, others, untried."""
    agree = [one for one in outcomes if one.agrees]
    rest = [one for one in outcomes if not one.agrees and not one.untried]
    untried = [one for one in outcomes if one.untried]
    worst = max((one.difference or 0.0 for one in agree), default=0.0)
    lines = [
        f"transformers {version('transformers')}, torch {version('torch').partition('+')[0]}: "
        f"{len(agree)} families agree with transformers to {worst:.0e} of a vector's length, "
        f"{len(rest)} do not, {len(untried)} were not tried.",
        "",
        "| family | difference | batches | attn | mlp | note |",
        "| --- | --- | --- | --- | --- | --- |",
        *map(_row, [*agree, *rest]),
        "",
        "Not tried, since no tiny model of random weights was made that reads text alone: "
        + ", ".join(f"`{one.family}`" for one in untried)
        + ".",
    ]
    return "\n".join(lines)


def replaced(page: str, made: str) -> str:
    """`page` with `made` between its marks."""
    before, _, rest = page.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n{made}\n{END}{after}"


def _row(one: Outcome) -> str:
    number = "" if one.difference is None else f"{one.difference:.0e}"
    cells = (f"`{one.family}`", number, one.layout, one.attn, one.mlp, one.note)
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"
