"""The activation cache: no second pass, the same scores, and never a reason to fail."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import time
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from probing.activations import ActivationCache, Key, cache_folder, open_cache
from probing.activations.eviction import STALE_S, evict
from probing.catalog import facts
from probing.datasets import facts_of, load
from probing.errors import SpecError
from probing.events import Logged, PassDone, from_line, to_record
from probing.layer_choice import lone_cell
from probing.plan import PassKeys, PlannedPass
from probing.plan.types import NamedDataset, NamedModel
from probing.spec import DatasetSpec, ModelSpec, PoolerSpec
from tests.support.real_runs import RIDGE, finish, new_run, passes, same, scores, viewed
from tests.support.tiny_models import save_model, save_tokenizer


def shards(cache: Path) -> list[Path]:
    return [p for p in sorted(cache.glob("*.safetensors")) if "features" in load_file(p)]


def test_a_warm_run_loads_no_model_and_gives_the_same(run, no_model) -> None:  # type: ignore[no-untyped-def]
    cold = run()
    no_model()
    warm = run()
    assert passes(cold) == [(False, 0, 4)]
    assert passes(warm) == [(True, 4, 0)]
    assert viewed(warm).state.passes[0].n_tokens == 0
    assert same(cold, warm)
    counts = [scores(each)["n_params", "n_truncated"].unique() for each in (cold, warm)]
    assert counts[0].equals(counts[1]) and counts[0]["n_params"][0] > 1000


def test_other_classifiers_folds_and_controls_make_no_pass(run, no_model) -> None:  # type: ignore[no-untyped-def]
    run()
    no_model()
    other = run(
        classifiers='["LDA","MassMean"]',
        controls='["majority","shuffled_labels"]',
        n_folds="3",
        scale='"none"',
        seed="5",
    )
    assert passes(other) == [(True, 4, 0)]


def test_a_process_with_a_warm_cache_says_so(base, tmp_path, run) -> None:  # type: ignore[no-untyped-def]
    cold = run()
    warm = new_run(base, tmp_path / "logs", classifiers=RIDGE, controls="[]")
    assert finish(warm) == 0, warm.log.read_text()
    assert passes(warm) == [(True, 4, 0)]
    assert same(cold, warm)


POOLERS = '[{pool="mean"},{pool="max",layer=[1,2],layer_method="mean"},{pool="last",site="mlp"}]'


def test_half_there_computes_only_what_is_missing(run, cache) -> None:  # type: ignore[no-untyped-def]
    cold = run(poolers=POOLERS)
    assert passes(cold) == [(False, 0, 8)]
    shutil.rmtree(cache)
    assert passes(run(poolers='[{pool="mean",layer=2}]')) == [(False, 0, 1)]
    assert passes(run(poolers='[{pool="mean",layer=[2,0]}]')) == [(False, 0, 1)]
    half = run(poolers=POOLERS)
    assert passes(half) == [(False, 1, 7)]
    assert same(cold, half)
    assert passes(run(poolers='[{pool="mean",layer=[3],layer_method="max"}]')) == [(True, 1, 0)]
    assert passes(run(poolers='[{pool="token",quantile=1.0,site="mlp"}]')) == [(True, 3, 0)]


def test_a_half_warm_pass_uses_the_batches_of_the_first(run, cache) -> None:  # type: ignore[no-untyped-def]
    first = run()
    batches = json.loads(first.plan.read_text())["batches"]["tiny"]["cats"]
    [record] = [p for p in cache.glob("*.safetensors") if "batch_rows" in load_file(p)]
    assert load_file(record)["batch_sizes"].tolist() == [len(batch) for batch in batches]
    second, third = run(poolers='[{pool="max"}]'), run()
    for other in (second, third):
        assert json.loads(other.plan.read_text())["batches"]["tiny"]["cats"] == batches


@pytest.mark.parametrize("how", ["flip", "cut", "manifest", "gone"])
def test_a_damaged_shard_is_computed_again(run, cache, how: str) -> None:  # type: ignore[no-untyped-def]
    cold = run()
    for path in shards(cache)[:2]:
        data = bytearray(path.read_bytes())
        data[-9] ^= 1
        if how == "flip":
            path.write_bytes(data)
        elif how == "cut":
            path.write_bytes(data[:-20])
        elif how == "gone":
            path.unlink()
        else:
            manifest = path.with_name(path.name.partition(".")[0] + ".json")
            manifest.write_text(manifest.read_text().replace('\\"size\\": ', '\\"size\\": 1'))
    again = run()
    assert same(cold, again)
    # a flipped bit shows only when the shard is read
    expected = [(True, 4, 0), (False, 2, 2)] if how == "flip" else [(False, 2, 2)]
    assert passes(again) == expected
    told = [one.message for one in viewed(again).state.warnings]
    assert len(told) == (2 if how in ("flip", "cut") else 0)
    assert all("is damaged" in message for message in told)
    assert passes(run()) == [(True, 4, 0)]


def test_without_the_record_of_the_pass_it_is_made_again(run, cache) -> None:  # type: ignore[no-untyped-def]
    cold = run()
    for path in cache.glob("*.safetensors"):
        if "batch_rows" in load_file(path):
            path.unlink()
    again = run()
    assert passes(again) == [(False, 0, 4)]
    assert same(cold, again)


def test_a_cache_that_cannot_be_written_is_a_warning(run, tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    cold = run()
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("PROBE_TUI_CACHE", str(tmp_path / "file"))
    without = run()
    [warning] = viewed(without).state.warnings
    assert warning.where == "activation cache" and "cannot be written" in warning.message
    assert same(cold, without)


def test_a_full_disk_is_a_warning(run, cache, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    usage = shutil.disk_usage(Path("/"))._replace(free=1000)
    monkeypatch.setenv("PROBE_TUI_CACHE_GIB", "1")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    full = run()
    assert passes(full) == [(False, 0, 4)]
    assert [one.where for one in viewed(full).state.warnings] == ["activation cache"]
    assert not list(cache.iterdir())


def test_a_limit_of_nothing_caches_nothing(run, cache, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("PROBE_TUI_CACHE_GIB", "0")
    runs = [run(), run()]
    assert [passes(each) for each in runs] == [[(False, 0, 4)]] * 2
    assert same(*runs)
    assert not cache.exists() and not viewed(runs[0]).state.warnings


def test_a_run_larger_than_the_limit_keeps_the_rest_in_memory(run, cache, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    cold = run()
    shutil.rmtree(cache)
    monkeypatch.setenv("PROBE_TUI_CACHE_GIB", str(50_000 / 2**30))
    tight = run()
    assert same(cold, tight)
    assert 0 < sum(path.stat().st_size for path in cache.iterdir()) <= 60_000
    assert "full" in viewed(tight).state.warnings[0].message
    again = run()
    assert passes(again)[0][1] > 0 and same(cold, again)


def test_files_are_private(run, cache) -> None:  # type: ignore[no-untyped-def]
    run()
    assert cache.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in cache.iterdir()} == {0o600}


def test_the_environment_says_where_and_how_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert open_cache().limit <= 20 * 2**30
    monkeypatch.setenv("PROBE_TUI_CACHE_GIB", "2.5")
    assert open_cache().limit == 2.5 * 2**30
    for wrong in ("much", "-1", "nan"):
        monkeypatch.setenv("PROBE_TUI_CACHE_GIB", wrong)
        with pytest.raises(SpecError, match="PROBE_TUI_CACHE_GIB"):
            open_cache()
    monkeypatch.delenv("PROBE_TUI_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "probe-tui" / "activations"


def keys(folder: Path, data: Path, texts: list[str] | None = None, **changes: Any) -> PassKeys:
    dtype = changes.pop("dtype", "auto")
    spec = ModelSpec(str(folder), **changes)
    found = load(DatasetSpec(str(data)), data)
    model = NamedModel("m", spec, facts(spec, Path()))
    one = PlannedPass(NamedDataset("d", DatasetSpec(str(data)), facts_of(found)), model, ())
    read = replace(found, texts=tuple(texts or found.texts))
    made = PassKeys.of(one, read.read.sha256, "cpu", dtype, Path())
    assert made is not None
    return made


def test_whatever_changes_the_numbers_changes_the_key(base: Path, tmp_path: Path) -> None:
    folder, data = save_model(tmp_path / "m", "bert"), base / "cats.jsonl"
    first = keys(folder, data).record.name
    assert keys(folder, data).record.name == first
    assert keys(folder, data, dtype="float32").record.name == first
    names = {
        keys(folder, data, max_length=5).record.name,
        keys(folder, data, truncation="left").record.name,
        keys(folder, data, dtype="bfloat16").record.name,
        keys(folder, data, blocks="encoder.layer.{}").record.name,
        keys(folder, data, texts=["ab", "c"]).record.name,
        keys(folder, data, texts=["a", "bc"]).record.name,
        keys(folder, data, tokenizer=str(base / "tiny")).record.name,
        keys(base / "tiny", data).record.name,
    }
    save_tokenizer(folder, cls=False)
    names.add(keys(folder, data).record.name)
    weights = bytearray((folder / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    times = (folder / "model.safetensors").stat()
    (folder / "model.safetensors").write_bytes(weights)
    os.utime(folder / "model.safetensors", ns=(times.st_atime_ns, times.st_mtime_ns))
    names.add(keys(folder, data).record.name)
    assert len(names | {first}) == 11


def test_large_weights_count_by_size_and_times(
    base: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("probing.activations.identities._SMALL", 10_000)
    folder, data = save_model(tmp_path / "m", "bert"), base / "cats.jsonl"
    weights = folder / "model.safetensors"
    before, times = keys(folder, data).record.name, weights.stat()
    copy = weights.read_bytes()
    time.sleep(0.02)
    weights.write_bytes(copy[:-1] + bytes([copy[-1] ^ 1]))
    os.utime(weights, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert keys(folder, data).record.name != before


def test_cells_that_come_to_the_same_share_a_key(base: Path) -> None:
    made = keys(base / "tiny", base / "cats.jsonl")

    def name(layers: tuple[int, ...], **options: Any) -> str:
        return made.cell(lone_cell(PoolerSpec(**options), layers)).name

    one = name((2,), pool="last")
    assert one == name((2,), pool="token", quantile=-1, layer_method="max", layer=(2,))
    others = [
        name((1,), pool="last"),
        name((2,), pool="first"),
        name((2,), pool="last", site="attn"),
        name((2,), pool="last", specials="drop"),
        name((2,), pool="last", skip_first=1),
        name((1, 2), pool="last", layer=(1, 2)),
        name((2, 1), pool="last", layer=(1, 2)),
        name((1, 2), pool="last", layer=(1, 2), layer_method="mean"),
        name((2,), quantile=(0.0, 1.0)),
        name((2,), quantile=(0.0, 1.0), quantile_method="concat"),
    ]
    assert len({one, *others}) == 11
    assert name((1, 2), pool="last", layer="all") == name((1, 2), pool="last", layer=(1, 2))


def test_a_hub_model_is_its_commit(tmp_path: Path) -> None:
    from probing.activations import model_identity
    from probing.catalog import Location

    commit = "0123456789" * 4
    place = Location("org/name@main", "hub cache", tmp_path / commit, "org/name", "main")
    assert model_identity(place) == {"hub": "org/name", "commit": commit}
    assert model_identity(Location("org/name", "hub", None, "org/name")) is None


def key(name: str) -> Key:
    return Key.of({"test": name}, {})


def stored(cache: ActivationCache, name: str, size: int = 1000, age: float = 0.0) -> None:
    assert cache.write(key(name), {"features": np.zeros(size, np.uint8)}, {})
    if age:
        then = time.time() - age
        os.utime(cache.root / f"{key(name).name}.json", (then, then))


def left(root: Path) -> str:
    """The names of the entries that have both their files."""
    stems = [path.name.partition(".")[0] for path in root.iterdir()]
    return "".join(name for name in "abcde" if stems.count(key(name).name) == 2)


def test_the_least_recently_used_go_first(tmp_path: Path) -> None:
    before = ActivationCache(tmp_path, 10**6)
    for name, age in (("a", 300), ("b", 400), ("c", 200)):
        stored(before, name, age=age)
    size = sum(path.stat().st_size for path in tmp_path.iterdir()) // 3
    now = ActivationCache(tmp_path, 3 * size + 500)
    assert now.read(key("b")) is not None  # the oldest, but used now
    stored(now, "d")
    assert left(tmp_path) == "bcd"
    stored(now, "e", size=1400)
    assert left(tmp_path) == "bde"


def test_what_a_run_uses_is_not_evicted_by_it(tmp_path: Path) -> None:
    told: list[str] = []
    cache = ActivationCache(tmp_path, 4000, told.append)
    for name in "ab":
        stored(cache, name)
    assert not cache.write(key("c"), {"features": np.zeros(3000, np.uint8)}, {})
    assert cache.holds(key("a")) and cache.holds(key("b"))
    assert len(told) == 1 and "full" in told[0]


def test_files_without_a_manifest_are_swept_when_stale(tmp_path: Path) -> None:
    cache = ActivationCache(tmp_path, 10**6)
    stored(cache, "a")
    old = time.time() - STALE_S - 10
    for name, at in (("x.1.safetensors", old), (".y.2.safetensors.draft", old),
                     ("z.3.safetensors", time.time())):  # fmt: skip
        (tmp_path / name).write_bytes(b"123")
        os.utime(tmp_path / name, (at, at))
    evict(tmp_path, 10**6, ())
    left = {path.name for path in tmp_path.iterdir()}
    assert "z.3.safetensors" in left and cache.holds(key("a"))
    evict(tmp_path, 1, ())
    assert (tmp_path / "z.3.safetensors").exists()  # another run may be writing it
    assert not left & {"x.1.safetensors", ".y.2.safetensors.draft"}


def _write_often(root: str, value: int) -> None:
    for _ in range(30):
        cache = ActivationCache(Path(root), 10**7)
        cache.write(key("same"), {"features": np.full(20_000, value, np.uint8)}, {})
        entry = cache.read(key("same"))
        if entry is not None:
            assert len(set(entry.arrays["features"].tolist())) == 1
        cache._drop(key("same"), Path(root) / "nothing")


def test_two_writers_at_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    both = [context.Process(target=_write_often, args=(str(tmp_path), at)) for at in (1, 2)]
    for process in both:
        process.start()
    for process in both:
        process.join(60)
    assert [process.exitcode for process in both] == [0, 0]
    stored(ActivationCache(tmp_path, 10**7), "same")
    assert ActivationCache(tmp_path, 10**7).read(key("same")) is not None


def test_a_log_from_before_the_cache_is_read() -> None:
    record = to_record(Logged(0, 1.0, PassDone("m", "d", 1, 2, 0, 1, 0.5)))
    body = json.dumps({k: v for k, v in record.items() if "cached" not in k and k != "n_computed"})
    logged = from_line(f'{body[:-1]},"crc":"{zlib.crc32(body[:-1].encode()):08x}"}}')
    assert logged is not None and logged.event == PassDone("m", "d", 1, 2, 0, 1, 0.5)
