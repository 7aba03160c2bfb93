"""The app: its places, the keys that lead to them, and what follows the runs."""

from __future__ import annotations

import gc
from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, ClassVar

from textual import constants, events
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.command import Provider
from textual.dom import DOMNode
from textual.driver import Driver
from textual.filter import LineFilter
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import ContentSwitcher

from probing.errors import ProbingError
from probing.spec import DatasetSpec, Spec
from tui.coming_back import ComingBack
from tui.config.places import config_path
from tui.config.reading import Read
from tui.config.values import Config
from tui.dialogs.confirm import ConfirmScreen
from tui.places import TITLES, Places
from tui.processes.background import in_background
from tui.processes.changed_cells import ShownCells
from tui.processes.logout_policy import farewell
from tui.processes.run_follower import Follower
from tui.processes.tailer import Tailer
from tui.processes.terminal import Terminal
from tui.processes.typed_ahead import TypedAhead
from tui.set_up import SetUp
from tui.texts.errors import error_text
from tui.texts.of_runs.plans import counted
from tui.texts.sanitiser import clean
from tui.widgets.harmless_lines import HarmlessLines
from tui.widgets.key_footer import KeyFooter
from tui.widgets.places_line import PlacesLine

if TYPE_CHECKING:
    from tui.compose.screen import ComposePane
    from tui.runs.desk import RunDesk

FIRST_TIME = "F1: a short tour"
WIDE = 120
Styles = str | PurePath | list[str | PurePath] | None


def _verbs() -> type[Provider]:
    from tui.palette import Verbs

    return Verbs


class ProbeApp(App[None]):
    """The workbench: it composes, starts and shows runs; it never computes."""

    TITLE = "probe-tui"
    CSS_PATH: ClassVar[Styles] = ["styles/app.tcss", "styles/compose.tcss"]
    COMMANDS = {_verbs}  # noqa: RUF012
    HORIZONTAL_BREAKPOINTS = [(WIDE, "-wide")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1", "show_place('compose')", "Compose", id="place.compose", show=False),
        Binding("2", "show_place('runs')", "Runs", id="place.runs", show=False),
        Binding("3", "show_place('results')", "Results", id="place.results", show=False),
        Binding("4", "show_place('probes')", "Probes", id="place.probes", show=False),
        Binding("5", "show_place('datasets')", "Datasets", id="place.datasets", show=False),
        Binding("6", "show_place('models')", "Models", id="place.models", show=False),
        Binding("ctrl+r", "run_spec", "Run", id="app.run", priority=True, tooltip="Run the spec"),
        Binding("question_mark", "show_keys", "Help", id="app.help", key_display="?"),
        Binding("q", "quit", "Quit", id="app.quit"),
        Binding("ctrl+l", "redraw", "Draw the screen anew", id="app.redraw", show=False),
        Binding(
            "colon", "command_palette", "Commands", id="app.commands", show=False, key_display=":"
        ),
        Binding(
            "f1",
            "tour",
            "Tour",
            id="app.tour",
            show=False,
            tooltip="A tour of two minutes, on a dataset that ships",
        ),
        Binding(
            "semicolon",
            "jump",
            "Jump",
            id="app.jump",
            show=False,
            key_display=";",
            tooltip="Jump: a letter on every part of the screen",
        ),
    ]

    def __init__(
        self,
        logs: Path,
        base: Path,
        config: Read | None = None,
        *,
        is_tour: bool = False,
        is_alone: bool = False,
    ) -> None:
        super().__init__()
        # whether the process is its own, so that what it holds stays to the end
        self._is_alone = is_alone
        self._is_tour = is_tour
        self.logs, self.base = logs, base
        self.user = SetUp(self, config or Read(Config(), config_path(), ()))
        self.follower = Follower(self, Tailer(logs), self._news)
        self._places = Places(self.follower.tailer, base)
        self._back = ComingBack(logs)
        self._first = self._back.place if self._back.place in TITLES else "compose"
        self.animation_level = "none"
        self._harmless = HarmlessLines()
        self._shown = ShownCells()
        self._stood_on: dict[str, Widget | None] = {}
        self._typed = TypedAhead(self, super().on_event, self._is_settled)

    async def on_event(self, event: events.Event) -> None:
        """Take keys one at a time, all else at once."""
        if isinstance(event, (events.Key, events.Paste)) and not event.is_forwarded:
            await self._typed.take(event)
        else:
            await super().on_event(event)

    def _is_settled(self) -> bool:
        """Whether the place shows what was asked for last."""
        place = self.query_one(ContentSwitcher).visible_content
        return bool(getattr(place, "is_settled", True))

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        """Hand on what is new to the terminal."""
        super()._display(screen, self._shown.news(renderable))

    def get_default_screen(self) -> Screen[Any]:
        """The first screen, which knows its width before its widgets get their styles."""
        screen = super().get_default_screen()
        return screen.update_classes({"-wide": self.size.width >= WIDE}, update=False)

    def refresh_css(self, animate: bool = True) -> None:
        """Style all anew; before the first screen nothing is, and sheets are read with it."""
        if self.screen_stack:
            super().refresh_css(animate=animate)
        else:
            self.stylesheet.set_variables(self.get_css_variables())

    def get_driver_class(self) -> type[Driver]:
        """The terminal, unless the environment names another driver."""
        return Terminal if constants.DRIVER is None else super().get_driver_class()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """The filters that every line of the screen passes through."""
        return [*super().get_line_filters(), self._harmless]

    def compose(self) -> ComposeResult:
        """The line of places, the first place and the footer."""
        if self._is_tour:
            self._first = "compose"
        pane = self._places.make(self._first)
        pane.update_classes({"-side": self.size.width >= WIDE}, update=False)  # as the screen
        yield PlacesLine(TITLES)
        with ContentSwitcher(initial=self._first):
            yield pane
        yield KeyFooter()

    def on_mount(self) -> None:
        """Start to follow the runs."""
        self.query_one(PlacesLine).place = self._first
        self.user.begin()
        self.app_resume_signal.subscribe(self, lambda _: self._shown.forget())
        self.call_after_refresh(self._come_back)
        self.call_after_refresh(self.follower.look)
        self.set_interval(1.0, self.follower.look)

    def _come_back(self) -> None:
        """Go on where the user left."""
        pane = self.query_one(f"#{self._first}", Widget)
        self._back.restore(self._first, pane)
        if self._first != "compose":  # which gives the focus to its open section
            self.query_one(ContentSwitcher).screen.set_focus(_first_in(pane))
        if self._is_tour:
            # once it has done so
            pane.call_after_refresh(self.call_later, self.action_tour)

    def handle_bindings_clash(self, clashed_bindings: set[Binding], node: DOMNode) -> None:
        """Tell of keys that the config file takes from another."""
        self.user.clash([one.id or one.description for one in clashed_bindings])

    @property
    def composer(self) -> ComposePane:
        """The place where the spec is made."""
        return self._places.composer

    @cached_property
    def desk(self) -> RunDesk:
        """What starts, resumes and cancels runs."""
        from tui.runs.desk import RunDesk  # what plans a run: 0.2 s

        return RunDesk(self, self.logs, self.base, self._started)

    async def action_show_place(self, place: str) -> Widget:
        """Go to one of the places."""
        switcher = self.query_one(ContentSwitcher)
        base = switcher.screen  # a dialog may lie over it
        self._stood_on[str(switcher.current)] = base.focused
        found = next((one for one in switcher.children if one.id == place), None)
        pane = self._places.make(place) if found is None else found
        if found is None:
            await switcher.add_content(pane, id=place)
            self._tell(pane, sorted(self.follower.tailer.views))
            self._back.restore(place, pane)
        switcher.current = self.query_one(PlacesLine).place = place
        stood_on = self._stood_on.get(place)
        if stood_on is None and place == "compose":
            base.set_focus(None)  # what is hidden would hand it on to another section
            self.composer.enter()
        else:
            base.set_focus(stood_on or _first_in(pane))
            # a list of the place before may take it late, and loses it as it is hidden
            pane.call_after_refresh(self.call_later, self._hold_focus, pane)
        return pane

    def _hold_focus(self, pane: Widget) -> None:
        """Give the focus to a place that is shown while nothing has it."""
        base = self.query_one(ContentSwitcher).screen
        if pane.display and base.focused is None:
            base.set_focus(_first_in(pane))

    @property
    def place(self) -> str:
        """The place that is shown."""
        return self.query_one(PlacesLine).place

    @property
    def keymap(self) -> Mapping[str, str]:
        """The keys that the user gave to actions, by the ids of their bindings."""
        return self._keymap

    async def do_in(self, place: str, action: str, title: str) -> None:
        """Go to a place and do there what one of its keys does, once it shows what it has."""
        pane = await self.action_show_place(place)

        async def act() -> None:
            if not self.screen.is_modal and not await self.run_action(action, pane):
                said = f"{title}: there is nothing to do this with in {TITLES[place]}"
                self.notify(said, severity="warning", timeout=5, markup=False)

        await self._typed.then(act)

    def _news(self, changed: list[str]) -> None:
        n_going = self.follower.n_going
        status = f"● {counted(n_going, 'live run')}" if n_going else ""
        status = status or ("" if self.follower.tailer.views else FIRST_TIME)
        self.query_one(PlacesLine).status = status
        if self._is_alone and self.follower.tailer.has_looked and self._is_settled():
            self._is_alone = False
            gc.freeze()  # a collection would go through all that stays, and hold keys for 0.1 s
            gc.enable()  # who starts the app puts it off
        for pane in self.query_one(ContentSwitcher).children:
            if pane.id in ("runs", "results", "probes"):
                self._tell(pane, changed)

    def _tell(self, pane: Widget, changed: list[str]) -> None:
        if pane.is_mounted and hasattr(pane, "refresh_runs"):
            pane.refresh_runs(changed)

    async def action_run_spec(self, taste: bool = False) -> None:
        """Run the draft, or a taste of it; from Runs and Results, show it first."""
        if self.screen.is_modal:
            self.notify("close this dialog first (Esc), then run", timeout=3)
            return
        if self.place != "compose":
            await self.action_show_place("compose")
            self.notify("This is the draft. Press Ctrl+R again to run it.", timeout=5)
            return
        from tui.compose import last_spec
        from tui.runs.desk import taste_of, taste_told

        try:
            spec = self.composer.draft.spec()
        except ProbingError as error:
            self.notify(error_text(error), severity="error", markup=False)
            return
        last_spec.keep(spec, self.base)
        if taste:
            spec = taste_of(spec, self.composer.book.group_size)
            self.notify(taste_told(spec), timeout=8)
        self.desk.run([spec], self.composer.book.plan)

    def on_compose_pane_swept(self, message: Message) -> None:
        """Run a sweep, after asking."""
        self.desk.run(message.specs, self.composer.book.plan)  # type: ignore[attr-defined]

    def _started(self, name: str) -> None:
        self.follower.look_anew()
        if getattr(self.screen, "shows_runs", False):
            return
        if self.screen.is_modal or self.place == "results":
            self.notify(f"started {clean(name)}: see Runs (2)", markup=False)
        else:
            self.call_later(self._open, "runs", name)

    async def _open(self, place: str, run: str) -> None:
        pane = await self.action_show_place(place)
        pane.show_run(run)  # type: ignore[attr-defined]

    async def on_runs_pane_open_results(self, message: Message) -> None:
        """Show the results of a run."""
        await self._open("results", message.run_name)  # type: ignore[attr-defined]

    def on_results_pane_open_tokens(self, message: Message) -> None:
        """Show layers × tokens by the saved probes of a series, if there are some."""
        from probing.probes.of_series import kin_of_series

        series = message.series  # type: ignore[attr-defined]
        work = partial(kin_of_series, self.logs, series)
        in_background(self, work, self._show_tokens, keys_wait=True)

    def _show_tokens(self, found: tuple[str, ...] | ProbingError) -> None:
        if isinstance(found, ProbingError):
            self.notify(error_text(found), severity="warning", timeout=8, markup=False)
        else:
            self.call_later(self._open_tokens, found)

    async def _open_tokens(self, kin: tuple[str, ...]) -> None:
        pane = await self.action_show_place("probes")
        pane.show_series(kin)  # type: ignore[attr-defined]

    def on_results_pane_open_predictions(self, message: Message) -> None:
        """Show what the probe of a series sees, over Results."""
        from tui.predictions.opening import predictions_screen

        runs = {view.run.column_name: view.run for view in self.follower.tailer.views.values()}
        screen = predictions_screen(message, runs)  # type: ignore[arg-type]
        if screen is None:
            self.notify("no finished cell of this series yet", timeout=3)
            return
        self.push_screen(screen)

    async def on_runs_pane_rerun(self, message: Message) -> None:
        """Load the spec of a run into Compose; this runs its plug-ins to list their classes."""
        from tui.processes import plugin_offers

        spec = message.spec  # type: ignore[attr-defined]
        files = plugin_offers.unasked(spec, self.composer.book.base)
        if not files:
            await self._compose_anew(spec)
            return

        async def answered(yes: bool | None) -> None:
            if yes:
                await self._compose_anew(spec)

        names = ", ".join(clean(file) for file in files)
        question = f"Load this run's spec into Compose? This runs the code in {names}."
        self.push_screen(ConfirmScreen(question, yes="run it"), answered)

    on_results_pane_rerun = on_runs_pane_rerun

    async def _compose_anew(self, spec: Spec) -> None:
        from tui.runs.desk import untasted

        await self.action_show_place("compose")
        self.composer.take(untasted(spec))

    def on_datasets_pane_picked(self, message: Message) -> None:
        """Put an entry into the draft, or take it out."""
        self.composer.toggle(message.kind, message.entry)  # type: ignore[attr-defined]
        for pane in self.query("#datasets, #models"):
            pane.draft_changed()  # type: ignore[attr-defined]

    on_models_pane_picked = on_datasets_pane_picked

    def on_runs_pane_resume(self, message: Message) -> None:
        """Resume a run, or retry its failed cells."""
        self.desk.resume(message.run_name)  # type: ignore[attr-defined]

    def on_runs_pane_changed(self) -> None:
        """Read the files again."""
        self.follower.look_anew()

    def on_runs_pane_cancel(self, message: Message) -> None:
        """Cancel a run, after asking."""
        self.desk.cancel(message.run_name)  # type: ignore[attr-defined]

    def action_show_keys(self) -> None:
        """Show every key of the place."""
        from tui.dialogs.key_help import HelpScreen, help_lines

        title = f"Keys in {TITLES[self.place]}"
        about = help_lines(self.focused)
        self.push_screen(HelpScreen(self.active_bindings.values(), title, about))

    async def action_quit(self) -> None:
        """Quit; runs continue."""
        if self._places.has_composer:
            self.composer.keep()
        panes = [(str(one.id), one) for one in self.query_one(ContentSwitcher).children]
        self._back.leave(self.query_one(PlacesLine).place, panes)
        self.exit(message=farewell(self.follower.n_going))

    def recent_runs(self) -> list[str]:
        """The names of the runs, the latest first."""
        return sorted(self.follower.tailer.views, reverse=True)

    async def open_run(self, place: str, run: str) -> None:
        """Show a run in Runs or in Results."""
        await self._open(place, run)

    async def pick_dataset(self, entry: DatasetSpec) -> None:
        """Pick a dataset in Compose, or unpick it."""
        await self.action_show_place("compose")
        self.composer.toggle("datasets", entry)

    def action_tour(self) -> None:
        """Two minutes through the app, on a dataset that ships."""
        from tui.dialogs.tour import TourScreen
        from tui.tour import steps

        if not self.screen.is_modal:
            self.push_screen(TourScreen(steps(self)))

    def action_redraw(self) -> None:
        """Send the whole screen anew."""
        self._shown.forget()
        self.refresh(layout=True)

    def action_jump(self) -> None:
        """Show a letter on everything that takes the focus, and go where the next key says."""
        from tui.dialogs.jump import JumpScreen, Target, targets

        def jump(target: Target | None) -> None:
            if target is not None:
                target.go()

        self.push_screen(JumpScreen(targets(self.screen)), jump)


def _first_in(pane: Widget) -> Widget | None:
    """What takes the focus when a place is opened."""
    return next((one for one in pane.query("*") if one.focusable), None)
