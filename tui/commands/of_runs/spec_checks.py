"""Everything about a spec that can be checked before a run starts, cheap checks first."""

from __future__ import annotations

import os
from pathlib import Path

from probing import plan
from probing.activations import check_cache
from probing.errors import SpecError
from probing.plan import Plan
from probing.plan.absolute_paths import absolute
from probing.ray_reach import check_reach
from probing.registry import check_parameters
from probing.spec import Spec
from tui.processes import plugin_offers


def checked_plan(spec: Spec, base: Path, logs: Path) -> Plan:
    """The plan of `spec`, its paths made absolute from `base`, once every check has passed.

    Raises the first error: of names and parameters, then of the logs folder and the cache, then
    of plug-in files (each read by a process of its own), then of what datasets and models hold.
    """
    for entry in spec.classifiers:
        check_parameters(entry)
    spec = absolute(spec, base)
    check_writable(logs)
    check_cache()
    check_reach(spec)
    tasks = plugin_offers.tasks_of(spec, base)
    return plan.look_up(spec, base, tasks)


def check_writable(logs: Path) -> None:
    """Raises `SpecError` if runs cannot be written to `logs`; makes no folder."""
    place = next(path for path in (logs, *logs.parents) if path.exists())
    if place.is_dir() and os.access(place, os.W_OK | os.X_OK):
        return
    what = "the logs folder cannot be written to"
    hint = "choose another with --logs DIR or $PROBE_TUI_LOGS"
    raise SpecError(what, where=str(logs), hint=hint)
