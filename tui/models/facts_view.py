"""What is known of a model, in lines: its configuration, what it takes, its modules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.text import Text

from probing.catalog import ModelFacts
from probing.errors import ProbingError
from tui.models.needs import Needs, needs_lines
from tui.texts.errors import error_text
from tui.texts.facts.model_facts import facts_lines
from tui.texts.facts.module_lines import module_lines
from tui.texts.sanitiser import clean

ASK = "Press Enter to load it and find the module of each site."
LOADING = "loading the model to find the module of each site …"


def facts_text(
    name: str,
    facts: ModelFacts,
    where: str,
    needs: Needs | None,
    modules: Mapping[str, Any] | ProbingError | str,
) -> Text:
    """All that is known of a model; `modules` are told, or why there are none."""
    text = Text()
    text.append(f"{clean(name)}\n", style="bold")
    text.append(f"{clean(where)}\n\n")
    _table(text, "configuration", [*facts_lines(facts), *_more(facts)])
    _table(text, "what it takes", [("", "…")] if needs is None else needs_lines(needs))
    text.append("sites\n", style="bold")
    if isinstance(modules, ProbingError):
        text.append(f"  ✗ {clean(error_text(modules))}\n")
    elif isinstance(modules, str):
        text.append(f"  {modules}\n")
    else:
        for line in module_lines(modules):
            text.append(f"  {line}\n")
    return text


def _table(text: Text, title: str, rows: Iterable[tuple[str, str]]) -> None:
    text.append(f"{title}\n", style="bold")
    for name, value in rows:
        text.append(f"  {name:<12}", style="dim").append(f"{clean(value)}\n")
    text.append("\n")


def _more(facts: ModelFacts) -> list[tuple[str, str]]:
    reads = "left to right: it predicts the next token" if facts.is_causal else "both directions"
    rows = [("reads", reads)]
    if facts.block.n_experts > 1:
        rows.append(("experts", f"{facts.block.n_met} of {facts.block.n_experts} for a token"))
    if facts.base_folder is not None:
        rows.append(("adapter of", str(facts.base_folder)))
    return rows
