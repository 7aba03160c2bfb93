"""Texts as a model reads them, with what it has continued them by behind them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import repeat
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from probing.engine.models.asked_of_tokens import Asked
from probing.engine.models.chat_templates import Rendered
from probing.engine.models.span_tokens import Offsets
from probing.engine.models.tokens import Tokens
from probing.token_choice import needs_places

_BROKEN = "\ufffd"  # what a part of a character is decoded to
_SAYS = "assistant"


@dataclass(frozen=True)
class Continued:
    """Tokens of texts, and the characters that they stand for.

    `texts` are as the tokenizer got them, `chats` whose turns stand where in them, None where
    they are plain; `generated` `[n_tokens]` are the tokens that the model added.
    """

    tokens: Tokens
    texts: Sequence[str]
    chats: Sequence[Rendered] | None
    offsets: Offsets
    generated: NDArray[np.bool_]

    def by(self, tokenizer: Any, asked: Asked) -> Continued:
        """The same with the continuations that are asked for behind the texts.

        In a conversation they are the assistant's. The tokens of the texts stay what they are.
        """
        behind = asked.continuations
        assert behind is not None
        n_new = torch.tensor(behind.lengths, dtype=torch.int64)
        owners = torch.arange(len(n_new))
        order = torch.cat(
            [owners.repeat_interleave(self.tokens.lengths), owners.repeat_interleave(n_new)]
        ).argsort(stable=True)
        new = torch.tensor([one for own in behind.ids for one in own], dtype=torch.int32)
        special = torch.isin(new, torch.tensor(tokenizer.all_special_ids, dtype=torch.int32))
        tokens = Tokens(
            torch.cat([self.tokens.ids, new])[order],
            torch.cat([self.tokens.specials, special])[order],
            self.tokens.lengths + n_new,
            self.tokens.truncated,
        )
        generated = np.concatenate([self.generated, np.ones(len(new), np.bool_)])[order.numpy()]
        offsets = self.offsets
        if asked.needs_offsets:
            offsets = self._offsets(tokenizer, asked, order.numpy())
        texts = [text + more for text, more in zip(self.texts, behind.texts, strict=True)]
        offsets = replace(offsets, lengths=tokens.lengths.numpy())
        return Continued(tokens, texts, self._chats(behind.texts), offsets, generated)

    def _offsets(self, tokenizer: Any, asked: Asked, order: NDArray[np.int64]) -> Offsets:
        """The characters of all tokens; no continuation goes on a character of its text.

        Where no pattern is looked for, a generated token has all that is said.
        """
        behind = asked.continuations
        assert behind is not None
        is_sought = any(map(needs_places, asked.choices))
        said = zip(self.texts, behind.ids, behind.texts, strict=True)
        places = [
            (len(text) + start, len(text) + end)
            for text, own, more in said
            for start, end in (
                spelt(tokenizer, own) if is_sought else repeat((0, len(more)), len(own))
            )
        ]
        new = np.array(places, dtype=np.int64).reshape(-1, 2)
        characters = np.concatenate([self.offsets.characters, new])[order]
        specials = np.concatenate([self.offsets.specials, np.zeros(len(new), np.bool_)])[order]
        return replace(self.offsets, characters=characters, specials=specials)

    def _chats(self, more: Sequence[str]) -> list[Rendered] | None:
        """The conversations with one more turn each."""
        if self.chats is None:
            return None
        return [
            Rendered(
                chat.text + said,
                (*chat.places, (_SAYS, -1, len(chat.text), len(chat.text) + len(said))),
            )
            for chat, said in zip(self.chats, more, strict=True)
        ]


def as_text(tokenizer: Any, ids: Sequence[int]) -> str:
    """Tokens as text, special ones as they are spelt, with the space before the first of them."""
    return spaced(
        tokenizer, ids, str(tokenizer.decode(list(ids), clean_up_tokenization_spaces=False))
    )


def spaced(tokenizer: Any, ids: Sequence[int], written: str) -> str:
    """What tokens are `written` as, with the space before it that some decoders take off."""
    first = str(tokenizer.convert_ids_to_tokens(ids[0])) if ids else ""
    has_space = first.startswith(("▁", "Ġ")) and not written.startswith(" ")
    return f" {written}" if has_space else written


def spelt(tokenizer: Any, ids: Sequence[int]) -> Iterator[tuple[int, int]]:
    """From where to where each token stands in the text that all of them are.

    Tokens that are parts of one character have all of it.
    """
    whole = [as_text(tokenizer, ids[:n]) for n in range(len(ids) + 1)]
    known = [len(one.rstrip(_BROKEN)) for one in whole[:-1]] + [len(whole[-1])]
    ends = np.maximum.accumulate(np.array(known, dtype=np.int64)).tolist()
    for at, start in enumerate(ends[:-1]):
        end = ends[at + 1]
        if whole[at + 1].endswith(_BROKEN):  # it begins a character that a later one ends
            end = next((later for later in ends[at + 2 :] if later > end), end)
        yield start, end
