"""The texts of a probe's dataset as its run tested them, those that went most wrong first."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from probing.logs import RunFolder, RunView
from probing.logs.details.tested_texts import texts_tested
from probing.logs.results.closing_tables import has_table, read_table
from probing.probes import Card
from probing.spec import CHAT

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class HeldOutText:
    """A text with its label, and what the fold that held it out made of it."""

    text: str
    target: str
    prediction: str
    score: float | None
    correct: bool | None
    far: float  # from where its prediction would change; of a number from its target

    @property
    def badness(self) -> tuple[int, float]:
        """Least for the text that went most wrong."""
        if self.correct is None:
            return 0, -self.far
        return int(self.correct), self.far if self.correct else -self.far


def held_out_texts(card_path: Path, card: Card) -> list[HeldOutText]:
    """The texts that the run of a probe tested at its layer, the worst first.

    None where the run has not ended, or kept no texts.
    """
    view = RunView(RunFolder(card_path.parent.parent))
    view.update()
    if not has_table(view, view.run.texts):
        return []
    frame = texts_tested([view], choose=lambda frame: _own(frame, card))
    texts = read_table(view, view.run.texts)
    joined = frame.join(texts, on=["dataset", "text"], how="left")
    found = [_tested(card, row) for row in joined.iter_rows(named=True) if row["content"]]
    return sorted(found, key=lambda one: one.badness)


def is_whole(card: Card) -> bool:
    """Whether the texts of the run stand in the template of the dataset already."""
    return card.dataset.wording.get("template") != CHAT


def _own(frame: pl.DataFrame, card: Card) -> pl.DataFrame:
    """The rows of the cell of a probe."""
    import polars as pl

    place, name = card.place, card.dataset.name
    trained = pl.col("trained_on").is_null() | pl.col("trained_on").is_in(["", name])
    return frame.filter(
        trained,
        (pl.col("control") == "") | pl.col("control").is_null(),
        pl.col("dataset") == name,
        pl.col("model") == card.model.name,
        pl.col("site") == place.site,
        pl.col("pooler") == place.label,
        pl.col("layer").eq_missing(pl.lit(place.layer, dtype=pl.Int64)),
        pl.col("classifier") == card.classifier.name,
    ).unique("text", keep="first", maintain_order=True)


def _tested(card: Card, row: dict[str, Any]) -> HeldOutText:
    score, target = row["score"], str(row["target"])
    told = str(row["prediction"] or ""), score
    if card.task == "regression":
        far = abs((score or 0.0) - _number(target))
        return HeldOutText(row["content"], target, *told, None, far)
    far = abs((score or 0.0) - card.decision.threshold)
    if card.task == "multiclass":
        far = row["probability"] or 0.0
    return HeldOutText(row["content"], target, *told, bool(row["correct"]), far)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
