"""Compose: four pickers, the settings, and the line that tells what will run."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.message import Message
from textual.widget import Widget

from probing.catalog import ModelFacts
from probing.errors import ProbingError, SpecError
from probing.spec import DatasetSpec, Entry, ModelSpec, Spec
from tui.compose import kept, last_spec, spec_files
from tui.compose.draft import Draft
from tui.compose.draft_plan import Planning
from tui.compose.first_draft import first_draft, quickest
from tui.compose.pickers.classifiers import ClassifierPicker
from tui.compose.pickers.datasets import DatasetPicker, name_of
from tui.compose.pickers.models import ModelPicker
from tui.compose.pickers.picker import Picker
from tui.compose.pickers.poolers import PoolerPicker
from tui.compose.plan_line import PlanLine
from tui.compose.settings_form import SettingsForm
from tui.compose.sweep import ask_sweep
from tui.compose.undo_history import History
from tui.processes.background import Latest, in_background
from tui.processes.known_facts import FactsBook

VAST = 180
REDRAW_S = 0.1
_TASTE = "Taste: run the spec on 300 texts of each dataset"
_SWEEP = "Run the spec once for each of several seeds, models or folds"
_BACK = "Previous picker or setting"


class ComposePane(Container):
    """Holds the draft: pickers and settings post their changes, and every section shows them."""

    BINDING_GROUP_TITLE = "In Compose"

    class Swept(Message):
        """The user wants a run of each of these specs."""

        def __init__(self, specs: Sequence[Spec]) -> None:
            super().__init__()
            self.specs = specs

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "app.run_spec(True)", "Taste", id="compose.taste", tooltip=_TASTE),
        Binding("w", "sweep", "Sweep", id="compose.sweep", tooltip=_SWEEP),
        Binding("tab", "move(1)", "Next", id="compose.next", tooltip="Next picker or setting"),
        Binding("v", "view_spec", "Spec", id="compose.view", tooltip="Show the spec as TOML"),
        Binding("u,ctrl+z", "undo", "Undo the last pick", id="compose.undo", show=False),
        Binding("ctrl+s", "save_spec", "Save the spec", id="compose.save", show=False),
        Binding("ctrl+o", "load_spec", "Load a spec", id="compose.load", show=False),
        Binding(
            "shift+tab", "move(-1)", "Previous", id="compose.previous", show=False, tooltip=_BACK
        ),
    ]

    def __init__(self, base: Path, spec: Spec | None, **options: Any) -> None:
        super().__init__(**options)
        self.draft = first_draft() if spec is None else Draft.of(spec)
        self.book = FactsBook(base)
        self._sections = Container(id="sections")
        self._is_first = spec is None
        self._history = History()
        self._is_redraw_due = False
        self._there: list[ModelFacts] = []
        self._opening: Widget | None = None
        self._to_find = {DatasetPicker, ModelPicker}
        self._to_read: list[DatasetSpec] = []
        self._is_reading = False
        self._auditing: Latest[None] = Latest(self)
        self._planning = Planning(self, self.book, self._looked_up)

    def compose(self) -> ComposeResult:
        """The sections, then the plan line."""
        with self._sections:
            yield DatasetPicker(self.book, classes="section -open")
            yield ModelPicker(self.book, classes="section")
            yield PoolerPicker(classes="section")
            yield ClassifierPicker(self.book.base, classes="section")
            yield SettingsForm(classes="section")
        yield PlanLine()

    def on_mount(self) -> None:
        """Show the draft, then find what can be picked."""
        if self.display:  # who shows it later gives it the focus then
            self.enter()
        self._show()
        self.call_after_refresh(self._look_around)

    def change(self, draft: Draft) -> None:
        """Replace the draft; undo brings the old one back."""
        self._history.leave(self.draft, draft)
        self._set(draft)

    def take(self, spec: Spec) -> None:
        """Replace the draft by a spec, its datasets under their short names."""
        self.change(Draft.of(self.book.shortened(spec)))

    def kept_state(self) -> dict[str, Any]:
        """Where the user is."""
        return kept.state_of(self)

    def take_state(self, state: dict[str, Any]) -> None:
        """Go back to where the user was."""
        kept.restore(self, state)

    def datasets(self) -> list[tuple[DatasetSpec, str]]:
        """The datasets that can be picked, with their names."""
        if self.is_mounted:
            entries: Sequence[Entry] = self.query_one(DatasetPicker).entries()
        else:
            entries = self.book.local_datasets()
        return [(one, name_of(one)) for one in entries if isinstance(one, DatasetSpec)]

    def toggle(self, kind: str, entry: Entry) -> None:
        """Pick an entry, or unpick it."""
        self._pick(self.draft.toggled(kind, entry))

    def quickest_model(self) -> ModelSpec | None:
        """The model on this machine that is quickest to try something on."""
        is_known = ModelPicker not in self._to_find
        return quickest(self._there if is_known else self.book.local_models())

    def keep(self) -> None:
        """Keep the draft for the next start, if it is a complete spec."""
        try:
            last_spec.keep(self.draft.spec(), self.book.base)
        except SpecError:
            return

    def action_undo(self) -> None:
        """Undo the last change of the selection."""
        before = self._history.back()
        if before is None:
            self.app.notify("nothing to undo", timeout=2)
        else:
            self._set(before)

    def action_move(self, by: int) -> None:
        """Go to the next or the previous section."""
        sections = self._sections.children
        at = next((at for at, one in enumerate(sections) if one.has_focus_within), 0)
        form = self.query_one(SettingsForm)
        leaves = form.leaves_forward() if by > 0 else form.leaves_backward()
        if sections[at] is form and not leaves:
            self.screen.focus_next() if by > 0 else self.screen.focus_previous()
        else:
            self.open_section(sections[(at + by) % len(sections)])

    def action_sweep(self) -> None:
        """Ask what to sweep over."""
        ask_sweep(self.app, self.draft, lambda specs: self.post_message(self.Swept(specs)))

    def action_view_spec(self) -> None:
        """Show the spec as TOML, to read or to edit."""
        spec_files.view(self.app, self.draft, self.take)

    def action_save_spec(self) -> None:
        """Write the spec to a file."""
        spec_files.save(self.app, self.draft, self.book.base)

    def action_load_spec(self) -> None:
        """Read a spec from a file."""
        spec_files.load(self.app, self.book.base, self.take)

    def on_resize(self) -> None:
        """Adapt the layout and the titles to the width."""
        self.set_class(self.size.width >= VAST, "-vast")
        self.call_after_refresh(self._redraw)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Open the section that has the focus."""
        for section in event.widget.ancestors_with_self:
            if isinstance(section, Widget) and section.parent is self._sections:
                self._mark_open(section)

    @on(Picker.Opened)
    @on(SettingsForm.Opened)
    def _opened(self, message: Picker.Opened | SettingsForm.Opened) -> None:
        section = message.picker if isinstance(message, Picker.Opened) else message.form
        if not section.has_focus_within:
            self.open_section(section)

    @on(SettingsForm.Left)
    def _left(self) -> None:
        self.open_section(self.query(Picker).first())

    @on(Picker.Toggled)
    def _toggled(self, message: Picker.Toggled) -> None:
        self.toggle(message.kind, message.entry)

    @on(Picker.Exchanged)
    def _exchanged(self, message: Picker.Exchanged) -> None:
        self._pick(self.draft.exchanged(message.kind, message.old, message.new))

    def _pick(self, draft: Draft) -> None:
        """Take a draft that picks otherwise; its name follows its datasets."""
        self.change(draft.named_after(self.draft))

    @on(Picker.Highlighted)
    def _highlighted(self, message: Picker.Highlighted) -> None:
        self._look_up(message.entry)
        self._audit()

    @on(SettingsForm.Edited)
    def _edited(self, message: SettingsForm.Edited) -> None:
        self.change(self.draft.set(message.key, message.value))

    def _set(self, draft: Draft) -> None:
        self.draft = draft
        self._is_first = False
        self._show()

    def _show(self) -> None:
        """Show the draft in every section, and plan it."""
        if not self.is_attached:
            return  # done when it is shown first
        for picker in self._pickers():
            picker.show(self.draft)
        self.query_one(SettingsForm).show(self.draft)
        self._planning.ask(self.draft)

    def _pickers(self) -> list[Picker]:
        return [one for one in self._sections.children if isinstance(one, Picker)]

    def _redraw(self) -> None:
        for section in self._sections.children:
            section.redraw()  # type: ignore[attr-defined]

    def enter(self) -> None:
        """Give the focus to the open section."""
        self.open_section(self.query_one(".section.-open", Widget))

    def open_section(self, section: Widget) -> None:
        """Open a section and give it the focus."""
        self._mark_open(section)
        self._opening = section
        # a section that was closed can take the focus only once it has been laid out
        self.call_after_refresh(self._enter)

    def _enter(self) -> None:
        """Give the focus to the section that was opened last, unless another place is shown now."""
        section, self._opening = self._opening, None
        if section is not None and self.display:
            section.enter()  # type: ignore[attr-defined]

    @property
    def is_settled(self) -> bool:
        """Whether the lists are there, and the focus where it is to be; the next key waits."""
        return self._opening is None and not self._to_find

    def _mark_open(self, opened: Widget) -> None:
        if opened.has_class("-open"):
            return
        for section in self._sections.children:
            section.set_class(section is opened, "-open")
        self._redraw()

    def _look_around(self) -> None:
        in_background(self, self.book.local_datasets, self._found_datasets)
        in_background(self, self.book.local_models, self._found_models)

    def _found_datasets(self, found: list[DatasetSpec] | ProbingError) -> None:
        self._to_find.discard(DatasetPicker)
        if not isinstance(found, ProbingError):
            self.query_one(DatasetPicker).offer(found)
            self._to_read = found[::-1]
            self._read_next()

    def _read_next(self) -> None:
        """Read the facts of one dataset after the other, while they are seen."""
        if self.display and self._to_read and not self._is_reading:
            self._is_reading = True
            in_background(self, partial(self.book.glance, self._to_read.pop()), self._has_read)

    def _has_read(self, _: object) -> None:
        self._is_reading = False
        self._looked_up()
        self._read_next()

    def _found_models(self, found: list[ModelFacts] | ProbingError) -> None:
        self._to_find.discard(ModelPicker)
        self._there = facts = [] if isinstance(found, ProbingError) else found
        self.query_one(ModelPicker).offer([ModelSpec(one.name) for one in facts])
        model = quickest(facts)
        if self._is_first and model is not None and not self.draft.models:
            self.draft = self.draft.toggled("models", model)
            self._show()

    def _look_up(self, entry: Entry) -> None:
        """Read the facts of an entry that are not known yet."""
        if isinstance(entry, DatasetSpec) and self.book.known_dataset(entry) is None:
            in_background(self, lambda: self.book.dataset(entry), self._looked_up)
        if isinstance(entry, ModelSpec) and self.book.known_model(entry) is None:
            in_background(self, lambda: self.book.model(entry), self._looked_up)

    def _audit(self) -> None:
        """Audit the dataset that the cursor is on, once its facts are known."""
        entry = self.query_one(DatasetPicker).highlighted
        if not isinstance(entry, DatasetSpec) or self.book.known_audit(entry) is not None:
            return
        if isinstance(self.book.known_dataset(entry), tuple):
            self._auditing.ask(lambda: self.book.audit(entry), self._looked_up)

    def _looked_up(self, _: object = None) -> None:
        """Draw new facts, many at a time."""
        if not self._is_redraw_due:
            self._is_redraw_due = True
            self.set_timer(REDRAW_S, self._redraw_facts)

    def _redraw_facts(self) -> None:
        self._is_redraw_due = False
        if not self.display:
            return  # it is drawn when it is shown again
        self._audit()
        for picker in self._pickers():
            picker.redraw()

    def on_show(self) -> None:
        """Go on with what waited while another place was open."""
        self._looked_up()
        self._read_next()
        self._planning.go_on()
