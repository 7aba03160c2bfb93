"""Rows of text, probe, score, prediction and probability, for texts in chunks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from probing.datasets.streams.texts import Row
from probing.engine import devices
from probing.engine.applying.answers import Answers
from probing.engine.applying.own_model import load_model
from probing.engine.applying.probe import Probe, TokenScores
from probing.engine.applying.together import ProbesTogether
from probing.probes.labels import labels_of
from probing.probes.one_model import check_one_model

Columns = dict[str, list[Any]]
Tell = Callable[[str], None]
ANSWERS = ("score", "prediction", "probability")
OF_TOKENS = ("score", "prediction")  # probabilities are calibrated on texts


class Applied:
    """Applies the probes of some cards, all of one model.

    `tokens` asks for a row for each token. Raises `ProbeError` for probes of different models,
    and whatever loading them raises.
    """

    def __init__(
        self,
        cards: Sequence[Path],
        *,
        device: str = "auto",
        dtype: str = "",
        any_model: bool = False,
        as_is: bool = False,
        tokens: bool = False,
    ) -> None:
        self.probes = [Probe.load(card, any_model=any_model, as_is=as_is) for card in cards]
        own = [probe.card for probe in self.probes]
        check_one_model(own)
        self.names = labels_of(own)
        self.wanted, self.dtype, self.any_model, self.tokens = device, dtype, any_model, tokens
        self._device: devices.Device | None = None
        for probe in self.probes if tokens else ():
            _ = probe.token_pooler  # says at once where tokens have no scores

    def load(self, tell: Tell) -> None:
        """Take the device, and load the model."""
        self._device = devices.take(self.wanted, lambda reason: tell(f"waiting: {reason}"))
        card = self.probes[0].card
        model = load_model(card, self._device.name, dtype=self.dtype, any_model=self.any_model)
        for probe in self.probes:
            probe.on(model)
        self.together = ProbesTogether(self.probes, model)

    def release(self) -> None:
        """Let others have the device."""
        if self._device is not None:
            self._device.release()

    def columns(self, rows: Sequence[Row]) -> Columns:
        """The rows of some texts, text by text; what lacks a text has no score."""
        return self._of_tokens(rows) if self.tokens else self._of_texts(rows)

    def _of_texts(self, rows: Sequence[Row]) -> Columns:
        there = [at for at, row in enumerate(rows) if not row.lacking]
        texts, n_probes = [rows[at].text for at in there], len(self.probes)
        told = [_told(one) for one in self.together.answers(texts)] if texts else []
        made: Columns = {"text": [row.text for row in rows for _ in range(n_probes)]}
        if n_probes > 1:
            made["probe"] = self.names * len(rows)
        for name in ANSWERS:
            column: list[Any] = [None] * (len(rows) * n_probes)
            for number, one in enumerate(told):
                for at, value in zip(there, one[name], strict=True):
                    column[at * n_probes + number] = value
            made[name] = column
        return made

    def _of_tokens(self, rows: Sequence[Row]) -> Columns:
        texts = [row.text for row in rows if not row.lacking]
        found = self.together.token_answers(texts) if texts else []
        made: Columns = {name: [] for name in self._token_columns}
        place = -1
        for row in rows:
            place += not row.lacking
            for number, name in enumerate(self.names):
                own = None if row.lacking else found[number][place]
                for column, values in self._of_one(row, name, own).items():
                    made[column] += values
        return made

    def _of_one(self, row: Row, name: str, own: TokenScores | None) -> Columns:
        n = 1 if own is None else len(own.tokens)
        named: Columns = {"probe": [name] * n} if len(self.probes) > 1 else {}
        empty: list[Any] = [None] * n
        where: Columns = {"token_at": empty, "token": empty}
        told: Columns = dict.fromkeys(OF_TOKENS, empty)
        if own is not None:
            where = {"token_at": [*range(n)], "token": [*own.tokens]}
            answers = _told(own.answers)
            told = {name: answers[name] for name in OF_TOKENS}
        return {"text": [row.text] * n, **named, **where, **told}

    @property
    def _token_columns(self) -> tuple[str, ...]:
        named = ("probe",) if len(self.probes) > 1 else ()
        return ("text", *named, "token_at", "token", *OF_TOKENS)


def _told(answers: Answers) -> Columns:
    shares = answers.probabilities
    none = [None] * len(answers.score)
    return {
        "score": _numbers(answers.score),
        "prediction": list(answers.predictions),
        "probability": none if shares is None else _numbers(shares),
    }


def _numbers(values: Any) -> list[float | None]:
    return [float(one) if np.isfinite(one) else None for one in values]
