"""Features that stream to disk and are read back as pages: the same numbers, in less memory."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from probing import spec as specs
from probing.activations import ActivationCache, Key
from probing.engine.experiment import execute
from probing.engine.extraction import StagedRows, Staging, extract
from probing.engine.models import LMModel
from probing.errors import RunError
from probing.logs import RunFolder, read_arrays, write_arrays
from probing.logs.arrays import map_arrays
from probing.plan import json_pieces
from probing.spec import PoolerSpec
from tests.support.real_runs import RIDGE, new_run, passes, same
from tests.support.texts import make_texts
from tests.support.tiny_models import save_model

POOLERS = [
    PoolerSpec(pool="mean"),
    PoolerSpec(pool="last", site="mlp", specials="drop"),
    PoolerSpec(layer=(1, 2), layer_method="concat"),
    PoolerSpec(layer=(0, 2)),
]
ONCE = make_texts(40)
TEXTS = [*ONCE, *ONCE[5:15], *reversed(ONCE[:20])]
MIB = 2**20


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> LMModel:
    return LMModel(str(save_model(tmp_path_factory.mktemp("model"), "bert")))


@pytest.fixture(scope="module")
def expected(model: LMModel) -> dict[PoolerSpec, torch.Tensor]:
    return dict(extract(model, TEXTS, POOLERS, token_budget=60).features)


def streamed(model: LMModel, staging: Staging, **more: Any) -> dict[PoolerSpec, torch.Tensor]:
    """What a pass puts into `staging`, read back cell by cell."""
    read = extract(model, TEXTS, POOLERS, token_budget=60, sink=staging, **more)
    assert read.features == {}
    cells: dict[PoolerSpec, list[torch.Tensor]] = {spec: [] for spec in POOLERS}
    for spec, at in staging.cells:
        rows = staging.rows((spec, at))
        pieces = np.concatenate(list(rows.pieces()))
        assert np.array_equal(pieces, rows.whole()) and pieces.shape == rows.shape
        assert pieces.nbytes == rows.nbytes and len(cells[spec]) == at
        cells[spec].append(torch.from_numpy(pieces))
    return {spec: torch.stack(parts) for spec, parts in cells.items()}


def test_streamed_features_are_those_that_are_returned(
    model: LMModel, expected: dict[PoolerSpec, torch.Tensor], tmp_path: Path
) -> None:
    found = streamed(model, Staging([tmp_path / "new"]))
    assert all(torch.equal(found[spec], expected[spec]) for spec in POOLERS)


def test_a_pass_under_way_has_no_file_that_could_be_left_behind(
    model: LMModel, tmp_path: Path
) -> None:
    seen: list[int] = []

    def look(_: object) -> None:
        seen.append(len(list(tmp_path.iterdir())))

    streamed(model, Staging([tmp_path]), on_progress=look)
    assert len(seen) > 5 and not any(seen)


def test_a_region_is_let_go_from_the_end(model: LMModel, tmp_path: Path) -> None:
    staging = Staging([tmp_path])
    streamed(model, staging)
    *rest, last = staging.cells
    kept = staging.rows(rest[0]).whole()
    sizes = []
    for cell in [rest[1], last, *reversed(rest[2:])]:
        staging.drop(cell)
        sizes.append(os.fstat(staging._file.fileno()).st_size)
    assert sizes[0] > sizes[1] > sizes[-1] == len(ONCE) * kept[:1].nbytes
    assert np.array_equal(staging.rows(rest[0]).whole(), kept)


@pytest.mark.parametrize("n_good", [0, 1, 7])
def test_a_disk_that_fills_up_is_left_for_the_next_place(
    n_good: int,
    model: LMModel,
    expected: dict[PoolerSpec, torch.Tensor],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write, left = os.pwrite, [n_good]

    def scarce(file: int, data: Any, at: int) -> int:
        left[0] -= 1
        if left[0] == -1:
            raise OSError(errno.ENOSPC, "no space")
        return write(file, data[: max(1, len(data) // 2)], at)  # short, as it may be

    monkeypatch.setattr(os, "pwrite", scarce)
    found = streamed(model, Staging([tmp_path]))
    assert left[0] < -1
    assert all(torch.equal(found[spec], expected[spec]) for spec in POOLERS)


def test_without_any_disk_memory_serves(
    model: LMModel, expected: dict[PoolerSpec, torch.Tensor], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder")
    for folders in ([], [tmp_path / "file"]):
        found = streamed(model, Staging(folders))
        assert all(torch.equal(found[spec], expected[spec]) for spec in POOLERS)


def test_without_any_room_it_is_said(
    model: LMModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(os, "pwrite", refuse)
    with pytest.raises(RunError, match="neither disk nor memory has room"):
        streamed(model, Staging([tmp_path]))


def test_a_pass_that_breaks_off_leaves_nothing_and_is_made_again(  # type: ignore[no-untyped-def]
    base,
    run,
    cache,
    tmp_path,
    monkeypatch,
) -> None:
    put, done = Staging.put, []

    def broken(self: Staging, *parts: Any) -> None:
        done.append(1)
        if len(done) == 2:
            raise KeyboardInterrupt
        put(self, *parts)

    monkeypatch.setattr(Staging, "put", broken)
    folder = new_run(base, tmp_path / "logs", classifiers=RIDGE, controls="[]")
    with pytest.raises(KeyboardInterrupt):
        execute(folder, specs.load(folder.spec), folder.path)
    assert len(done) == 2 and not list(cache.iterdir())
    assert execute(folder, specs.load(folder.spec), folder.path) == 0
    assert passes(folder) == [(False, 0, 4)]
    assert same(folder, run())


def test_an_entry_that_breaks_off_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", broken)
    entries = ActivationCache(tmp_path, 10**9)
    with pytest.raises(KeyboardInterrupt):
        entries.write(Key.of({"a": 1}, {}), {"features": np.zeros(9)}, {})
    assert not list(tmp_path.iterdir())


def test_cold_warm_and_half_there_with_repeated_texts(  # type: ignore[no-untyped-def]
    base,
    cache,
    tmp_path,
    no_model,
    monkeypatch,
) -> None:
    lines = (base / "cats.jsonl").read_text().splitlines()
    (tmp_path / "twice.jsonl").write_text("\n".join([*lines, *lines[40:90], *lines[::-3]]))

    def done(**changes: str) -> RunFolder:
        values = {"datasets": f'["{tmp_path}/twice.jsonl"]', "classifiers": '["LDA"]', **changes}
        folder = new_run(base, tmp_path / "logs", controls='["majority"]', **values)
        assert execute(folder, specs.load(folder.spec), folder.path) == 0
        return folder

    with monkeypatch.context() as off:
        off.setenv("PROBE_TUI_CACHE_GIB", "0")
        uncached = done()
    done(poolers='[{pool="mean",layer=0},{pool="mean",layer=2}]', classifiers=RIDGE)
    half = done(poolers='[{pool="mean"}]')
    no_model()
    warm = done()
    assert [passes(each)[-1] for each in (uncached, half, warm)] == [
        (False, 0, 4), (False, 2, 2), (True, 4, 0),
    ]  # fmt: skip
    assert same(uncached, half) and same(half, warm)


def arrays() -> dict[str, Any]:
    draw = np.random.default_rng(0)
    return {
        "marks": draw.random(7) > 0.5,
        "small": draw.integers(-100, 100, (3, 5)).astype(np.int8),
        "short": draw.integers(-100, 100, 5).astype(np.int16),
        "wide": draw.normal(size=(4, 1, 3)),
        "rows": draw.normal(size=(11, 2, 3)).astype(np.float32)[::-1],
        "none": np.empty((0, 4)),
        "count": draw.integers(0, 9, 3),
    }


def test_arrays_are_what_safetensors_reads(tmp_path: Path) -> None:
    path, given = tmp_path / "a.safetensors", arrays()
    place = np.array([3, 0, 0, 10, 2])
    staged = StagedRows(given["rows"], place)
    sha256 = write_arrays(path, given | {"staged": staged})
    assert sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    given["staged"] = given["rows"][place]
    for found in (load_file(path), read_arrays(path, sha256)):
        assert found is not None and found.keys() == given.keys()
        for name, array in given.items():
            assert found[name].dtype == array.dtype and np.array_equal(found[name], array), name
    assert [one.name for one in tmp_path.iterdir()] == ["a.safetensors"]


def test_what_is_changed_in_memory_stays_there(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    sha256 = write_arrays(path, {"x": np.arange(5.0)})
    torch.from_numpy(map_arrays(path)["x"]).zero_()
    found = read_arrays(path, sha256)
    assert found is not None and found["x"].tolist() == [0, 1, 2, 3, 4]


def live_bytes(work: Callable[[], object]) -> int:
    """The most that `work` holds at once, by Python's and numpy's own count."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_cell_is_written_and_read_in_pieces(tmp_path: Path) -> None:
    region = np.memmap(tmp_path / "region", np.float32, "w+", shape=(40_000, 1, 256))
    rows = StagedRows(region, np.random.default_rng(0).permutation(40_000))
    entries, key = ActivationCache(tmp_path / "cache", 10**9), Key.of({"a": 1}, {})
    assert rows.nbytes > 39 * MIB
    assert live_bytes(lambda: entries.write(key, {"features": rows}, {})) < 12 * MIB
    found: list[Any] = []
    assert live_bytes(lambda: found.append(entries.read(key))) < MIB
    assert found[0].arrays["features"].shape == rows.shape


def test_an_entry_is_checked_when_it_is_first_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest, asked = hashlib.file_digest, []
    monkeypatch.setattr(hashlib, "file_digest", lambda *a: asked.append(1) or digest(*a))
    entries, key = ActivationCache(tmp_path, 10**9), Key.of({"a": 1}, {})
    entries.write(key, {"features": np.arange(9)}, {})
    for _ in range(3):
        entry = entries.read(key)
        assert entry is not None and entry.arrays["features"].tolist() == list(range(9))
    assert len(asked) == 1
    assert ActivationCache(tmp_path, 10**9).read(key) is not None and len(asked) == 2


def test_a_plan_in_pieces_is_the_same_json() -> None:
    plan = {
        "name": 'ä"b', "none": [], "empty": {}, "cost": {"n": 1.5, "said": None},
        "folds": {"d": {"task": [{"val": [1], "test": [0, 2]}, {"val": [], "test": [3]}]}},
        "batches": [[1, 2], [3]],
    }  # fmt: skip
    arrayed = json.loads(json.dumps(plan))
    for fold in arrayed["folds"]["d"]["task"]:
        fold["val"], fold["test"] = (np.array(fold[key], np.int32) for key in ("val", "test"))
    assert json.loads("".join(json_pieces(arrayed))) == plan
