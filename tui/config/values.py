"""What can be set in the config file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tui.styles.names import THEMES


@dataclass(frozen=True)
class Config:
    """Defaults of the app and of the commands; an option or a variable of the shell goes first."""

    logs: str = ""
    models: tuple[str, ...] = ()
    metric: str = ""
    theme: str = ""
    ascii: bool | None = None
    keys: Mapping[str, str] = field(default_factory=dict)


MEANINGS = {
    "logs": "the folder of the runs, in place of logs/ under the working folder",
    "models": "more folders to look for models in",
    "metric": "the metric that is shown first, where a run has it",
    "theme": f"the colours: {', '.join(THEMES)}, or another theme of Textual",
    "ascii": "true: draw with ASCII alone; false: never; left out: as the terminal needs",
    "keys": "other keys, by the name of what they do; several are split by commas",
}
