"""The machine in a few lines: load, memory, temperature, and which run or user holds each GPU."""

from __future__ import annotations

from rich.text import Text
from textual.widgets import Static

from tui.processes.machine import Gpu, Machine
from tui.runs.queueing import QueueSeen
from tui.texts.facts.machine_lines import gpu_line, holder_of, processor_line

MOST_GPUS = 8


class MachineStrip(Static):
    """A line for the processor, and one for each GPU."""

    DEFAULT_CSS = """
    MachineStrip {
        height: auto; width: 1fr; padding: 0 1; color: $text-muted;
        text-wrap: nowrap; text-overflow: ellipsis;
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__("", id=id, markup=False)
        self._seen: tuple[Machine, QueueSeen] | None = None
        self._lines: list[str] = []

    def show(self, machine: Machine, queue: QueueSeen) -> None:
        """Show what was read, if it reads differently."""
        self._seen = machine, queue
        self._draw()

    def on_resize(self) -> None:
        """Fit the lines to the new width."""
        self._draw()

    def _draw(self) -> None:
        width = self.content_size.width
        lines = [] if self._seen is None or not width else lines_of(*self._seen, width)
        if lines != self._lines:
            self._lines = lines
            self.update(Text("\n".join(lines), "dim", no_wrap=True, overflow="ellipsis"))


def lines_of(machine: Machine, queue: QueueSeen, width: int) -> list[str]:
    """The lines of a machine."""
    figures = machine.load, machine.n_cores, machine.used, machine.total, machine.celsius
    gpus = [_gpu(one, queue, width) for one in machine.gpus[:MOST_GPUS]]
    left = len(machine.gpus) - MOST_GPUS
    more = [f"and {left} more GPUs"] if left > 0 else []
    return [processor_line(*figures, width), *gpus, *more]


def _gpu(one: Gpu, queue: QueueSeen, width: int) -> str:
    run = queue.holder(one.uuid)
    holder = holder_of(run.name if run else "", one.workers)
    return gpu_line(one.at, one.load, one.used, one.total, one.celsius, holder, width)
