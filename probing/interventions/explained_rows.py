"""From what a direction is near to, to rows: class means by layer, texts and tokens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from probing.interventions.conditions import RANDOM
from probing.interventions.means import mean_of
from probing.interventions.requests import Explain
from probing.interventions.rows import frame_of, told
from probing.interventions.separation import separation_of

Values = Mapping[str, Any]
VOCABULARY, DATASET = "vocabulary", "dataset"  # the units of an explanation
SIDES = ("highest", "lowest")
# whether the probe that scores a text was fitted to it
HELD_OUT, IN_SAMPLE, OTHER = "held out", "in sample", "of another dataset"
TEXTS = {
    HELD_OUT: "held out, each by its fold",
    IN_SAMPLE: "those that the probe was fitted to",
    OTHER: "those of another dataset",
}


@dataclass(frozen=True)
class Explained:
    """The units that are done: of the vocabulary, where the model has a head, and the dataset."""

    request: Explain
    done: Mapping[str, Values]
    facts: Mapping[str, Any]  # of every row: probe, model and site

    def frames(self) -> dict[str, pl.DataFrame]:
        """What is written of it, by the name of the file."""
        return {"rows": self.rows(), "near": self.near()}

    def rows(self) -> pl.DataFrame:
        """A row for each class and layer, along the direction and along each random one."""
        return frame_of(row for row in self._rows())

    def near(self) -> pl.DataFrame:
        """A row for each token of the vocabulary, text and token in a text that is shown.

        `source` says whether a score is of a probe that was fitted to the text.
        """
        found = list(self._vocabulary())
        of_dataset = self.done.get(DATASET, {})
        for side in SIDES:
            for text, score in of_dataset.get("texts", {}).get(side, ()):
                found.append(("text", side, text, "", score, self.scored))
            for token, context, score in of_dataset.get("tokens", {}).get(side, ()):
                found.append(("token", side, token, context, score, self.source))
        schema = ["what", "side", "text", "context", "value", "source"]
        return pl.DataFrame(found, schema=schema, orient="row")

    def _vocabulary(self) -> Iterator[tuple[str, str, str, str, float, str]]:
        known = self.done.get(VOCABULARY, {})
        for side in SIDES:
            for token, value in known.get(side, ()):
                yield "vocabulary", side, token, "", value, ""

    @property
    def source(self) -> str:
        """What the texts are to the probe itself."""
        return OTHER if self.request.data else IN_SAMPLE

    @property
    def scored(self) -> str:
        """Whether the scores of texts are of probes that were fitted to them."""
        return str(self.done.get(DATASET, {}).get("scored", IN_SAMPLE))

    @property
    def fitted(self) -> str:
        """Whether the projections of texts are on directions of probes fitted to them."""
        return str(self.done.get(DATASET, {}).get("fitted", IN_SAMPLE))

    @property
    def no_vocabulary(self) -> str:
        """Why no tokens of the vocabulary are named; empty where some are."""
        if VOCABULARY in self.done:
            return str(self.done[VOCABULARY].get("error", ""))
        return "the model has no unembedding; add --input-embeddings to compare with these"

    @property
    def random_vocabulary(self) -> tuple[float, float] | None:
        """The least and the largest standing of a token that any random direction gives one."""
        ends = self.done.get(VOCABULARY, {}).get("random")
        return (min(low for low, _ in ends), max(high for _, high in ends)) if ends else None

    def _rows(self) -> Iterator[dict[str, Any]]:
        known = self.done.get(DATASET)
        if known is None:
            return
        groups, classes = np.asarray(known["groups"]), _classes(known)
        random = ((RANDOM, at, one) for at, one in enumerate(known["random"]))
        draws: list[tuple[str, int | None, Any]] = [("", None, known["own"]), *random]
        for control, draw, by_layer in draws:
            for layer, values in zip(known["layers"], by_layer, strict=True):
                projected = np.asarray(values, dtype=np.float64)
                own = {"control": control, "draw": draw, "read_layer": layer}
                for name, is_in in classes.items():
                    named = {"kind": "explain", **self.facts, **own, "class": name}
                    mean = mean_of(projected[is_in], groups[is_in])
                    yield {**named, "measure": "class_mean", **told(mean)}
                    if len(classes) == 2 and name != list(classes)[1]:
                        continue  # of two the difference of one is that of the other
                    apart = separation_of(projected, is_in, groups)
                    yield {**named, "measure": "separation", **told(apart)}


def _classes(known: Values) -> dict[str, Any]:
    """Which texts are of each class; of a number those below and above its median."""
    targets = np.asarray(known["targets"])
    if known["classes"]:
        return {name: targets == at for at, name in enumerate(known["classes"])}
    middle = float(np.median(targets))
    return {"below the median": targets <= middle, "above the median": targets > middle}
