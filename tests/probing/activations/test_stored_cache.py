"""A cache with a store behind it: what one machine read, another has, whatever fails between."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pytest

from probing.activations import Key, check_cache, open_cache
from probing.activations.entry_listings import forget_listings
from probing.activations.manifest import read_manifest, write_manifest
from probing.activations.stored_cache import StoredCache
from probing.errors import SpecError
from tests.probing.activations.test_cache import passes, same, viewed
from tests.support.failing_store import failing_store

KEYS = [Key.of({"model": "m"}, {"layer": layer}) for layer in range(6)]


@pytest.fixture
def url() -> Iterator[str]:
    """A store in memory that nobody else has."""
    forget_listings()
    yield "memory://lab/activations"
    fsspec.filesystem("memory").store.clear()
    forget_listings()


def arrays(layer: int) -> dict[str, Any]:
    return {"features": np.arange(12, dtype=np.float32).reshape(3, 4) + layer}


def held(cache: StoredCache, key: Key) -> Any:
    forget_listings()
    entry = cache.read(key)
    return None if entry is None else (entry.arrays["features"].tolist(), dict(entry.facts))


def filled(cache: StoredCache) -> None:
    for layer, key in enumerate(KEYS):
        assert cache.write(key, arrays(layer), {"fallbacks": layer})
    cache.flush()


@pytest.mark.parametrize("every", [0, 5])
def test_another_machine_reads_what_one_wrote(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, every: int
) -> None:
    store, _ = failing_store(url, monkeypatch, every)
    told: list[str] = []
    filled(StoredCache(tmp_path / "one", 1e9, store, told.append))
    forget_listings()
    store, files = failing_store(url, monkeypatch, every)
    other = StoredCache(tmp_path / "other", 1e9, store, told.append)
    assert all(other.holds(key) and other.lists(key) for key in KEYS)
    assert [other.facts(key) for key in KEYS] == [{"fallbacks": at} for at in range(6)]
    for layer, key in enumerate(KEYS):
        assert held(other, key) == (arrays(layer)["features"].tolist(), {"fallbacks": layer})
    other.flush()
    assert not told and not files.asked["put_file"]
    assert files.asked["find"] <= 1 + bool(every)  # one listing for a pass, once more if it fails
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "other").iterdir()} == {0o600}
    # from now on it is here, and the store is not asked for it
    n_read = files.asked["cat_file"] + files.asked["get_file"]
    assert held(other, KEYS[0]) and files.asked["cat_file"] + files.asked["get_file"] == n_read


def test_a_store_that_fails_costs_one_line(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, files = failing_store(url, monkeypatch, 1)
    told: list[str] = []
    cache = StoredCache(tmp_path / "one", 1e9, store, told.append)
    filled(cache)
    assert held(cache, KEYS[3]) is not None
    [line] = told
    assert "memory://lab/activations: does not answer" in line and "alone for now" in line
    # a later run adds what the store lacks, when it reads that
    files.every = 0
    later = StoredCache(tmp_path / "one", 1e9, store, told.append)
    assert held(later, KEYS[3]) is not None
    later.flush()
    forget_listings()
    assert StoredCache(tmp_path / "two", 1e9, store).holds(KEYS[3])


def test_what_fails_halfway_counts_for_nothing(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, files = failing_store(url, monkeypatch)
    cache, told = StoredCache(tmp_path / "one", 1e9, store), list[str]()
    monkeypatch.setattr(files, "every", 2)
    monkeypatch.setattr(store, "tries", 1)  # listed, and not put
    cache.write(KEYS[0], arrays(0), {})
    cache.flush()
    files.every = 0
    forget_listings()
    other = StoredCache(tmp_path / "other", 1e9, store, told.append)
    assert not other.holds(KEYS[0]) and held(other, KEYS[0]) is None and not told


@pytest.mark.parametrize("harm", ["flipped", "foreign name", "odd manifest", "no arrays"])
def test_what_is_damaged_there_is_not_read(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: str
) -> None:
    store, _ = failing_store(url, monkeypatch)
    filled(StoredCache(tmp_path / "one", 1e9, store))
    [data] = [name for name in store.list() if name.endswith("safetensors") and is_of(name, 0)]
    [manifest] = [name for name in store.list() if name.endswith(".json") and is_of(name, 0)]
    if harm == "flipped":
        store.write(data, store.read(data)[:-1] + b"\x01")
    elif harm == "no arrays":
        store.delete([data])
    elif harm == "odd manifest":
        store.write(manifest, b"{}")
    else:
        place = tmp_path / "manifest"
        place.write_bytes(store.read(manifest))
        record = read_manifest(place)
        assert record is not None
        write_manifest(place, record | {"file": "../../taken.safetensors"})
        store.put(manifest, place)
    forget_listings()
    told: list[str] = []
    other = StoredCache(tmp_path / "other", 1e9, store, told.append)
    assert held(other, KEYS[0]) is None and held(other, KEYS[1]) is not None
    assert len(told) == (harm == "flipped") and not list(tmp_path.rglob("taken*"))
    assert not list((tmp_path / "other").glob(".*"))


def is_of(name: str, layer: int) -> bool:
    return KEYS[layer].name.partition("-")[2] in name


def test_a_full_folder_fetches_nothing(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, _ = failing_store(url, monkeypatch)
    filled(StoredCache(tmp_path / "one", 1e9, store))
    told: list[str] = []
    other = StoredCache(tmp_path / "other", 400, store, told.append)
    assert sum(held(other, key) is not None for key in KEYS) < 6
    assert "is full of activations" in told[0]


def test_runs_of_two_machines_share_a_pass(run, no_model, tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("PROBE_TUI_CACHE", f"file://{tmp_path}/shared")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "one"))
    cold = run()
    assert not viewed(cold).state.warnings
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "other"))
    no_model()
    warm = run()
    assert passes(warm)[0][0] and same(cold, warm) and not viewed(warm).state.warnings
    shutil.rmtree(tmp_path / "shared")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("s3://", "names no bucket"),
        ("s4://lab", "no kind of store"),
        ("abfs://lab", "pip install adlfs"),
    ],
)
def test_a_url_that_cannot_be_one_is_told(
    given: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROBE_TUI_CACHE", given)
    for use in (open_cache, check_cache):
        with pytest.raises(SpecError, match=words):
            use()
