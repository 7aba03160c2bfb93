"""The tokens of texts as they are written."""

from __future__ import annotations

from probing.engine.models.continued_texts import spaced
from probing.engine.models.distinct_texts import DistinctTexts
from probing.engine.models.lm import LMModel


def token_names(model: LMModel, texts: DistinctTexts) -> list[tuple[str, ...]]:
    """Of each row its tokens, special and generated ones too, each with the space before it."""
    different = [texts.texts[row] for row in texts.rows.tolist()]
    asked = texts.asked(slice(0, len(different)))
    tokens = model.tokenise(different, texts.rows.tolist(), asked)
    names = [spelt(model.tokenizer, token) for token in tokens.ids.tolist()]
    found, at = list[tuple[str, ...]](), 0
    for length in tokens.lengths.tolist():
        found.append(tuple(names[at : at + length]))
        at += length
    return [found[place] for place in texts.text_at.tolist()]


def spelt(tokenizer: object, token: int) -> str:
    """A token as text, with the space before it, as its tokenizer writes spaces."""
    name = tokenizer.convert_ids_to_tokens(token)  # type: ignore[attr-defined]
    written = str(tokenizer.convert_tokens_to_string([name]))  # type: ignore[attr-defined]
    return spaced(tokenizer, [token], written)
