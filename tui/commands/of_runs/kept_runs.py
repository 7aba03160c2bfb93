"""`probe-tui tag`, `note`, `rename`, `archive`, `delete` and `restore`: keep runs in order."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterable, Sequence

from probing.errors import SpecError
from probing.logs import RunFolder, find_run, logs_folder
from probing.logs.folders import trash
from probing.logs.folders.renaming import rename as renamed
from probing.logs.folders.run_marks import archive as put_away
from probing.logs.folders.run_marks import read_marks, write_note, write_tags
from tui.commands.of_runs.batch import narrate
from tui.console import output
from tui.texts.of_runs.plans import counted
from tui.texts.sanitiser import clean
from tui.texts.sizes import size


def tag(given: Namespace) -> int:
    """Print the tags of a run, or add and remove some."""
    run = _run(given)
    before = read_marks(run).tags
    if given.tags or given.remove:
        write_tags(run, _changed(before, given.tags, given.remove))
    for one in read_marks(run).tags:
        output.write_text(one)
    return 0


def _changed(tags: Sequence[str], more: Iterable[str], less: Sequence[str]) -> list[str]:
    if unknown := [one for one in less if one not in tags]:
        known = f"it has {', '.join(tags)}" if tags else "it has none"
        raise SpecError(f"no tag {unknown[0]!r} to remove", hint=known)
    return [one for one in (*tags, *more) if one not in less]


def note(given: Namespace) -> int:
    """Print the note of a run, or write it."""
    run = _run(given)
    if given.text is None:
        output.write_text(read_marks(run).note)
        return 0
    write_note(run, sys.stdin.read() if given.text == "-" else given.text)
    return 0


def rename(given: Namespace) -> int:
    """Give a run another name; prints it."""
    run = _run(given)
    output.write_text(renamed(run, given.to).name)
    return 0


def archive(given: Namespace) -> int:
    """Hide runs from lists, or show them again."""
    for run in _runs(given):
        put_away(run, not given.undo)
        again = f"; to show it again: probe-tui archive --undo {run.name}"
        narrate(f"{run.name} is listed again" if given.undo else f"archived {run.name}{again}")
    return 0


def delete(given: Namespace) -> int:
    """Ask, then move runs into the trash, or remove those that are there for good."""
    logs = logs_folder(given.logs)
    if given.forever:
        runs = [trash.find_deleted(logs, name) for name in given.names]
    else:
        runs = _runs(given)
    if not (given.yes or _is_confirmed(runs, given.forever)):
        narrate("nothing was deleted")
        return 0
    for run in runs:
        if given.forever:
            trash.remove(run)
            narrate(f"removed {run.name}")
        else:
            there = trash.delete(run)
            narrate(f"deleted {run.name}; to bring it back: probe-tui restore {there.name}")
    return 0


def _is_confirmed(runs: Sequence[RunFolder], is_forever: bool) -> bool:
    """Whether somebody says yes; raises `SpecError` where nobody can be asked."""
    if not sys.stdin.isatty():
        hint = "say --yes"
        raise SpecError("delete asks first, and standard input is no terminal", hint=hint)
    total = size(sum(map(trash.n_bytes, runs)))
    names = ", ".join(clean(run.name) for run in runs[:5]) + (", …" if len(runs) > 5 else "")
    what = "Remove for good" if is_forever else "Delete"
    print(f"{what} {counted(len(runs), 'run')} ({total}): {names}? [y/N] ", end="", file=sys.stderr)
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def restore(given: Namespace) -> int:
    """Move runs out of the trash; prints their names."""
    logs = logs_folder(given.logs)
    for run in [trash.find_deleted(logs, name) for name in given.names]:
        output.write_text(trash.restore(run).name)
    return 0


def _run(given: Namespace) -> RunFolder:
    return find_run(logs_folder(given.logs), given.name)


def _runs(given: Namespace) -> list[RunFolder]:
    logs = logs_folder(given.logs)
    return list(dict.fromkeys(find_run(logs, name) for name in given.names))
