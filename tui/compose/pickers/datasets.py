"""The picker of datasets, with a preview of their texts."""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from rich.text import Text

from probing.datasets import NotFetchedError
from probing.errors import ProbingError
from probing.spec import DatasetSpec, Entry, is_hub
from tui.compose.pickers.dataset_form import dataset_form
from tui.compose.pickers.picker import Picker
from tui.dialogs.prompt import PromptScreen
from tui.processes.known_facts import FactsBook
from tui.texts.facts.dataset_facts import preview, short_facts
from tui.texts.sanitiser import clean
from tui.widgets.fields import shown_value
from tui.widgets.path_suggester import PathSuggester


def name_of(entry: DatasetSpec) -> str:
    """The given name of an entry, else the last part of its path."""
    return entry.name or (Path(entry.path).name if "/" in entry.path else entry.path)


class DatasetPicker(Picker):
    """Datasets of the working folder, shipped ones, and paths that the user adds."""

    KIND: ClassVar[str] = "datasets"
    TITLE: ClassVar[str] = "Data"
    help_line: ClassVar[str] = (
        "Texts with one target each. "
        "Space picks one, e edits what is read of it, a adds a path or hub:OWNER/NAME."
    )
    EMPTY: ClassVar[str] = "no dataset found; press a to add a path"

    def __init__(self, book: FactsBook, **options: Any) -> None:
        super().__init__(**options)
        self._book = book

    def key(self, entry: Entry) -> Hashable:
        """Entries with the same path are versions of one entry."""
        assert isinstance(entry, DatasetSpec)
        return entry.path

    def name_of(self, entry: Entry) -> str:
        """The given name, else the last part of the path."""
        assert isinstance(entry, DatasetSpec)
        return name_of(entry)

    def facts_of(self, entry: Entry) -> str:
        """Rows and task."""
        assert isinstance(entry, DatasetSpec)
        known = self._book.known_dataset(entry)
        if known is None:
            return "…"
        if isinstance(known, NotFetchedError):
            return "↓ to fetch"
        if isinstance(known, ProbingError):
            return "✗ unusable"
        if len(known) == 1:
            return short_facts(known[0])
        is_of_files = len({one.path for one in known}) == len(known)
        return f"{len(known)} {'files' if is_of_files else 'datasets'}"

    def columns_of(self, entry: Entry) -> Mapping[str, object]:
        """Task, rows, classes and groups."""
        assert isinstance(entry, DatasetSpec)
        known = self._book.known_dataset(entry)
        one = known[0] if isinstance(known, tuple) else None
        return {
            "task": one and one.task,
            "rows": one and one.n_rows,
            "classes": one and one.n_classes,
            "groups": one and one.n_groups,
        }

    def detail_of(self, entry: Entry) -> Text:
        """Facts and example texts, or the error."""
        assert isinstance(entry, DatasetSpec)
        known = self._book.known_dataset(entry)
        if known is None:
            return Text("reading…")
        if isinstance(known, ProbingError):
            mark = "↓" if isinstance(known, NotFetchedError) else "✗"
            return Text(f"{mark} {clean(known)}")
        options = ", ".join(
            f"{field.name}={shown_value(getattr(entry, field.name))}"
            for field in dataclasses.fields(entry)
            if field.name != "path" and getattr(entry, field.name) != field.default
        )
        text = Text(f"options: {clean(options)}\n" if options else "")
        audits = self._book.known_audit(entry) or (None,) * len(known)
        both = zip(known, audits, strict=True)
        return text.append_text(Text("\n\n").join(preview(*each) for each in both))

    def edit(self, entry: Entry) -> None:
        """Edit how the dataset is read."""
        assert isinstance(entry, DatasetSpec)
        self.ask_form(dataset_form(entry), entry)

    def add(self) -> None:
        """Ask for a path or a glob."""

        def check(line: str) -> None:
            entry = DatasetSpec(line)
            if not is_hub(line):  # which is asked in a thread
                self._book.paths(entry)

        def answered(line: str | None) -> None:
            if line:
                self.pick(DatasetSpec(line))

        hint = "path, folder or glob, such as my/*.jsonl, or hub:OWNER/NAME"
        suggester = PathSuggester(self._book.base, None)
        prompt = PromptScreen("Add datasets", hint=hint, check=check, suggester=suggester)
        self.app.push_screen(prompt, answered)
