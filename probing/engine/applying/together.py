"""Many probes of one model in one pass."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from probing.engine.applying.answers import Answers
from probing.engine.applying.probe import Probe, TokenScores
from probing.engine.applying.score_sink import ScoreSink
from probing.engine.classifiers.heads import SideBySide
from probing.engine.classifiers.heads.token_texts import TextsSideBySide, TokenTexts
from probing.engine.extraction import PassProgress, continue_texts, extract
from probing.engine.models import DistinctTexts, LMModel
from probing.engine.models.token_names import token_names
from probing.errors import ProbeError
from probing.spec import PoolerSpec

Numbers = NDArray[np.float64]
Tell = Callable[[PassProgress], None]


@dataclass(frozen=True)
class _Placed:
    """The probes that read at one place, as numbers among all."""

    probes: tuple[int, ...]
    head: SideBySide | TextsSideBySide


class ProbesTogether:
    """Applies `probes`, all of `model` and of one template, to texts.

    Where they were trained on what the model generated, it continues the texts first. Raises
    `ProbeError` where they were trained in different templates, or on parts of texts.
    """

    def __init__(self, probes: Sequence[Probe], model: LMModel) -> None:
        self.probes, self.model = probes, model
        wordings = {probe.wording for probe in probes}
        if len(wordings) > 1:
            what = "were trained on texts in different templates, or continued differently"
            raise ProbeError(f"the probes {what}", hint="apply them one after another")
        self.wording = probes[0].wording
        if self.wording.generate and not model.has_head:
            what = "reads generated tokens, and the model was loaded without its head"
            raise ProbeError(what, where=probes[0].card.name, hint="give the model with its head")

    def answers(self, texts: Sequence[str], tell: Tell | None = None) -> list[Answers]:
        """What each probe says of the texts."""
        for probe in self.probes:
            _check_whole_texts(probe)
        read = self._read(texts)
        outputs = self._outputs(read, [probe.pooler for probe in self.probes], tell)
        return self._of_texts(outputs)

    def token_answers(
        self, texts: Sequence[str], tell: Tell | None = None
    ) -> list[list[TokenScores]]:
        """What each probe says of every token of the texts."""
        read = self._read(texts)
        outputs = self._outputs(read, [probe.token_pooler for probe in self.probes], tell)
        return self._of_tokens(outputs, read)

    def answers_and_token_answers(
        self, texts: Sequence[str]
    ) -> tuple[list[Answers], list[list[TokenScores]]]:
        """What each probe says of the texts and of every token of them, in one pass.

        Of probes that were trained on parts of texts there are none of the texts.
        """
        read, every = self._read(texts), [probe.token_pooler for probe in self.probes]
        if any(map(_marks, self.probes)):
            return [], self._of_tokens(self._outputs(read, every, None), read)
        own = [probe.pooler for probe in self.probes]
        outputs = self._outputs(read, [*own, *every], None)
        n = len(own)
        return self._of_texts(outputs[:n]), self._of_tokens(outputs[n:], read)

    def _of_texts(self, outputs: Sequence[Numbers | list[Numbers]]) -> list[Answers]:
        return [
            probe.answers_of(np.asarray(own))
            for probe, own in zip(self.probes, outputs, strict=True)
        ]

    def _of_tokens(
        self, outputs: Sequence[Numbers | list[Numbers]], read: DistinctTexts
    ) -> list[list[TokenScores]]:
        names = token_names(self.model, read)
        ends = np.cumsum([len(one) for one in names]).tolist()
        return [
            [
                TokenScores(own, told.part(end - len(own), end))
                for own, end in zip(names, ends, strict=True)
            ]
            for probe, of_texts in zip(self.probes, outputs, strict=True)
            for told in [probe.answers_of(np.concatenate(of_texts))]
        ]

    def _read(self, texts: Sequence[str]) -> DistinctTexts:
        """The texts as the model reads them, with what it continues them by."""
        worded, chats = self.wording(texts)
        rows = DistinctTexts(worded, None, chats, self.wording.generate)
        if not rows.generate:
            return rows
        return rows.continued(continue_texts(self.model, rows))

    def _outputs(
        self, read: DistinctTexts, poolers: Sequence[PoolerSpec], tell: Tell | None
    ) -> list[Numbers | list[Numbers]]:
        # each pooler is of a probe, and where there are more, of the probes again
        probes = [*self.probes] * (len(poolers) // len(self.probes))
        placed = _placed(probes, poolers)
        sink = ScoreSink({spec: one.head for spec, one in placed.items()})
        extract(
            self.model,
            read.texts,
            list(placed),
            chats=read.chats,
            generate=read.generate,
            continuations=read.continuations,
            sink=sink,
            on_progress=tell,
        )
        found: list[Numbers | list[Numbers]] = [[] for _ in poolers]
        for spec, one in placed.items():
            held = sink.outputs[spec]
            for place, number in enumerate(one.probes):
                columns = one.head.columns[place]
                if isinstance(held, list):
                    found[number] = [own[:, columns] for own in held]
                else:
                    found[number] = held[:, columns]
        return found


def _placed(probes: Sequence[Probe], poolers: Sequence[PoolerSpec]) -> dict[PoolerSpec, _Placed]:
    """The probes by what they read, each place once."""
    numbers: dict[PoolerSpec, list[int]] = defaultdict(list)
    for number, pooler in enumerate(poolers):
        numbers[pooler].append(number)
    return {
        pooler: _Placed(tuple(own), _side_by_side([probes[at] for at in own]))
        for pooler, own in numbers.items()
    }


def _side_by_side(probes: Sequence[Probe]) -> SideBySide | TextsSideBySide:
    heads, widths = [one.head for one in probes], [one.card.n_outputs for one in probes]
    of_texts = [head for head in heads if isinstance(head, TokenTexts)]
    if of_texts:
        return TextsSideBySide(of_texts, widths)
    return SideBySide(heads, widths)


def _marks(probe: Probe) -> list[str]:
    """What says that a probe was trained on parts of texts."""
    entry = probe.card.dataset.entry
    marks = [key for key in ("spans", "position") if entry.get(key)]
    return marks + (['level = "word"'] if entry.get("level") == "word" else [])


def _check_whole_texts(probe: Probe) -> None:
    marks = _marks(probe)
    if marks and not probe.as_is:
        what = f"was trained on parts of texts ({marks[0]}), not on whole ones"
        raise ProbeError(what, where=probe.card.name, hint="ask for the scores of tokens")
