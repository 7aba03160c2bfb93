"""The picker of classifiers, with their parameters."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from rich.text import Text

from probing.errors import ProbingError, SpecError
from probing.registry import CLASSIFIERS
from probing.spec import ClassifierSpec, Entry
from tui.compose.pickers.picker import Picker
from tui.dialogs.form import FormScreen
from tui.dialogs.prompt import PromptScreen
from tui.processes import plugin_offers
from tui.processes.background import in_background
from tui.texts.errors import error_text
from tui.texts.sanitiser import clean
from tui.widgets.fields import Field, shown_value
from tui.widgets.path_suggester import PathSuggester

_TASKS = {"binary": "bin", "multiclass": "multi", "regression": "regr"}


class ClassifierPicker(Picker):
    """Built-in classifiers, and those of plug-in files."""

    KIND: ClassVar[str] = "classifiers"
    TITLE: ClassVar[str] = "Probe"
    help_line: ClassVar[str] = (
        "What is fitted on the vectors. "
        "Space picks, e edits its parameters, a adds your own FILE.py:CLASS."
    )

    def __init__(self, base: Path, **options: Any) -> None:
        super().__init__(**options)
        self._base = base

    def on_mount(self) -> None:
        """Offer the built-in classifiers."""
        self.offer([ClassifierSpec(name) for name in CLASSIFIERS])

    def key(self, entry: Entry) -> Hashable:
        """Entries with the same name are versions of one entry."""
        assert isinstance(entry, ClassifierSpec)
        return entry.name

    def name_of(self, entry: Entry) -> str:
        """The name, or the class of a plug-in."""
        assert isinstance(entry, ClassifierSpec)
        return entry.name.rpartition(":")[2]

    def facts_of(self, entry: Entry) -> str:
        """The changed parameters, else the tasks."""
        assert isinstance(entry, ClassifierSpec)
        known = plugin_offers.known(entry, self._base)
        tasks = " ".join(_TASKS[task] for task in known.tasks) if known else "plug-in"
        return _options(entry) or tasks

    def summary_of(self, entry: Entry) -> str:
        """The name with the changed parameters."""
        assert isinstance(entry, ClassifierSpec)
        options = f"({_options(entry)})" if entry.parameters else ""
        return f"{self.name_of(entry)}{options}"

    def detail_of(self, entry: Entry) -> Text:
        """What it is, its tasks and its parameters."""
        assert isinstance(entry, ClassifierSpec)
        known = plugin_offers.known(entry, self._base)
        if known is None:
            return Text(f"{clean(entry.name)}\n\na plug-in that has not been read yet")
        lines = [entry.name, "", known.summary, "", f"tasks: {', '.join(known.tasks)}"]
        for one in known.parameters:
            value = entry.parameters.get(one.name, one.default)
            lines += ["", f"{one.name} = {shown_value(value) or 'none'}", f"  {one.meaning}"]
        return Text("\n".join(map(clean, lines)))

    def edit(self, entry: Entry) -> None:
        """Set its parameters."""
        assert isinstance(entry, ClassifierSpec)
        known = plugin_offers.known(entry, self._base)
        if known is None or not known.parameters:
            self.app.notify(f"{clean(self.name_of(entry))} has no parameters", markup=False)
            return
        defaults = {one.name: shown_value(one.default) for one in known.parameters}
        fields = [
            Field(one.name, shown_value(entry.parameters.get(one.name, one.default)), one.meaning)
            for one in known.parameters
        ]

        def build(values: Mapping[str, Any]) -> Entry:
            return ClassifierSpec(entry.name, _set_apart(values, defaults))

        self.ask_form(FormScreen(f"Classifier {entry.name}", fields, build), entry)

    def add(self) -> None:
        """Ask for a plug-in, check it and pick its classes."""

        def answered(line: str | None) -> None:
            if line:
                in_background(
                    self, lambda: plugin_offers.found(line, self._base), told, keys_wait=True
                )

        def told(value: list[ClassifierSpec] | ProbingError) -> None:
            if isinstance(value, ProbingError):
                self.app.notify(error_text(value), severity="error", markup=False)
                return
            for entry in value:
                self.pick(entry)

        prompt = PromptScreen(
            "Add a classifier",
            hint="my_probes.py or my_probes.py:MyProbe",
            check=_well_formed,
            suggester=PathSuggester(self._base, (".py",)),
        )
        self.app.push_screen(prompt, answered)


def _set_apart(values: Mapping[str, Any], defaults: Mapping[str, str]) -> dict[str, Any]:
    """The values that differ from the defaults."""
    return {key: value for key, value in values.items() if shown_value(value) != defaults[key]}


def _options(entry: ClassifierSpec) -> str:
    return ", ".join(f"{key}={shown_value(value)}" for key, value in entry.parameters.items())


def _well_formed(line: str) -> None:
    file, colon, name = line.rpartition(":")
    names_class = colon and file.endswith(".py") and name.isidentifier()
    if not names_class and not line.endswith(".py") and not line.isidentifier():
        hint = "write file.py:Class, such as my_probes.py:MyProbe"
        raise SpecError(f"{line!r} is not a classifier", hint=hint)
