"""Start, resume and cancel runs from the app, in threads; make the small spec of Taste."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from textual.app import App

from probing.errors import ProbingError
from probing.events import RunDone
from probing.logs import RunFolder, RunView, find_run
from probing.plan import Plan
from probing.plan.alternatives import Alternative, alternatives, too_large
from probing.spec import DatasetSpec, Spec
from probing.spec.engines import SLURM
from tui.dialogs.confirm import ConfirmScreen
from tui.dialogs.menu import Item, MenuScreen
from tui.processes import launcher, logout_policy
from tui.processes.background import in_background
from tui.texts.errors import error_text
from tui.texts.of_runs.plans import counted, duration, memory
from tui.texts.sanitiser import clean

TASTE = "-taste"
TASTE_LIMIT = 300
TASTE_FOLDS = 5
LONG_S = 600.0


def taste_of(spec: Spec, group_size: Callable[[DatasetSpec], float] = lambda _: 1.0) -> Spec:
    """`spec` on 300 texts of each dataset, with few folds.

    More texts where groups are large: `group_size` is the number of texts that hold a group of
    every class, and each fold needs one.
    """
    n_folds = min(spec.n_folds, TASTE_FOLDS)
    small = tuple(
        replace(one, limit=min(one.limit or most, most))
        for one in spec.datasets
        for most in [max(TASTE_LIMIT, round(group_size(one) * n_folds * 1.2))]
    )
    return replace(spec, name=f"{spec.name[:74]}{TASTE}", datasets=small, n_folds=n_folds)


def untasted(spec: Spec) -> Spec:
    """The spec that a taste was made of, as far as its own limits are known."""
    if not spec.name.endswith(TASTE):
        return spec
    whole = tuple(
        replace(
            one, limit=None if one.limit is not None and one.limit >= TASTE_LIMIT else one.limit
        )
        for one in spec.datasets
    )
    return replace(spec, name=spec.name.removesuffix(TASTE), datasets=whole)


def taste_told(spec: Spec) -> str:
    """How much a taste reads: at most so many texts of each dataset."""
    limits = [one.limit or 0 for one in spec.datasets]
    texts = str(limits[0]) if len(set(limits)) == 1 else f"{min(limits)} to {max(limits)}"
    each = "the dataset" if len(limits) == 1 else f"each of {len(limits)} datasets"
    return f"Taste: up to {texts} texts of {each}, {spec.n_folds} folds."


@dataclass(frozen=True)
class Asked:
    """The plans of what is to be run, and if one does not fit, which, and what would."""

    plans: Sequence[Plan]
    fits: Sequence[Alternative] = ()
    short: Plan | None = None

    @property
    def question(self) -> str:
        """What to ask before the runs start; empty where nothing is to be asked."""
        seconds = sum(one.cost.total_s for one in self.plans)
        if len(self.plans) > 1:
            cells = counted(sum(one.cost.n_cells for one in self.plans), "cell")
            n_runs = counted(len(self.plans), "run")
            return f"{n_runs}, {cells}, about {duration(seconds)} in all. Run them?"
        return f"This will take about {duration(seconds)}. Run it?" if seconds > LONG_S else ""


def _is_here(plan: Plan) -> bool:
    """Whether what it needs is to be had from this machine."""
    return plan.spec.engine.kind != SLURM


def told(one: Alternative) -> str:
    """What an alternative takes."""
    return f"{memory(one.plan.cost.memory_gib)}, about {duration(one.plan.cost.total_s)}"


class RunDesk:
    """Starts, resumes and cancels runs for `app`; calls `started` with the name of a new run."""

    def __init__(
        self, app: App[Any], logs: Path, base: Path, started: Callable[[str], None]
    ) -> None:
        self._app, self._logs, self._base = app, logs, base
        self._started = started

    def run(self, specs: Sequence[Spec], plan: Callable[[Spec], Plan]) -> None:
        """Plan specs, which raises what is wrong with them, then start a run of each.

        It asks first where they take long, are several, or need more memory than is free: then it
        offers what would fit.
        """

        def look() -> Asked:
            for one in specs:
                launcher.check_engine(one)
            plans = [plan(one) for one in specs]
            short = next((one for one in plans if _is_here(one) and too_large(one)), None)
            fits = () if short is None or len(plans) > 1 else alternatives(short, plan)
            return Asked(plans, fits, short)

        def checked(found: Asked | ProbingError) -> None:
            if isinstance(found, ProbingError):
                self._tell(found)
            elif found.short is not None:
                self._offer(specs, found)
            elif question := found.question:
                self._app.push_screen(ConfirmScreen(question, yes="run"), self._then(specs))
            else:
                self._launch(specs)

        in_background(self._app, look, checked, keys_wait=True)

    def _offer(self, specs: Sequence[Spec], found: Asked) -> None:
        """Offer what would fit in the place of a spec that does not."""
        assert found.short is not None
        items = [Item(str(at), one.title, told(one)) for at, one in enumerate(found.fits, 1)]
        items.append(Item("r", "run it all the same", "it will most likely fail"))

        def chosen(letter: str | None) -> None:
            if letter == "r":
                self._launch(specs)
            elif letter:
                self._launch([found.fits[int(letter) - 1].spec])

        self._app.push_screen(MenuScreen(found.short.lacks[0], items), chosen)

    def resume(self, name: str) -> None:
        """Go on with a run that broke off, or retry the failed cells of one that is done."""

        def start() -> RunFolder:
            run = find_run(self._logs, name)
            if not (run.is_alive() or run.is_submitted):
                view = RunView(run)
                view.skim()
                launcher.start_runner(run, retries=isinstance(view.state.end, RunDone))
            return run

        in_background(self._app, start, self._launched, keys_wait=True)

    def cancel(self, name: str) -> None:
        """Ask, then cancel a run; its finished cells are kept."""

        def answered(yes: bool | None) -> None:
            if yes:
                in_background(self._app, stop, self._tell, keys_wait=True)

        def stop() -> None:
            launcher.cancel(find_run(self._logs, name))

        question = f"Cancel {clean(name)}? Finished cells are kept, and you can resume it."
        self._app.push_screen(ConfirmScreen(question, yes="cancel the run"), answered)

    def _then(self, specs: Sequence[Spec]) -> Callable[[bool | None], None]:
        return lambda yes: self._launch(specs) if yes else None

    def _launch(self, specs: Sequence[Spec]) -> None:
        def launch() -> RunFolder:
            return launcher.launch_in_turn(specs, self._logs, self._base)[0]

        in_background(self._app, launch, self._launched, keys_wait=True)

    def _launched(self, run: RunFolder | ProbingError) -> None:
        if isinstance(run, ProbingError):
            self._tell(run)
            return
        ends = logout_policy.warning()
        if ends:
            self._app.notify(ends, severity="warning", timeout=15, markup=False)
        self._started(run.name)

    def _tell(self, value: ProbingError | None) -> None:
        if isinstance(value, ProbingError):
            self._app.notify(error_text(value), severity="error", timeout=10, markup=False)
