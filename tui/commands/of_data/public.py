"""`probe-tui data get`: list public datasets, or fetch one."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from probing.public_sets import PUBLIC_SETS, PublicSet, fetch, find
from tui.console import output
from tui.texts.sanitiser import clean


def get(given: Namespace) -> int:
    """List the public datasets, or fetch one and print its path."""
    if given.name is None:
        return _list(given.json)
    public = find(given.name)
    _narrate(f"fetches {public.description}; licence: {public.licence}; from {public.url}")
    path = fetch(given.name, Path(given.folder), _progress())
    _narrate(f"for a spec: {_entry(public, path)}")
    print(clean(path))
    return 0


def _list(as_json: bool) -> int:
    if as_json:
        output.write_json([asdict(one) for one in PUBLIC_SETS.values()])
        return 0
    table = output.plain_table("name", "task", "licence", "what", "source")
    for one in PUBLIC_SETS.values():
        row = one.name, one.task, one.licence, one.description, one.url
        table.add_row(*map(clean, row))
    output.write_table(table)
    return 0


def _entry(public: PublicSet, path: Path) -> str:
    """The entry of a spec's `datasets` that reads the file."""
    if not public.read:
        return f'"{path}"'
    keys = ", ".join(f'{key} = "{value}"' for key, value in public.read.items())
    return f'{{ path = "{path}", {keys} }}'


def _progress() -> Callable[[int, int | None], None]:
    """Print megabytes: on one line that changes on a terminal, else at every tenth."""
    last = -1

    def tell(done: int, total: int | None) -> None:
        nonlocal last
        step = done * 10 // total if total else done >> 20
        if step == last:
            return
        last = step
        of = f" of {total / 1e6:.1f}" if total else ""
        _narrate(f"{done / 1e6:.1f}{of} MB", over=sys.stderr.isatty() and done != total)

    return tell


def _narrate(line: str, over: bool = False) -> None:
    print(clean(line), file=sys.stderr, end="\r" if over else "\n", flush=True)
