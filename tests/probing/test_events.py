import json
import math
import zlib
from pathlib import Path

import pytest

from probing.errors import RunError
from probing.events import Logged, RunFailed, Warned, from_line, to_line
from probing.logs import EventWriter, read_events
from tests.support.fold_events import fold


def test_an_event_reads_back_as_it_was_written() -> None:
    logged = Logged(7, 12.5, fold(flags=("C at the grid's edge",), chosen={"C": 0.1}))
    assert from_line(to_line(logged)) == logged


def test_a_fold_of_an_earlier_version_names_no_positive_class() -> None:
    line = to_line(Logged(0, 0.0, fold(positive="present")))
    body = line.partition(',"crc"')[0].replace(',"positive":"present"', "")
    assert "positive" not in body
    old = from_line(f'{body},"crc":"{zlib.crc32(body.encode()):08x}"}}\n')
    assert old is not None and old.event == fold(positive="")


def test_numbers_that_are_not_finite_are_null() -> None:
    line = to_line(
        Logged(0, 0.0, fold(metrics={"auroc": math.nan}, reasons={"auroc": "one class"}))
    )
    record = json.loads(line)
    assert record["metrics"] == {"auroc": None}
    assert record["reasons"] == {"auroc": "one class"}


@pytest.mark.parametrize("at", [5, 40, -4])
def test_reading_stops_before_a_changed_byte(at: int, tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    whole = to_line(Logged(0, 0.0, Warned("x", "first")))
    line = to_line(Logged(1, 0.0, Warned("x", "some message")))
    changed = line[:at] + ("~" if line[at] != "~" else "!") + line[at:][1:]
    path.write_text(whole + changed + whole)
    logged, end = read_events(path)
    assert [one.event for one in logged] == [Warned("x", "first")]
    assert end == len(whole)


def test_the_log_continues_behind_a_torn_line(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    writer = EventWriter(path)
    writer.append([Warned("a", "1"), Warned("a", "2")])
    writer.close()
    with path.open("ab") as file:
        file.write(b'{"seq":2,"time":1.0,"kind":"warn')
    assert [one.seq for one in read_events(path)[0]] == [0, 1]
    again = EventWriter(path)
    again.append([RunFailed("x", 1)])
    again.close()
    logged, end = read_events(path)
    assert [one.seq for one in logged] == [0, 1, 2]
    assert end == path.stat().st_size


def test_reading_goes_on_from_an_offset(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    writer = EventWriter(path)
    writer.append([Warned("a", "ä")])
    first, offset = read_events(path)
    writer.append([Warned("b", "2")])
    more, _ = read_events(path, offset)
    assert [one.event for one in first + more] == [Warned("a", "ä"), Warned("b", "2")]


def test_a_full_disk_is_a_clear_error(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full")
    writer = EventWriter(tmp_path / "events.jsonl")
    import os

    writer._file = os.open(full, os.O_WRONLY)
    with pytest.raises(RunError, match="cannot be written"):
        writer.append([Warned("a", "b")])


def test_half_a_surrogate_pair_does_not_break_the_log(tmp_path: Path) -> None:
    writer = EventWriter(tmp_path / "events.jsonl")
    writer.append([Warned("a\udcff.txt", "no UTF-8")])
    (back,), _ = read_events(tmp_path / "events.jsonl")
    assert back.event == Warned("a?.txt", "no UTF-8")


def test_what_lies_behind_a_damaged_line_is_kept_aside(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    EventWriter(path).append([Warned("a", str(at)) for at in range(9)])
    whole = path.read_bytes()
    damaged = bytearray(whole)
    damaged[len(whole) // 2] ^= 1
    path.write_bytes(damaged)
    EventWriter(path)
    aside = (tmp_path / "events.damaged.jsonl").read_bytes()
    assert path.read_bytes() + aside == bytes(damaged)
    assert path.read_bytes() == whole[: path.stat().st_size]
