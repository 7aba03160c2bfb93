"""The table that an entry's file, folder or repository holds, before anything is chosen of it."""

from __future__ import annotations

from pathlib import Path

from probing.datasets.formats import reader_choice
from probing.datasets.formats.source import Layout
from probing.datasets.formats.table import Table
from probing.datasets.hub import reading as hub_files
from probing.spec import DatasetSpec, is_hub


def read_table(spec: DatasetSpec, path: Path) -> Table:
    """The rows at `path`; raises `DatasetError` that names the file and says what to do next."""
    if is_hub(spec.path):
        return hub_files.read(spec, path)
    return reader_choice.read(path, Layout(spec.header, spec.sheet))
