"""The views of what a probe sees: their names, their keys, and how each is made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from probing.errors import ProbingError, RunError
from probing.logs import RunFolder, RunView
from tui.predictions.looked import Looked
from tui.predictions.sight import Sight
from tui.texts.names import shown_name

if TYPE_CHECKING:
    from probing.predictions.cell import Predicted
    from probing.predictions.features import KeptFeatures

Name = Literal[
    "confusion", "scores", "roc", "calibration", "predicted", "residuals", "errors", "disagree",
    "activations",
]  # fmt: skip
OF_CLASSES: tuple[Name, ...] = (
    "confusion", "scores", "roc", "calibration", "errors", "disagree", "activations",
)  # fmt: skip
OF_TEXTS = ("errors", "disagree")
OF_ONE_CLASS: tuple[Name, ...] = ("scores", "roc", "calibration")
OF_NUMBERS: tuple[Name, ...] = ("predicted", "residuals", "errors", "disagree", "activations")
TITLES: dict[Name, str] = {
    "confusion": "Confusion",
    "scores": "Scores",
    "roc": "ROC",
    "calibration": "Calibration",
    "predicted": "Predicted",
    "residuals": "Residuals",
    "errors": "Wrong",
    "disagree": "Disagree",
    "activations": "Activations",
}
MOST_READ, MOST_MADE = 4, 40  # that are held, for as many steps back
ALONE = "Nothing to compare with: pin a series in Results (space), or mark a layer here with x."


def views_of(task: str) -> tuple[Name, ...]:
    """The views that a task has."""
    return OF_NUMBERS if task == "regression" else OF_CLASSES


@dataclass(frozen=True)
class Asked:
    """What is to be seen: a view of a layer, by its place among those of the series.

    `other` is what it is compared with: a series and the place of a layer. Activations lie on
    `axes`; those of `fold` were not seen by them, by its place among the folds, None for all texts.
    `of_class` is the place of a class that stands against the rest; None is for all classes.
    """

    view: Name
    at: int
    other: tuple[Looked, int] | None = None
    axes: Literal["discriminant", "principal"] = "discriminant"
    fold: int | None = 0
    of_class: int | None = None


class Maker:
    """Makes what is seen of a series, off the event loop, and keeps what it has read."""

    def __init__(self, looked: Looked, runs: dict[str, RunFolder]) -> None:
        self.looked, self._runs = looked, runs
        self._views: dict[str, RunView] = {}
        self._read: dict[tuple[tuple[str, ...], int | None], Predicted] = {}
        self._features: KeptFeatures | None = None
        self._made: dict[Asked, Sight] = {}

    @property
    def logs(self) -> Path | None:
        """The folder of the run."""
        run = self._runs.get(self.looked.run)
        return run.path.resolve().parent if run else None

    def made(self, asked: Asked) -> Sight | None:
        """What was made before."""
        return self._made.get(asked)

    def make(self, asked: Asked) -> Sight:
        """What is asked for; where it is not to be had, a sight that says why."""
        if asked not in self._made:
            while len(self._made) >= MOST_MADE:
                del self._made[next(iter(self._made))]
            try:
                self._made[asked] = self.sight(asked)
            except ProbingError as error:
                self._made[asked] = Sight(TITLES[asked.view].lower(), why=str(error))
        return self._made[asked]

    def sight(self, asked: Asked) -> Sight:
        """What is asked for; raises a `ProbingError` where it is not to be had."""
        own, beside = self.predicted(self.looked, asked.at), self.looked.beside(asked.at)
        if name := self.class_of(asked):
            own, beside = own.against_rest(name), None
        if asked.view == "activations":
            return self._activations(own, asked)
        if asked.view == "disagree":
            return self._apart(own, asked)
        if asked.view == "errors":
            from tui.predictions.of_texts import wrong_sight

            return wrong_sight(self._view(self.looked.run), own, beside)
        if own.task == "regression":
            from tui.predictions.of_numbers import predicted_sight, residuals_sight

            of_numbers = {"predicted": predicted_sight, "residuals": residuals_sight}
            return of_numbers[asked.view](own, beside)
        from tui.predictions import of_classes
        from tui.predictions.of_rocs import roc_sight

        return {
            "confusion": of_classes.confusion_sight,
            "scores": of_classes.scores_sight,
            "roc": roc_sight,
            "calibration": of_classes.calibration_sight,
        }[asked.view](own, beside)

    def class_of(self, asked: Asked) -> str:
        """The class that stands against the rest, empty where all are shown; reads the layer."""
        if asked.of_class is None or asked.view not in OF_ONE_CLASS:
            return ""
        names = self.predicted(self.looked, asked.at).scored_classes
        return names[asked.of_class % len(names)] if names else ""

    def _apart(self, own: Predicted, asked: Asked) -> Sight:
        from tui.predictions.of_disagreement import apart_sight

        if asked.other is None or self._is_itself(asked):
            return Sight("texts on which A and B disagree", why=ALONE)
        other, at = asked.other
        second = self.predicted(other, at)
        names = told_apart((self.looked, asked.at), (other, at))
        return apart_sight(self._views, own, second, names)

    def _is_itself(self, asked: Asked) -> bool:
        """Whether B is A."""
        assert asked.other is not None
        cells = (self.looked, asked.at), asked.other
        keys = [(one.key, one.rows[at]["layer"]) for one, at in cells]
        return keys[0] == keys[1]

    def _activations(self, own: Predicted, asked: Asked) -> Sight:
        from probing.predictions.features import KeptFeatures
        from tui.predictions.of_activations import activations_sight

        if self._features is None:
            self._features = KeptFeatures(self._view(self.looked.run), self.looked.rows[0])
        folds = sorted(set(own.folds.tolist()))
        fold = None if asked.fold is None else folds[asked.fold % len(folds)]
        return activations_sight(self._features, own, asked.axes, fold)

    def predicted(self, looked: Looked, at: int) -> Predicted:
        """The predictions of a layer of a series."""
        from probing.predictions.cell import predicted

        place = looked.key, looked.rows[at]["layer"]
        if place not in self._read:
            while len(self._read) >= MOST_READ:
                del self._read[next(iter(self._read))]
            self._read[place] = predicted(self._view(looked.run), looked.rows[at])
        return self._read[place]

    def _view(self, run: str) -> RunView:
        if run not in self._views:
            if run not in self._runs:
                raise RunError("the run is not in this logs folder any more", where=run)
            view = RunView(self._runs[run])
            view.skim()
            self._views[run] = view
        return self._views[run]


def told_apart(a: tuple[Looked, int], b: tuple[Looked, int]) -> tuple[str, str]:
    """Names of two cells that say in what they differ."""
    parts = [_parts(one, at) for one, at in (a, b)]
    differ = [name for name in parts[0] if parts[0][name] != parts[1][name]]
    first, second = (" ".join(own[name] for name in differ if own[name]) for own in parts)
    return first or "itself", second or "itself"


def _parts(looked: Looked, at: int) -> dict[str, str]:
    from tui.plot.series import PARTS

    parts = {name: shown_name(value) for name, value in zip(PARTS, looked.key, strict=True)}
    return {**parts, "control": parts["control"].replace("_", " "), "layer": looked.layer(at)}


def stepped(asked: Asked, by: int, n: int) -> Asked:
    """The same of another layer, as far as there are some."""
    return replace(asked, at=min(max(asked.at + by, 0), n - 1))
