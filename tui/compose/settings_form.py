"""The settings of a spec: every key without a picker, such as folds, controls and device."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import combinations
from typing import Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Input, Static

from probing.errors import SpecError
from probing.spec import CONTROLS, DEFAULT_CONTROLS, SPLITS
from probing.spec.engines import LOCAL
from probing.spec.transfer import transfer
from probing.spec.values import DTYPES, ENSEMBLES, SCALES, SELECT_BY, SELECTED
from tui.compose.draft import Draft
from tui.compose.engine_setting import ENGINE, ENGINE_FIELDS, OPTIONS, engine_of, shown_engine
from tui.texts.sanitiser import clean
from tui.widgets.choice import Choice
from tui.widgets.fields import Field, FieldLine, read_value, shown_value
from tui.widgets.steady import Steady

_CONTROLS = {
    "+".join(DEFAULT_CONTROLS): DEFAULT_CONTROLS,
    **{one: (one,) for one in CONTROLS},
    "all": tuple(CONTROLS),
    "none": (),
}
_SELECT = {
    "none": (),
    **{"+".join(parts): parts for n in (1, 2, 3) for parts in combinations(SELECTED, n)},
}
TRUTHS = ("true", "false")
_TUPLES = {"controls": _CONTROLS, "select": _SELECT}
_SHARES = ("learning_curve",)

FIELDS = (
    Field("name", meaning="name of the run", is_text=True),
    Field("n_folds", meaning="number of folds; every cell is fitted once per fold"),
    Field(
        "split", "kfold", "shuffle: random splits that overlap; given: the dataset's own", SPLITS
    ),
    Field("val_size", meaning="share of rows for early stopping"),
    Field("test_size", meaning="share of rows to test on; only for split = shuffle"),
    Field("seed", meaning="the same seed gives the same numbers"),
    Field(
        "controls",
        "none",
        "runs of the same cells that must score low or be beaten",
        tuple(_CONTROLS),
    ),
    Field("n_shuffles", meaning="permutations of shuffled_labels; 19 or more for a test at .05"),
    Field(
        "select",
        "none",
        "chosen inside the training folds: one more row, whose score nothing was chosen on",
        tuple(_SELECT),
    ),
    Field(
        "select_by", "auto", "what is chosen by; auto: AUROC for classes, R² for numbers", SELECT_BY
    ),
    Field(
        "description_length",
        "false",
        "also the online code of the labels: in bits, and as compression",
        TRUTHS,
    ),
    Field("audit", "true", "look for what invalidates a split or weakens a claim", TRUTHS),
    Field(
        "learning_curve",
        meaning="shares of the training rows to score too, such as 0.1, 0.2, 0.5; none: no curves",
    ),
    Field(
        "conditional_on",
        meaning="what a layer must add to: a layer such as 0, bag_of_words or length; none",
    ),
    Field(
        "stability",
        "false",
        "also how far directions and predictions agree between folds and layers",
        TRUTHS,
    ),
    Field(
        "training_log",
        "false",
        "also the losses, gradients and weights of networks, epoch by epoch",
        TRUTHS,
    ),
    Field("ensemble", "none", "also the mean of the scores of all layers of a pooler", ENSEMBLES),
    Field(
        "transfer",
        meaning="test on other datasets: true, leave-one-out, all, or pairs such as [['a', 'b']]",
    ),
    Field(
        "save_probes",
        "chosen",
        "chosen (by select), all, none, or a filter such as layer>3 classifier=LDA",
        is_text=True,
    ),
    Field("save_fold_probes", "false", "also save the probe of every fold of these", TRUTHS),
    Field("scale", "standard", "standardise each feature by the training rows alone", SCALES),
    Field(
        "device",
        meaning="auto (the first free GPU, else the CPU), cpu, cuda or cuda:1",
        is_text=True,
    ),
    *ENGINE_FIELDS,
    Field("dtype", "auto", "auto: the checkpoint's own on a GPU, float32 on a CPU", DTYPES),
)


class SettingsForm(Vertical):
    """Edits the settings; posts `Edited` with each that changes."""

    BINDING_GROUP_TITLE = "In the settings"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Back", id="settings.leave", tooltip="Back to the pickers"),
    ]
    TITLE: ClassVar[str] = "Set"

    class Edited(Message):
        """The user changed a setting."""

        def __init__(self, key: str, value: Any) -> None:
            super().__init__()
            self.key, self.value = key, value

    class Left(Message):
        """The user left the form: the pickers get the focus."""

    class Opened(Message):
        """The user clicked: open this section."""

        def __init__(self, form: SettingsForm) -> None:
            super().__init__()
            self.form = form

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._draft = Draft()
        self._body = VerticalScroll(classes="section-body", can_focus=False)

    def compose(self) -> ComposeResult:
        """The title and the fields."""
        yield Steady(markup=False, classes="section-title")
        with self._body:
            for field in FIELDS:
                yield FieldLine(field)

    def show(self, draft: Draft) -> None:
        """Show the settings of `draft`."""
        self._draft = draft
        for line in self._lines():
            shown = shown_setting(line.field.name, draft.settings)
            if line.value.strip() != shown:
                line.value = shown
        self.redraw()

    def _lines(self) -> list[FieldLine]:
        return [one for one in self._body.children if isinstance(one, FieldLine)]

    def redraw(self) -> None:
        """Draw the title."""
        mark = "▾" if self.has_class("-open") else "▸"
        said = summary(self._draft.settings)
        focused = next((one for one in self._lines() if one.has_focus_within), None)
        if focused is not None:
            said = f"{focused.field.name}: {focused.field.meaning}"
        self.query_one(".section-title", Static).update(f"{mark} {self.TITLE:<6} {said}")

    def enter(self) -> None:
        """Take the focus."""
        self.query(FieldLine).first().editor.focus()

    def leaves_forward(self) -> bool:
        """Whether the next Tab leaves the form."""
        return self.query(FieldLine).last().has_focus_within

    def leaves_backward(self) -> bool:
        """Whether the next Shift+Tab leaves the form."""
        return self.query(FieldLine).first().has_focus_within

    def action_leave(self) -> None:
        """Return to the pickers."""
        self.post_message(self.Left())

    def on_descendant_focus(self) -> None:
        """Show what the focused field means."""
        self.redraw()

    def on_descendant_blur(self) -> None:
        """Show the summary of the settings again."""
        self.call_after_refresh(self.redraw)

    def on_click(self, event: events.Click) -> None:
        """A click anywhere opens the form."""
        self.post_message(self.Opened(self))

    @on(Input.Changed)
    @on(Choice.Changed)
    def _changed(self, message: Input.Changed | Choice.Changed) -> None:
        message.stop()
        line = next(one for one in self._lines() if one.editor is message.control)
        settings, key = self._draft.settings, line.field.name
        if line.field in ENGINE_FIELDS:
            value, key = engine_of(line.field.name, line.value.strip(), settings), ENGINE
        else:
            value = setting_of(line.field, line.value)
        if value != settings[key]:
            self.post_message(self.Edited(key, value))


def setting_of(field: Field, text: str) -> Any:
    """The value of a setting, from its text."""
    text = text.strip()
    if field.name == "transfer":
        return _transfer(read_value(field, text))
    if field.name in _SHARES:
        read = read_value(field, text if text.startswith("[") else f"[{text}]")
        return tuple(read) if isinstance(read, list) else text
    known = _TUPLES.get(field.name)
    if known is None:
        return read_value(field, text)
    return known[text] if text in known else tuple(text.split("+"))


def _transfer(value: Any) -> Any:
    """`transfer` as a spec holds it; what is not valid stays, to be told."""
    try:
        return transfer(value)
    except SpecError:
        return value


def shown_setting(key: str, settings: Mapping[str, Any]) -> str:
    """A setting as the form shows it."""
    if key in (ENGINE, OPTIONS):
        return shown_engine(key, settings)
    if key == "transfer" and isinstance(settings[key], (tuple, list)):
        return json.dumps(settings[key], ensure_ascii=False)
    if key in _SHARES:
        shares = settings[key]
        return shares if isinstance(shares, str) else ", ".join(map(str, shares))
    if key not in _TUPLES:
        return shown_value(settings[key])
    known = (text for text, controls in _CONTROLS.items() if controls == tuple(settings[key]))
    return next(known, "+".join(settings[key]))


def summary(settings: Mapping[str, Any]) -> str:
    """The settings in a few words."""
    controls = shown_setting("controls", settings).replace("_", " ").replace("+", " and ")
    select = shown_setting("select", settings).replace("+", " and ")
    parts = [
        clean(settings["name"], 24),
        f"{clean(settings['n_folds'])} folds",
        clean(settings["split"]),
        f"seed {clean(settings['seed'])}",
        f"controls: {controls}",
    ]
    if (where := shown_setting(ENGINE, settings)) != LOCAL:
        parts.append(f"by {where.capitalize()}")
    if settings["select"]:
        parts.append(f"select: {clean(select)}")
    return ", ".join(parts)
