"""A box at the foot of the app that explains what is seen above it, step by step."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static


@dataclass(frozen=True)
class Step:
    """What is said, what is shown meanwhile, and what `r` does, if it does something.

    The box lies at the foot of the screen, or `is_on_top` where it would hide what it speaks of.
    """

    title: str
    text: str
    show: Callable[[], Awaitable[object]] | None = None
    act: Callable[[], object] | None = None
    act_said: str = ""
    is_on_top: bool = False


class TourScreen(ModalScreen[None]):
    """Walks through the steps; Esc leaves at any of them."""

    shows_runs = True
    CSS = """
    TourScreen { background: $background 0%; align: center bottom; }
    TourScreen .dialog { width: 100%; max-width: 100; margin-bottom: 1; }
    TourScreen.-on-top { align: center top; }
    TourScreen.-on-top .dialog { margin-top: 1; }
    TourScreen .text { height: auto; margin-top: 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,right,l,space", "step(1)", "Next", id="tour.next"),
        Binding("left,h", "step(-1)", "Back", id="tour.back"),
        Binding("r", "act", "Run it", id="tour.act"),
        Binding("escape,q", "dismiss(None)", "Leave the tour", id="tour.leave"),
    ]

    def __init__(self, steps: Sequence[Step]) -> None:
        super().__init__()
        self._steps, self._at = steps, 0
        self._acted: set[int] = set()

    def compose(self) -> ComposeResult:
        """Title, text and keys."""
        with Vertical(classes="dialog"):
            yield Static(markup=False, classes="title")
            yield Static(markup=False, classes="text")
            yield Static(markup=False, classes="keys")

    async def on_mount(self) -> None:
        """The first step."""
        await self._show()

    async def _show(self) -> None:
        step = self._steps[self._at]
        title = f"{step.title}  ({self._at + 1} of {len(self._steps)})"
        self.query_one(".title", Static).update(title)
        self.query_one(".text", Static).update(step.text)
        act = f"r {step.act_said}   " if step.act and self._at not in self._acted else ""
        self.query_one(".keys", Static).update(f"{act}Enter next   ← back   Esc leave the tour")
        self.set_class(step.is_on_top, "-on-top")
        if step.show is not None:
            await step.show()

    async def action_step(self, by: int) -> None:
        """Go on or back; after the last step, leave."""
        if self._at + by >= len(self._steps):
            self.dismiss(None)
            return
        self._at = max(self._at + by, 0)
        await self._show()

    async def action_act(self) -> None:
        """Do what the step offers, once."""
        step = self._steps[self._at]
        if step.act is not None and self._at not in self._acted:
            self._acted.add(self._at)
            step.act()
            await self.action_step(1)
