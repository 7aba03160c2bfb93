"""`probe-tui models`: list the models on this machine, from their configurations."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict
from pathlib import Path

from probing.catalog import ModelFacts, local_models
from tui.config.reading import model_folders
from tui.console import output
from tui.texts.sanitiser import clean


def list_all(given: Namespace) -> int:
    """List models in the Hugging Face cache, in folders and in installed packages."""
    folders = [Path(folder).expanduser() for folder in given.folders]
    here = [Path.cwd(), Path.cwd() / "models", *model_folders()]
    found = local_models(folders or here)
    if given.json:
        output.write_json([asdict(one) for one in found])
        return 0
    numbers = ("layers", "width", "parameters", "longest")
    table = output.plain_table("model", "type", *numbers, "dtype", "source", right=numbers)
    for one in found:
        if not one.error:
            table.add_row(*map(clean, _row(one)))
    output.write_table(table)
    for one in found:
        if one.error:
            output.write_text(f"unusable: {clean(one.error)}")
    return 0


def _row(one: ModelFacts) -> tuple[str, ...]:
    longest = "" if one.max_length is None else f"{one.max_length:,}"
    sizes = str(one.n_layers), str(one.d_model), parameters(one.shown_params), longest
    return one.name, one.model_type, *sizes, one.dtype, one.source


def parameters(number: int) -> str:
    """A number of parameters in short: `22.7M`, `1.3B`."""
    for size, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{number / size:.3g}{letter}"
    return str(number)
