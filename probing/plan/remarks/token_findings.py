"""What a model's tokenizer makes of the texts of a dataset: cut, or unknown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from probing.audit import Finding, short
from probing.plan.token_counts import count_tokens, longest_text

if TYPE_CHECKING:
    from probing.plan.types import PlannedPass
    from probing.spec import Spec

CUT, UNKNOWN = 0.01, 0.01  # shares of texts, of tokens
TEXTS_CUT = "texts_cut"


def token_findings(one: PlannedPass, spec: Spec) -> tuple[Finding, ...]:
    """Findings on a model and a dataset, from a sample of its texts; none without its tokenizer."""
    return tuple(_findings(one, spec))


def _findings(one: PlannedPass, spec: Spec) -> Iterator[Finding]:
    facts, count = one.dataset.facts, count_tokens(one, spec)
    n_texts = facts.n_texts if facts.n_spans else facts.n_rows
    if count.cut >= CUT:
        longest = longest_text(one)
        yield Finding(
            TEXTS_CUT,
            "warning",
            f"texts cut: {short(count.cut)} of the texts have more than {longest:,} tokens",
            round(count.cut * n_texts),
            hint="the model does not read the rest of them; shorten them, or raise max_length",
        )
    if count.unknown >= UNKNOWN:
        yield Finding(
            "unknown_tokens",
            "warning",
            f"unknown tokens: {short(count.unknown)} of the tokens are not in the vocabulary",
            round(count.unknown * count.n_tokens),
            hint="the model cannot tell what stands there; use one for this language or script",
        )
