"""The controls, as a static table: what each is made of, and for what it is computed once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["labels", "features", "pass", "texts"]


@dataclass(frozen=True)
class Control:
    """A control: what a claim about a probe must beat.

    `kind` is what is put in the place of the task's own. `labels`: the same fits, to another
    labelling of the texts. `features`: the same labels, with other features made of those of the
    layer. `pass`: the same labels, with the features of another forward pass. `texts`: no
    activations, so one cell serves all layers, poolers and sites; `parts` are the parts of a cell
    that it has beside its dataset, the others being empty, and `generated_parts` those where
    models continue the texts; one that is `late` takes long, and comes after the first curves.
    """

    name: str
    kind: Kind
    summary: str
    parts: tuple[str, ...] = ()
    late: bool = False
    generated_parts: tuple[str, ...] = ()

    def parts_where(self, *, generated: bool) -> tuple[str, ...]:
        """The parts that it has beside its dataset, of texts that models continue or not."""
        return (*self.parts, *(self.generated_parts if generated else ()))


CONTROLS: dict[str, Control] = {
    control.name: control
    for control in (
        Control(
            "majority",
            "texts",
            "the most frequent class of the training part, or its mean",
            ("classifier",),
        ),
        Control("shuffled_labels", "labels", "the labels permuted among the texts"),
        Control("control_task", "labels", "a random label for each type of token that is read"),
        Control(
            "random_direction",
            "features",
            "the classifier on the projection on one random direction",
        ),
        Control("untrained", "pass", "the same architecture with random weights"),
        Control(
            "bag_of_words",
            "texts",
            "logistic or ridge regression on the words and characters of the texts",
            late=True,
            generated_parts=("model",),
        ),
        Control(
            "length",
            "texts",
            "the classifier on the numbers of tokens and characters alone",
            ("model", "classifier"),
        ),
    )
}
EVERY = "all"
DEFAULT_CONTROLS = ("majority", "shuffled_labels")


def named_controls(given: Sequence[str] | str) -> tuple[str, ...]:
    """The controls that a spec names: "all" are all."""
    if given == EVERY:
        return tuple(CONTROLS)
    return (given,) if isinstance(given, str) else tuple(given)


def role_of(control: str) -> str:
    """The labelling that a control is fitted to: its own, or the task's, which is empty."""
    return control if control and CONTROLS[control].kind == "labels" else ""


def is_of(control: Sequence[str | None], task: Sequence[str | None]) -> bool:
    """Whether a control with these parts of a cell stands beside a task with those.

    An empty part of a control is for every one.
    """
    return all(not own or own == other for own, other in zip(control, task, strict=True))
