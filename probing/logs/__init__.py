"""Run folders: their files, events, locks and states, and tables over all runs."""

from probing.logs.arrays import map_arrays, read_arrays, write_arrays
from probing.logs.folders.locks import Lock, is_held, run_lock
from probing.logs.folders.run_folder import RunFolder, create_run, find_run, list_runs, logs_folder
from probing.logs.states.cell_state import CellState
from probing.logs.states.event_log import EventWriter, read_events
from probing.logs.states.run_view import RunView
from probing.logs.states.state import Failures, PassState, RunState

__all__ = [
    "CellState",
    "EventWriter",
    "Failures",
    "Lock",
    "PassState",
    "RunFolder",
    "RunState",
    "RunView",
    "create_run",
    "find_run",
    "is_held",
    "list_runs",
    "logs_folder",
    "map_arrays",
    "read_arrays",
    "read_events",
    "run_lock",
    "write_arrays",
]
