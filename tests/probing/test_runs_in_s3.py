"""Whole runs with cache and logs on an S3 server: killed, taken up elsewhere, read by a third."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from probing.errors import SpecError, StoreError
from probing.logs import RunFolder, RunView, logs_folder
from tests.support.real_runs import finish, new_run, scores, start_anew, viewed, wait_for
from tests.support.s3_server import Failing, s3_server

pytest.importorskip("moto", reason="needs moto[server] and s3fs")
s3fs = pytest.importorskip("s3fs", reason="needs moto[server] and s3fs")

URL = "s3://lab/logs"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Failing]:
    with s3_server("lab") as (environment, failing):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        s3fs.S3FileSystem.clear_instance_cache()  # it keeps the address of another server
        yield failing


@pytest.mark.parametrize("every", [0, 10])
def test_a_killed_run_goes_on_elsewhere(base, tmp_path, monkeypatch, server, every) -> None:  # type: ignore[no-untyped-def]
    values = {"classifiers": f'["{base}/plugin.py:Slow", "LDA"]', "poolers": '["mean"]'}
    plain = new_run(base, tmp_path / "logs", **values)
    assert finish(plain, start_anew) == 0
    monkeypatch.setenv("PROBE_TUI_CACHE", "s3://lab/cache")
    server.every = every

    def machine(name: str) -> Path:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / name))
        return logs_folder(URL)

    run = new_run(base, machine("one"), **values)
    runner = start_anew(run)
    wait_for(lambda: viewed(run).state.n_done >= 3)
    runner.kill()
    runner.wait()

    def there() -> RunFolder:
        return RunFolder(machine("other") / run.name)

    wait_for(lambda: there().events.exists() and status_of(there()) == "killed")
    n_done = viewed(there()).state.n_done
    assert n_done >= 3
    assert finish(there(), start_anew) == 0
    third = RunFolder(machine("third") / run.name)
    assert scores(third).equals(scores(plain))
    assert viewed(third).state.n_attempts == 2
    assert not viewed(third).state.warnings and status_of(third) == "done"
    assert bool(server.n_failed) == bool(every)
    # the first machine reads it too, whatever it had not sent
    assert scores(RunFolder(machine("one") / run.name)).equals(scores(plain))


def status_of(run: RunFolder) -> str:
    view = RunView(run)
    view.skim()
    return view.status()


def test_a_server_that_goes_away_costs_no_run(base, tmp_path, monkeypatch, server) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("PROBE_TUI_CACHE", str(tmp_path / "one"))
    run = new_run(base, logs_folder(URL))
    server.every = 1
    assert finish(run, start_anew) == 0
    assert "the run goes on" in run.log.read_text()
    server.every = 0
    logs_folder(URL)  # which sends what is left
    monkeypatch.setenv("PROBE_TUI_CACHE", str(tmp_path / "other"))
    other = RunFolder(logs_folder(URL) / run.name)
    assert other.path != run.path and scores(other).equals(scores(run))


def test_what_cannot_be_had_is_told(monkeypatch, server) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(SpecError, match="there is no bucket 'none'"):
        logs_folder("s3://none/logs")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    s3fs.S3FileSystem.clear_instance_cache()
    with pytest.raises(StoreError, match="does not answer"):
        logs_folder("s3://lab/other")
