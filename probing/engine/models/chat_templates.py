"""Conversations by a tokenizer's own chat template, and where each turn stands in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from probing.errors import DatasetError, ModelError, in_one_line

Turn = tuple[str, int, int]
_MARK = "\ue000{}\ue001"  # of the private use area: no text has it but by accident


@dataclass(frozen=True)
class Rendered:
    """A conversation as the model reads it.

    `places` are, for each turn, its role, where its content begins in the text that it was made
    of, and from where to where it stands here.
    """

    text: str
    places: tuple[tuple[str, int, int, int], ...]

    def moved(self, at: int, *, is_end: bool) -> int:
        """Where the character `at` of the text stands here; -1 where it is between turns."""
        for _, origin, start, end in self.places:
            if origin <= at < origin + (end - start) or (is_end and at == origin + (end - start)):
                return start + at - origin
        return -1


def check_chat_template(tokenizer: Any) -> None:
    """Raise `ModelError` for a tokenizer without a chat template."""
    if not getattr(tokenizer, "chat_template", None):
        raise ModelError(
            "its tokenizer has no chat template",
            where=str(tokenizer.name_or_path),
            hint='template = "chat" needs one: name a model that was trained on chats, or write '
            "the turns into template",
        )


def rendered(tokenizer: Any, text: str, turns: Sequence[Turn], prompt: bool, row: int) -> Rendered:
    """The conversation that a text is, by its turns; with `prompt` the assistant's is opened.

    Raises `DatasetError` naming the `row` (from 0) where the template refuses its turns.
    """
    contents = [text[start:end] for _, start, end in turns]
    roles = [role for role, _, _ in turns]
    whole = _applied(tokenizer, roles, contents, prompt, row)
    marks = [_MARK.format(at) for at in range(len(turns))]
    frame = _applied(tokenizer, roles, marks, prompt, row)
    # most templates strip what is said
    for said in (contents, [content.strip() for content in contents]):
        places = _places(frame, marks, said)
        if places is not None and _filled(frame, marks, said) == whole:
            origins = [
                start + content.find(part)
                for (_, start, _), content, part in zip(turns, contents, said, strict=True)
            ]
            both = zip(roles, origins, places, strict=True)
            return Rendered(whole, tuple((role, at, *place) for role, at, place in both))
    return Rendered(whole, tuple(_searched(whole, text, turns, row)))


def _applied(
    tokenizer: Any, roles: Sequence[str], contents: Sequence[str], prompt: bool, row: int
) -> str:
    pairs = zip(roles, contents, strict=True)
    messages = [{"role": role, "content": content} for role, content in pairs]
    try:
        made = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=prompt)
    except Exception as error:  # a template is code of the tokenizer, and refuses as it likes
        what = f"the chat template refuses turns of {', '.join(roles)}: {in_one_line(error, 100)}"
        hint = "give turns that it knows; some have no system prompt"
        raise DatasetError(what, where=f"text {row + 1}", hint=hint) from None
    return str(made)


def _places(frame: str, marks: Sequence[str], said: Sequence[str]) -> list[tuple[int, int]] | None:
    """Where each content stands once it takes the place of its mark, if each has one."""
    places, moved, last = [], 0, 0
    for mark, content in zip(marks, said, strict=True):
        at = frame.find(mark, last)
        if at < 0 or frame.count(mark) != 1:
            return None
        places.append((at + moved, at + moved + len(content)))
        moved += len(content) - len(mark)
        last = at
    return places


def _filled(frame: str, marks: Sequence[str], said: Sequence[str]) -> str:
    for mark, content in zip(marks, said, strict=True):
        frame = frame.replace(mark, content)
    return frame


def _searched(
    whole: str, text: str, turns: Sequence[Turn], row: int
) -> list[tuple[str, int, int, int]]:
    """Where the contents stand one after another, in a template that depends on them."""
    found, last = [], 0
    for role, start, end in turns:
        content = text[start:end].strip()
        at = whole.find(content, last)
        if at < 0:
            what = f"the chat template changes what the {role} says, so its tokens are not known"
            raise DatasetError(what, where=f"text {row + 1}", hint="give the turn in another form")
        found.append((role, start + text[start:end].find(content), at, at + len(content)))
        last = at + len(content)
    return found
