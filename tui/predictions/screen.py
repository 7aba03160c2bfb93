"""What a probe sees: views of the predictions of one series, a layer at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.screen import ModalScreen
from textual.widgets import Static

from probing.errors import ProbingError, SpecError
from probing.logs import RunFolder
from probing.query import fits
from tui.predictions.command_line import command_of
from tui.predictions.headings import fact_lines, head_line, views_line
from tui.predictions.keys_and_layout import KEYS, LAYOUT
from tui.predictions.looked import Looked
from tui.predictions.picture import Picture
from tui.predictions.sight import Sight
from tui.predictions.views import OF_ONE_CLASS, TITLES, Asked, Maker, Name, stepped, views_of
from tui.processes.background import in_background
from tui.texts.completion import facts_of_rows
from tui.texts.of_runs.plans import counted
from tui.texts.sanitiser import clean
from tui.widgets.filter_line import FilterLine
from tui.widgets.key_footer import KeyFooter
from tui.widgets.row_table import Row, RowTable

if TYPE_CHECKING:
    from tui.dialogs.text_reader import Reading

EXCERPT = 2000  # characters around what a row marks
WIDE, VERY_WIDE, TALL = 110, 150, 30
FACT_LINES, FEW_FACT_LINES = 6, 4
ZOOMS = ("", "-picture", "-table")
KINDS = {".csv": "csv", ".parquet": "parquet", ".json": "json"}
SAME_KEY: dict[Name, Name] = {"scores": "predicted", "roc": "residuals"}
READING = "Reading the predictions of the run …"
OF_VIEWS: dict[str, tuple[Name, ...]] = {
    "shares": ("confusion",),
    "turn": ("confusion",),
    "of_class": OF_ONE_CLASS,
    "fold": ("activations",),
    "axes": ("activations",),
    "other": ("disagree",),
    "filter": ("errors", "disagree"),
}


class PredictionsScreen(ModalScreen[None]):
    """One series; `pinned` are others that it may be compared with."""

    DEFAULT_CSS = LAYOUT
    BINDINGS: ClassVar[list[BindingType]] = KEYS
    BINDING_GROUP_TITLE = "What the probe sees"

    def __init__(
        self,
        looked: Looked,
        runs: Mapping[str, RunFolder],
        layer: int | None = None,
        pinned: Sequence[Looked] = (),
    ) -> None:
        super().__init__()
        self.looked = looked
        self.maker = Maker(looked, dict(runs))
        self.views = views_of(looked.task)
        self.asked = Asked(self.views[0], looked.place(layer))
        self.sight: Sight | None = None
        self._pinned = [one for one in pinned if one.key != looked.key]
        self._marked: int | None = None
        self._other = 0

    def compose(self) -> ComposeResult:
        """The series, the views, the picture with its facts and its table, and the keys."""
        yield Static("", id="head", markup=False)
        yield Static("", id="tabs", markup=False)
        yield Static("", id="title", markup=False)
        yield Static(READING, id="facts", markup=False)
        yield Static("", id="why", markup=False)
        yield FilterLine("word, label=positive, fold=2 …")
        with Container(id="body"):
            yield Picture()
            yield RowTable(id="side")
        yield Static("", id="text", markup=False)
        yield KeyFooter()

    @property
    def picture(self) -> Picture:
        """The picture."""
        return self.query_one(Picture)

    @property
    def table(self) -> RowTable:
        """The table: beside the picture, or of texts."""
        return self.query_one("#side", RowTable)

    def on_mount(self) -> None:
        """Read what is asked for first."""
        self._ask(self.asked)

    def on_resize(self, event: events.Resize) -> None:
        """Place the table beside the picture if there is room."""
        self.set_class(event.size.width >= WIDE, "-side")
        self.set_class(event.size.width >= VERY_WIDE, "-very-wide")
        self._tell()
        self._tell_facts()
        self._fit()

    def _tell_facts(self) -> None:
        most = FACT_LINES if self.size.height >= TALL else FEW_FACT_LINES
        facts = self.sight.facts if self.sight else (READING,)
        self.query_one("#facts", Static).update(fact_lines(facts, self.size.width - 2, most))

    def _fit(self) -> None:
        """Give a matrix the lines that it takes, and the rest to the table below."""
        grid, n_facts = self.picture.grid, len(self.sight.facts if self.sight else ())
        is_alone = self.has_class("-picture") or self.has_class("-very-wide")
        room = self.size.height - n_facts - 5
        most = room if is_alone else max(room * 6 // 10, 6)
        self.picture.styles.height = "1fr" if grid is None or is_alone else grid.height(most)

    def _ask(self, asked: Asked) -> None:
        """Show a view of a layer: at once where it was made before, else from a thread."""
        self.asked = asked = replace(asked, other=self._compared(asked))
        self._tell()
        found = self.maker.made(asked)
        if found is not None:
            self._show(found)
            return
        in_background(
            self, lambda: self.maker.make(asked), lambda value: self._made(asked, value),
            keys_wait=True,
        )  # fmt: skip

    def _made(self, asked: Asked, value: Sight | ProbingError) -> None:
        if not self.is_mounted or asked != self.asked:
            return
        if isinstance(value, ProbingError):
            value = Sight(TITLES[asked.view], why=str(value))
        self._show(value)

    def _compared(self, asked: Asked) -> tuple[Looked, int] | None:
        """What B is: the layer that was marked, a pinned series, or the first layer."""
        if asked.view != "disagree":
            return None
        layer = self.looked.rows[asked.at]["layer"]
        found = [(one, one.place(layer)) for one in self._pinned]
        if self._marked is not None:
            found.insert(0, (self.looked, self._marked))
        elif not found and len(self.looked.rows) > 1:
            found = [(self.looked, 0 if asked.at else len(self.looked.rows) - 1)]
        return found[self._other % len(found)] if found else None

    def _tell(self) -> None:
        """The lines above the picture."""
        if not self.is_mounted:
            return
        width = self.size.width - 2
        head = head_line(self.looked, self.asked.at, width)
        self.query_one("#head", Static).update(head)
        self.query_one("#tabs", Static).update(views_line(self.views, self.asked.view, width))

    def _show(self, sight: Sight) -> None:
        before, self.sight = self.sight, sight
        self.query_one("#title", Static).update(sight.title)
        self._tell_facts()
        self.query_one("#why", Static).update(clean(sight.why))
        self.set_class(bool(sight.why), "-empty")
        self.set_class(sight.of_texts, "-texts")
        self.set_class(sight.grid is not None, "-grid")
        self.picture.show(sight)
        self._fit()
        line = self.query_one(FilterLine)
        line.set_class(sight.of_texts and bool(line.text), "-shown")
        self._list()
        if before is None or before.of_texts != sight.of_texts or before.columns != sight.columns:
            self.table.at = 0
        is_read = sight.of_texts or sight.grid is not None
        self.set_focus(self.table if is_read and not sight.why else None)
        self._highlighted()
        self.refresh_bindings()

    def _list(self) -> None:
        """The rows of the table; of texts those that the filter keeps."""
        sight, line = self.sight, self.query_one(FilterLine)
        if sight is None:
            return
        rows: Sequence[Row] = sight.rows
        try:
            if sight.of_texts and line.text:
                rows = [row for row in rows if fits(sight.values(row), line.text)]
            line.tell("" if rows else "no text fits")
        except SpecError as error:
            line.tell(str(error))
        self.table.show(sight.columns, rows)

    @on(FilterLine.Changed)
    def _filtered(self, event: FilterLine.Changed) -> None:
        event.stop()
        self._list()
        self._highlighted()

    @on(FilterLine.Left)
    def _leave_filter(self, event: FilterLine.Left) -> None:
        event.stop()
        self.table.focus()

    def action_filter(self) -> None:
        """Filter the texts."""
        sight, line = self.sight, self.query_one(FilterLine)
        if sight is not None and sight.of_texts:
            line.offer(lambda: facts_of_rows(map(sight.values, sight.rows), ("text",)))
            line.enter()

    @on(RowTable.Highlighted)
    def _highlighted(self) -> None:
        row, sight = self.table.row, self.sight
        if row is None or sight is None:
            self.query_one("#text", Static).update("")
            return
        if sight.grid is not None:
            self.picture.read_row(self.table.at)
        if sight.of_texts:
            own = sight.texts.get(row.key)
            self.query_one("#text", Static).update(own.around(EXCERPT) if own else "")

    @on(RowTable.Chosen)
    def _chosen(self) -> None:
        """Read the text in full; its arrows move the highlight of the list too."""
        reading = self._reading(0)
        if reading is None:
            return
        from tui.dialogs.text_reader import TextReader

        self.app.push_screen(TextReader(reading, self._reading))

    def _reading(self, by: int) -> Reading | None:
        """The text so many rows further; None where there is none."""
        sight, at, rows = self.sight, self.table.at + by, self.table.rows
        if sight is None or not 0 <= at < len(rows):
            return None
        own = sight.texts.get(rows[at].key)
        if own is None:
            return None
        self.table.at = at
        from tui.dialogs.text_reader import Reading

        return Reading(f"text {at + 1:,} of {len(rows):,}", own.bracketed, (own.told,))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Which keys mean something in this view."""
        if action == "of_class" and not (self.sight and self.sight.n_classes):
            return False
        if action in OF_VIEWS:
            return self.asked.view in OF_VIEWS[action]
        if action == "layer":
            return len(self.looked.rows) > 1
        if action == "view":
            return parameters[0] in self.views or SAME_KEY.get(parameters[0]) in self.views  # type: ignore[call-overload]
        return True

    def _named(self, name: Name) -> Name:
        return name if name in self.views else SAME_KEY.get(name, name)

    def action_view(self, name: Name) -> None:
        """Another view of the same layer."""
        self._ask(replace(self.asked, view=self._named(name)))

    def action_next_view(self, by: int) -> None:
        """The next view, or the previous one."""
        at = self.views.index(self.asked.view)
        self._ask(replace(self.asked, view=self.views[(at + by) % len(self.views)]))

    def action_layer(self, by: int) -> None:
        """The same view of another layer."""
        self._ask(stepped(self.asked, by, len(self.looked.rows)))

    def action_shares(self) -> None:
        """Counts and shares, or one of them."""
        self.picture.next_shown()

    def action_turn(self, by: int) -> None:
        """Other columns of the matrix."""
        self.picture.turn(by)

    def action_of_class(self, by: int) -> None:
        """The next class against the rest; after the last one all classes."""
        n = self.sight.n_classes if self.sight else 0
        at = n if self.asked.of_class is None else self.asked.of_class
        at = (at + by) % (n + 1)
        self._ask(replace(self.asked, of_class=None if at == n else at))

    def action_fold(self, by: int) -> None:
        """Held-out texts of another fold; after the last one all texts, as a picture."""
        n = int(self.looked.rows[self.asked.at]["n_folds"])
        at = n if self.asked.fold is None else self.asked.fold
        at = (at + by) % (n + 1)
        self._ask(replace(self.asked, fold=None if at == n else at))

    def action_axes(self) -> None:
        """Discriminant axis, or principal components."""
        is_telling = self.asked.axes == "discriminant"
        self._ask(replace(self.asked, axes="principal" if is_telling else "discriminant"))

    def action_mark(self) -> None:
        """Compare other layers with this one, or no longer."""
        self._marked = None if self._marked == self.asked.at else self.asked.at
        self._other = 0
        layer = self.looked.layer(self.asked.at)
        said = "no layer is marked" if self._marked is None else f"B is {layer}; step on, then d"
        self.notify(said, timeout=3)
        if self.asked.view == "disagree":
            self._ask(self.asked)

    def action_other(self) -> None:
        """Compare with the next of the pinned series."""
        self._other += 1
        self._ask(self.asked)

    def action_zoom(self) -> None:
        """Only the picture, only the table, or both."""
        at = next((at for at, zoom in enumerate(ZOOMS) if zoom and self.has_class(zoom)), 0)
        self.remove_class(*ZOOMS[1:])
        if zoom := ZOOMS[(at + 1) % len(ZOOMS)]:
            self.add_class(zoom)
        self._fit()

    def action_export(self) -> None:
        """Write the rows behind this view to a CSV file."""
        frame = self.sight.frame if self.sight else None
        if frame is None or frame.is_empty():
            self.notify("no rows to export", timeout=3)
            return
        from tui.dialogs.file_target import FileTarget
        from tui.texts.tables.table_files import write_frame

        def write(path: Path) -> None:
            write_frame(frame, KINDS[path.suffix.lower()], path)

        title = f"Write {counted(frame.height, 'row')} to"
        FileTarget(self, title, f"{self.asked.view}.csv", write, tuple(KINDS)).ask()

    def action_copy(self) -> None:
        """Copy the command that prints this view, and show it."""
        from tui.dialogs.text_view import COPIED, TextView

        name = self.maker.class_of(self.asked)
        command = command_of(self.looked, self.asked, self.maker.logs, name)
        self.app.copy_to_clipboard(command)
        self.app.push_screen(TextView("command of this view", command, "view.sh", note=COPIED))

    def action_show_keys(self) -> None:
        """Show every key."""
        from tui.dialogs.key_help import HelpScreen

        title = "Keys in what the probe sees"
        self.app.push_screen(HelpScreen(self.active_bindings.values(), title))

    def action_leave(self) -> None:
        """Leave the zoom or the filter, or go back to the place."""
        if any(self.has_class(zoom) for zoom in ZOOMS[1:]):
            self.remove_class(*ZOOMS[1:])
        elif self.query_one(FilterLine).text:
            self.query_one(FilterLine).drop()
            self.table.focus()
        else:
            self.dismiss(None)
