"""Give a run another name: its folder's, which every table and every list shows.

The cards of its saved probes say their run, so they are written again. The events keep the name
under which they were logged.
"""

from __future__ import annotations

import json
import os

from probing.errors import RunError, SpecError
from probing.logs.folders.plain_files import read_bytes
from probing.logs.folders.run_folder import RunFolder
from probing.logs.folders.trash import kept_from_runners, refuse_in_store

LONGEST = 120
_ODD = "/\\\"'=<>!,*?~\0"
_LARGEST_CARD = 2**24


def rename(run: RunFolder, name: str) -> RunFolder:
    """Rename a run; returns it under its new name.

    Raises `SpecError` for a name that cannot be, and `RunError` for one that is taken or a run
    that is live.
    """
    renamed = RunFolder(run.path.parent / checked_name(name))
    if renamed.name == run.name:
        return run
    refuse_in_store(run, "renamed")
    with kept_from_runners(run, "renamed"):
        if os.path.lexists(renamed.path):
            hint = "choose another name"
            raise RunError("there is a run or file of that name", where=renamed.name, hint=hint)
        try:
            run.path.rename(renamed.path)
        except OSError as error:
            raise RunError(f"cannot be renamed ({error.strerror})", where=run.name) from None
    _tell_probes(renamed)
    return renamed


def checked_name(text: str) -> str:
    """A name that a run's folder may have and filters can name; raises `SpecError` for others."""
    name = text.strip()
    is_odd = any(char.isspace() or not char.isprintable() or char in _ODD for char in name)
    if not name or is_odd or name[0] in ".-" or len(name.encode()) > LONGEST:
        hint = f"use up to {LONGEST} letters, digits, dots, - and _, not beginning with . or -"
        raise SpecError(f"{text[:60]!r} cannot name a run", where="name", hint=hint)
    return name


def _tell_probes(run: RunFolder) -> None:
    """Write the new name into the cards of the saved probes; what is no card stays as it is."""
    for path in sorted(run.probes.glob("*.json")):
        try:
            card = json.loads(read_bytes(path, _LARGEST_CARD))
            if isinstance(card, dict) and "run" in card:
                run.write(path, json.dumps({**card, "run": run.name}, indent=1))
        except (OSError, ValueError, RecursionError):
            continue
