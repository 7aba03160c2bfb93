"""What a run says of itself at its end, so that a list of runs need not read its cells.

The summary is a field of the event that ends the run. It holds all of the run's state but its
cells and blocks, of which it has the counts, and a checksum of the log before that event.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from probing.events import (
    DeviceTaken,
    Ended,
    Event,
    Logged,
    PassDone,
    RunStarted,
    Warned,
    from_record,
    record_of,
)
from probing.events.values import FITS
from probing.logs.states.event_log import EventWriter
from probing.logs.states.state import Failures, Outcome, PassState, RunState

Kind = TypeVar("Kind", bound=Event)
_NUMBERS = ("first_time", "attempt_time", "earlier_s")


def summed_up(end: Ended, state: RunState, writer: EventWriter) -> Ended:
    """The event `end` with the summary of `state`, to be appended by `writer`."""
    log = {"n_bytes": writer.n_bytes, "crc": f"{writer.crc:08x}"}
    return dataclasses.replace(end, summary=_summary(state) | log)


def _summary(state: RunState) -> dict[str, Any]:
    return {
        **{name: getattr(state, name) for name in _NUMBERS},
        "n_attempts": state.n_attempts,
        "n_done": state.n_done,
        "failures": [dataclasses.asdict(one) for one in state.failures_by_reason],
        "started": _records(filter(None, [state.started])),
        "device": _records(filter(None, [state.device])),
        "passes": _records(state.passes),
        "last_pass": [dataclasses.asdict(one) for one in filter(None, [state.current_pass])],
        "warnings": _records(state.warnings),
        "fatal": sorted(state.fatal),
    }


def _records(events: Iterable[Event]) -> list[dict[str, Any]]:
    return [record_of(event) for event in events]


def state_of(end: Logged) -> RunState | None:
    """The state of a run by its last event; None where that has no summary, or an odd one."""
    if not isinstance(end.event, Ended) or not end.event.summary:
        return None
    try:
        return _state(end.event.summary, end.event, end.time)
    except (KeyError, TypeError, ValueError):
        return None


def record_of_state(state: RunState) -> dict[str, Any]:
    """All of a run's state but its cells and blocks, also of one that has no end, as JSON."""
    end = state.end and record_of(dataclasses.replace(state.end, summary={}))
    summary = _summary(state) | {"fatal": sorted(state.suspects)}
    return {"summary": summary, "end": end, "last_time": state.last_time}


def state_from_record(record: Mapping[str, Any]) -> RunState | None:
    """The state that `record_of_state` told; None for an odd record."""
    try:
        end = record["end"] and from_record(record["end"])
        if end is not None and not isinstance(end, Ended):
            return None
        return _state(record["summary"], end, _checked("float", record["last_time"]))
    except (KeyError, TypeError, ValueError):
        return None


def _state(summary: Mapping[str, Any], end: Ended | None, time: float) -> RunState:
    whole = {name: _checked("int", summary[name]) for name in ("n_attempts", "n_done")}
    failures = tuple(_made(Failures, one) for one in summary["failures"])
    return RunState(
        **{name: _checked("float", summary[name]) for name in _NUMBERS},
        last_time=time,
        n_attempts=whole["n_attempts"],
        started=_last(summary["started"], RunStarted),
        device=_last(summary["device"], DeviceTaken),
        passes=_events(summary["passes"], PassDone),
        current_pass=next((_made(PassState, one) for one in summary["last_pass"]), None),
        warnings=_events(summary["warnings"], Warned),
        fatal={_checked("str", one) for one in summary["fatal"]},
        end=end,
        outcome=Outcome(whole["n_done"], failures),
    )


def _events(records: Iterable[Mapping[str, Any]], kind: type[Kind]) -> list[Kind]:
    events = [from_record(record) for record in records]
    if not all(isinstance(event, kind) for event in events):
        raise ValueError(kind.kind)
    return events  # type: ignore[return-value]


def _last(records: Iterable[Mapping[str, Any]], kind: type[Kind]) -> Kind | None:
    return next(reversed(_events(records, kind)), None)


def _made(kind: type[Any], values: Mapping[str, Any]) -> Any:
    fields = dataclasses.fields(kind)
    return kind(**{one.name: _checked(str(one.type), values[one.name]) for one in fields})


def _checked(kind: str, value: Any) -> Any:
    if not FITS[kind](value):
        raise ValueError(kind)
    return value
