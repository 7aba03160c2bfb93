"""A tiny run of every subject: contenders agree, and the tables say what was measured."""

from __future__ import annotations

import contextlib
import io
import json
import math
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

import pytest

from benchmarks import timing
from benchmarks.__main__ import main
from benchmarks.fits import workers
from benchmarks.fits.peers import PEERS, installed
from benchmarks.passes import caching
from benchmarks.targets import BUT_LDA, DEFAULT, OURS, TOLERANT, TUNED
from tests.support.warm_processes import CONTEXT, WarmProcess, start_server

Rows = list[dict[str, Any]]
PATIENCE_S = 120.0


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """The rows of a tiny run of every subject, in a process that has the libraries already."""
    folder = tmp_path_factory.mktemp("benchmarks")
    file, told, progress = folder / "rows.json", io.StringIO(), io.StringIO()
    asked = ["--tiny", "--llama-8b", "--device", "cpu", "--json", str(file)]
    start_server()
    with pytest.MonkeyPatch.context() as patch, _one_core():
        patch.setattr(caching, "subprocess", SimpleNamespace(run=_forked))
        patch.setattr(workers, "multiprocessing", SimpleNamespace(get_context=lambda _: CONTEXT))
        # to look for garbage before each go is for the clock, and takes longer than a tiny go
        patch.setattr(timing, "gc", SimpleNamespace(collect=lambda: 0))
        for name in ("XDG_STATE_HOME", "PROBE_TUI_CACHE", "PROBE_TUI_CONFIG"):
            patch.setenv(name, str(folder / name))
        patch.setenv("OMP_WAIT_POLICY", "PASSIVE")
        with contextlib.redirect_stdout(told), contextlib.redirect_stderr(progress):
            assert main(asked) == 0
    content = json.loads(file.read_text())
    assert content["about"]["cores"] >= 1 and content["about"]["threads"]["torch"] == 1
    assert progress.getvalue().strip().endswith("about 0.0 min left")
    for row in content["rows"]:
        assert f"**{row['work']}**" in told.getvalue() and f"| {row['who']} |" in told.getvalue()
    found: Rows = content["rows"]
    return found


def _forked(
    command: Sequence[str], *, stdout: IO[bytes], env: Mapping[str, str], **_: object
) -> subprocess.CompletedProcess[bytes]:
    """A runner that is forked, not started: to import the libraries takes longer than its run."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in env.items():
            patch.setenv(name, value)
        *_, module, folder = command
        process = WarmProcess(module, [folder], Path(stdout.name))
    return subprocess.CompletedProcess(command, process.wait(PATIENCE_S))


@contextlib.contextmanager
def _one_core() -> Iterator[None]:
    """Tests share the machine: processes with a thread for each core would wait for each other."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def of(rows: Rows, subject: str, who: str) -> Rows:
    found = [row for row in rows if row["subject"] == subject and row["who"].startswith(who)]
    assert found
    return found


def test_every_row_has_a_number_or_says_why(rows: Rows) -> None:
    subjects = {"fits", "networks", "tokens", "pass", "memory", "cache", "apply", "audit", "runs"}
    assert {row["subject"] for row in rows} == subjects
    for row in rows:
        if row["note"] == "not installed":
            assert row["who"] in PEERS and not installed(row["who"])
        else:
            assert row["samples"] and all(math.isfinite(one) for one in row["samples"])


def test_our_fits_are_the_exact_ones(rows: Rows) -> None:
    exact = [row for row in of(rows, "fits", OURS) if "scaling" not in row["work"]]
    for row in exact:
        assert row["agreement"].startswith("100 % of decisions")
        assert float(row["agreement"].split("scores within ")[1].split(",")[0]) < 1e-4
        if "chosen" in row["work"]:
            assert row["agreement"].endswith("100 % of strengths")


def test_every_fit_says_how_far_it_agrees(rows: Rows) -> None:
    loose = of(rows, "fits", TOLERANT) + of(rows, "pass", "scikit-learn")
    loose += of(rows, "fits", "scikit-learn") + of(rows, "networks", "one by one")
    for row in (row for row in loose if not row["who"].endswith(BUT_LDA)):
        assert "of decisions" in row["agreement"] or "mean accuracy" in row["agreement"]


def test_every_pass_gives_the_same_features(rows: Rows) -> None:
    for who in ("ours, 4 poolers", "ours, one", "the original", "one plain"):
        row = of(rows, "pass", who)[0]
        assert float(row["agreement"].removeprefix("features within ")) < 1e-3
    assert len(of(rows, "pass", "floor: bare")) == 4


def test_memory_is_told_for_both_ways(rows: Rows) -> None:
    for who in ("ours", "the original's way"):
        measured = of(rows, "memory", who)
        assert [row["unit"] for row in measured] == ["MiB", "MiB", "MiB per 1,000 texts"]
    few, many, growth = (row["median"] for row in of(rows, "memory", "ours"))
    assert growth == pytest.approx((many - few) / 20 * 1000)
    for row in of(rows, "memory", "ours")[:2]:
        assert float(row["agreement"].removeprefix("features within ")) < 1e-3


def test_a_second_run_makes_no_pass_and_has_the_same_scores(rows: Rows) -> None:
    second, around, tokens = of(rows, "cache", "second run")
    assert second["agreement"] == "scores equal to those with an empty cache"
    assert second["note"].startswith("no forward pass, no model loaded")
    assert around["median"] < second["median"] and tokens["median"] == 0
    [first] = of(rows, "cache", "first run")
    assert "tokens run" in first["note"]


def test_finished_runs_are_read_by_every_command_and_shown_by_the_app(rows: Rows) -> None:
    [every] = of(rows, "runs", "every event read")
    assert every["agreement"] == "results equal those of the closing table"
    for who in ("`runs`", "`results`, a table", "`results`, CSV", "`results`, ten rows"):
        units = [row["unit"] for row in of(rows, "runs", who)]
        assert units[-2:] == ["MiB", "MiB"] and set(units[:-2]) == {"s"}
    assert of(rows, "runs", "`results`, CSV")[1]["note"] > of(rows, "runs", "`runs`")[0]["note"]
    assert of(rows, "runs", "events.jsonl of one run")[0]["median"] > 0
    for who in ("idle in Runs", "idle in Results"):
        [row] = of(rows, "runs", who)
        assert row["unit"] == "% of a core" and len(row["targets"]) == 1


def test_every_target_of_the_table_is_judged(rows: Rows) -> None:
    found = {
        (row["subject"], one["over"], one["under"], one["bound"])
        for row in rows
        for one in row["targets"]
    }
    ours, one, bare = "ours, 4 poolers", "ours, one pooler", "floor: bare forward, "
    kept = "the original's way: hidden states kept"
    assert found >= {
        ("fits", TUNED, TOLERANT, 15),
        ("fits", DEFAULT, TOLERANT, 200),
        ("fits", TUNED, OURS, 10),
        ("fits", f"{TUNED}{BUT_LDA}", f"{TOLERANT}{BUT_LDA}", 15),
        ("fits", TUNED, OURS, 15),
        ("networks", "one by one", "ours, all together", 3),
        ("tokens", "AttentionProbe", "SingleLayer on the mean", 3),
        ("pass", "the original's way", ours, 19),
        ("pass", f"{bare}rows of one length", one, 0.92),
        ("pass", f"{bare}equal lengths", one, 0.92),
        ("pass", one, f"{one}, a row for each word", 0.9),
        ("pass", TOLERANT, "the pass of the big model", 0.05),
        ("pass", TUNED, TOLERANT, 100),
        ("memory", kept, "ours", 20),
        ("memory", "ours", "", 1.0),
        ("cache", "second run, other classifiers: all but its fits", "", 2),
        ("cache", "second run, other classifiers: tokens run", "", 0),
    }


def test_the_audit_is_measured_in_parts_and_as_a_whole(rows: Rows) -> None:
    wholes = of(rows, "audit", "the audit")
    assert len(wholes) == 3
    for whole in wholes:
        parts = [row for row in rows if row["work"] == whole["work"]]
        near, rest = (next(r for r in parts if r["who"].startswith(w)) for w in ("near", "all"))
        assert whole["samples"] == [near["samples"][0] + rest["samples"][0]]
    assert "few_wordings" in of(rows, "audit", "all other")[2]["note"]
