"""A run whose units are done by workers has the results of one that does all by itself."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from probing import spec as specs
from probing.datasets import TextDataset, loading
from probing.engine.devices import Device
from probing.engine.experiment import execute, whole_run
from probing.engine.experiment.units import dealing, engines, entry_units
from probing.engine.experiment.units.orders import Order
from probing.errors import RunError, SpecError
from probing.events import (
    EngineStarted,
    Event,
    GenerationDone,
    ProbesSaved,
    TextsGenerated,
    UnitDone,
    UnitFailed,
)
from probing.logs import RunFolder, read_events
from probing.plan.costs import dealt_work
from tests.support.engine_here import Here, LostError, none
from tests.support.real_runs import new_run, viewed
from tests.support.tiny_models import save_model

WIDE = {
    "audit": "true",
    "datasets": '["{base}/cats.jsonl","{base}/sizes.jsonl"]',
    "poolers": '[{pool="mean",layer=[0,3]},{pool="last",layer=[1,2]},{pool="tokens",layer=2}]',
    "classifiers": '["LDA","Ridge",{name="AttentionProbe",max_epoch=3}]',
    "controls": '["majority","shuffled_labels","random_direction"]',
    "select": '["layer"]',
    "ensemble": '"mean"',
    "stability": "true",
    "n_folds": "2",
    "n_shuffles": "1",
}
MINIMAL = 'datasets=["d"]\nmodels=["m"]\npoolers=[{}]\nclassifiers=["LDA"]\n'
SMALL = {"poolers": '[{pool="mean",layer="each"}]', "n_folds": "2", "controls": '["majority"]'}
MakeRun = Callable[..., tuple[RunFolder, Callable[[], int]]]
KEYS = ["dataset", "pooler", "layer", "classifier", "control"]


@pytest.fixture
def dealt(monkeypatch: pytest.MonkeyPatch) -> type[Here]:
    """Units of forty texts, done by a worker of this process."""
    own = type("Own", (Here,), {"done": [], "early": []})
    monkeypatch.setattr(engines, "RayEngine", own)
    monkeypatch.setattr(whole_run, "check_reach", lambda spec: None)
    monkeypatch.setattr(dealt_work, "FEWEST", 40)
    return own


@pytest.fixture
def run(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeRun:
    """A run with a cache of its own, and what executes it."""

    def made(name: str, **changes: str) -> tuple[RunFolder, Callable[[], int]]:
        values = {key: value.replace("{base}", str(base)) for key, value in changes.items()}
        folder = new_run(base, tmp_path / name, **values)

        def go() -> int:
            monkeypatch.setenv("PROBE_TUI_CACHE", str(tmp_path / f"{name}-cache"))
            return execute(folder, specs.load(folder.spec), folder.path)

        return folder, go

    return made


def numbers(folder: RunFolder) -> pl.DataFrame:
    frame = pl.read_parquet(folder.results).sort(KEYS)
    return frame.drop("run", *[name for name in frame.columns if name.endswith("_s")])


def told(folder: RunFolder, kind: type[Event]) -> list[Any]:
    return [one.event for one in read_events(folder.events)[0] if isinstance(one.event, kind)]


def test_it_is_the_run_of_one_process(dealt: type[Here], run: MakeRun) -> None:
    plain, go = run("plain", **WIDE)
    assert go() == 0
    spread, go = run("dealt", workers="2", **WIDE)
    assert go() == 0
    assert numbers(plain).equals(numbers(spread))
    keys = [*KEYS, "text"]
    kept = [pl.read_parquet(one.predictions).sort(keys) for one in (plain, spread)]
    assert kept[0].equals(kept[1])
    assert (
        len([one for one in dealt.done if one.startswith("texts")]) == 4
    )  # sizes are the same texts
    assert [one.unit for one in told(spread, UnitDone)] == dealt.done
    assert len(told(spread, EngineStarted)) == 1
    planned = json.loads(spread.plan.read_text())["cost"]["dealt"]
    kinds = [one.partition("-")[0] for one in dealt.done]
    assert planned["n_fit_units"] == kinds.count("fits")
    assert planned["n_text_units"] == 4
    assert (planned["n_workers"], planned["gains"]) == (2, False)
    assert not spread.work.exists()
    for ours, theirs in zip(viewed(plain).state.passes, viewed(spread).state.passes, strict=True):
        assert (ours.n_texts, ours.n_tokens) == (theirs.n_texts, theirs.n_tokens)


def test_the_texts_of_the_next_pass_are_read_beside_the_fits_of_one(
    dealt: type[Here], run: MakeRun, base: Path
) -> None:
    lines = (base / "cats.jsonl").read_text().splitlines()
    (base / "dogs.jsonl").write_text("\n".join(lines).replace("cat", "dog") + "\n")
    save_model(base / "second", "gpt2", cls=False)
    asked = {
        **SMALL,
        "datasets": '["{base}/cats.jsonl", "{base}/dogs.jsonl"]',
        "models": '["{base}/tiny", "{base}/second"]',
    }
    plain, go = run("plain", **asked)
    assert go() == 0
    spread, go = run("dealt", workers="2", **asked)
    dealt.looks_ahead = True
    assert go() == 0
    assert numbers(plain).equals(numbers(spread))
    early = [one.partition("/")[0].rpartition("-")[0] for one in dealt.early]
    assert early == ["texts-1"] * 3 + ["texts-2"] * 3 + ["texts-3"] * 3
    told_of = [one.unit for one in told(spread, UnitDone)]
    assert len(told_of) == len({*told_of}) == len(dealt.done) + len(dealt.early)
    assert {*told_of} == {*dealt.done, *dealt.early}


def test_workers_look_for_nothing_that_the_run_has_found(
    dealt: type[Here], run: MakeRun, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = (base / "cats.jsonl").read_text().splitlines()
    near = [json.loads(line) for line in lines[:40]]
    for at, row in enumerate(near):
        row["text"] += f" of house number {at} in the long street"
    (base / "near.jsonl").write_text("\n".join([*lines, *map(json.dumps, near)]) + "\n")
    asked = {**SMALL, "datasets": '["{base}/near.jsonl", "{base}/sizes.jsonl"]'}
    looked, links_of = list[int](), loading.links_of

    def counted(data: TextDataset) -> object:
        looked.append(len(data))
        return links_of(data)

    monkeypatch.setattr(loading, "links_of", counted)
    plain, go = run("plain", **asked)
    assert go() == 0
    alone = [*looked]
    spread, go = run("dealt", workers="2", **asked)
    assert go() == 0
    assert len(alone) == 2 and looked == alone * 2  # once by each run, never by the worker
    assert numbers(plain).equals(numbers(spread))


MOVED = {
    "audit": "true",
    "datasets": '["{base}/cats.jsonl","{base}/more.jsonl"]',
    "poolers": '[{pool="mean",layer=[0,3]},{pool="tokens",layer=2}]',
    "classifiers": '["LDA",{name="AttentionProbe",max_epoch=3}]',
    "controls": '["majority","bag_of_words","length"]',
    "select": '["layer"]',
    "ensemble": '"mean"',
    "transfer": "true",
    "save_probes": '"all"',
    "save_fold_probes": "true",
    "n_folds": "2",
}


def probes(folder: RunFolder) -> dict[str, Any]:
    """The cards of a run, but for what differs between two of the same."""
    cards = {path.stem: json.loads(path.read_text()) for path in folder.probes.glob("*.json")}
    return {
        name: {k: v for k, v in card.items() if k not in DIFFER} for name, card in cards.items()
    }


DIFFER = ("made", "created", "run", "time")


def test_transfers_saved_probes_and_bags_of_words_are_dealt_too(
    dealt: type[Here], run: MakeRun, base: Path
) -> None:
    cats = (base / "cats.jsonl").read_text().splitlines()
    lines = [line.replace("cat", "small cat") for line in cats[: len(cats) // 2]]
    (base / "more.jsonl").write_text("\n".join(lines) + "\n")
    plain, go = run("plain", **MOVED)
    assert go() == 0
    spread, go = run("dealt", workers="2", **MOVED)
    assert go() == 0, viewed(spread).state.failures
    assert numbers(plain).equals(numbers(spread))
    assert numbers(plain)["flags"].str.contains("follows one word").all()
    assert probes(plain) == probes(spread) != {}
    kinds = [one.partition("-")[0] for one in dealt.done]
    assert {"texts", "entries", "fits", "transfers", "probes"} == {*kinds}
    saved = [{*one.names} for one in told(spread, ProbesSaved)]
    assert saved == [{*one.names} for one in told(plain, ProbesSaved)]
    planned = json.loads(spread.plan.read_text())["cost"]["dealt"]
    assert planned["n_fit_units"] == kinds.count("fits") + kinds.count("transfers")


def test_what_is_lost_is_done_again_and_what_is_done_is_not(
    dealt: type[Here], run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entry_units, "MOST_BYTES", 1)  # a unit for each layer

    def accident(order: Order, at: int, n_tries: int) -> None:
        if n_tries < at % 3:
            raise LostError if order.kind == "texts" else OSError("no space")

    def death(order: Order, at: int, n_tries: int) -> None:
        accident(order, at, n_tries)
        if at == 1 and order.kind in alive:
            alive.remove(order.kind)
            near[:] = [one.get("near") for one in order.units]
            raise RunError("the driver died")

    near = list[str | None]()
    alive = ["texts", "entries", "fits"]
    plain, go = run("plain", **SMALL)
    assert go() == 0
    spread, go = run("dealt", workers="2", **SMALL)
    dealt.accident = staticmethod(death)
    for _ in range(3):
        with pytest.raises(RunError, match="died"):
            go()
    dealt.accident = staticmethod(accident)
    assert go() == 0
    assert numbers(plain).equals(numbers(spread))
    assert len(dealt.done) == 4 + 4 + 4
    assert near == [socket.gethostname()] * 4  # this node has stored all features
    units = [one.partition("-")[0] for one in dealt.done]
    assert [units.count(kind) for kind in ("texts", "entries", "fits")] == [4, 4, 4]
    for one in told(spread, UnitDone):
        at = int(one.unit.rpartition("/")[2])
        earlier = at % 3 if at == 1 else 0  # of the attempt that died at it
        assert one.n_tries == len(one.reasons) + 1 == at % 3 + 1 + earlier
        assert all(("lost" if "texts" in one.unit else "no space") in why for why in one.reasons)


def test_what_the_cache_does_not_take_is_fitted_by_the_run_itself(
    dealt: type[Here], run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROBE_TUI_CACHE_GIB", "0")
    plain, go = run("plain", **SMALL)
    assert go() == 0
    spread, go = run("dealt", workers="2", **SMALL)
    assert go() == 0
    assert numbers(plain).equals(numbers(spread))
    assert all(one.startswith("texts") for one in dealt.done)
    assert len(dealt.done) == 4
    assert len(viewed(spread).state.passes) == 1
    [warning] = [one for one in viewed(spread).state.warnings if "cache" in one.message]
    assert "without workers" in warning.message


def test_a_cache_that_is_full_half_way_keeps_what_it_has(
    dealt: type[Here], run: MakeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entry_units, "MOST_BYTES", 1)
    plain, go = run("plain", **SMALL)
    assert go() == 0
    cached = [*tmp_path.glob("plain-cache/**/*.safetensors")]
    largest = max(path.stat().st_size for path in cached)
    monkeypatch.setenv("PROBE_TUI_CACHE_GIB", str(2.9 * largest / 2**30))
    spread, go = run("dealt", workers="2", **SMALL)
    assert go() == 0
    assert numbers(plain).equals(numbers(spread))
    assert [one.partition("-")[0] for one in dealt.done].count("entries") == 4
    kept = [*tmp_path.glob("dealt-cache/**/*.safetensors")]
    assert 1 < len(kept) < len(cached)
    said = [one.message for one in viewed(spread).state.warnings]
    assert any("is full of activations that this run uses" in one for one in said)


def test_a_part_that_is_damaged_is_read_again_by_the_resumed_run(
    dealt: type[Here], run: MakeRun
) -> None:
    def spoils(order: Order, at: int, n_tries: int) -> None:
        if order.kind == "entries":
            [path] = spread.work.glob("texts-*/2.*.features.safetensors")
            data = bytearray(path.read_bytes())
            data[-1] ^= 1
            path.write_bytes(data)

    plain, go = run("plain", **SMALL)
    assert go() == 0
    spread, go = run("dealt", workers="2", **SMALL)
    dealt.accident = staticmethod(spoils)
    with pytest.raises(RunError, match=r"part 2 of the texts is gone or damaged"):
        go()
    dealt.accident = staticmethod(none)
    assert go() == 0
    assert numbers(plain).equals(numbers(spread))
    assert sorted(one[-1] for one in dealt.done if one.startswith("texts")) == [*"01223"]


def test_what_no_worker_can_do_fails_alone(dealt: type[Here], run: MakeRun) -> None:
    def accident(order: Order, at: int, n_tries: int) -> None:
        if order.kind == "fits" and at == 1:
            raise OSError("out of order")

    dealt.accident = staticmethod(accident)
    spread, go = run("dealt", workers="2", **SMALL)
    assert go() == 5
    [failed] = told(spread, UnitFailed)
    assert failed.n_tries == 4
    reasons = set(viewed(spread).state.failures.values())
    assert len(reasons) == 1
    assert "out of order" in reasons.pop()
    assert numbers(spread).height == 1 + 3  # majority, and the layers of three other units


def test_ray_is_asked_for_before_anything_loads(
    run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("probing.ray_reach.find_spec", lambda name: None)
    folder, go = run("dealt", workers="2")
    with pytest.raises(SpecError, match=r"Ray is not installed.*probe-tui\[cluster\]"):
        go()
    assert not folder.plan.exists()


def test_texts_are_continued_by_workers_and_each_part_is_kept(
    run: MakeRun, dealt: type[Here], base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dealing, "FEWEST_CONTINUED", 30)
    save_model(base / "talks", "gpt2", head=True, cls=False)
    asked = {
        **SMALL,
        "controls": '["majority","bag_of_words"]',
        "models": f'["{base}/talks"]',
        "datasets": f'[{{path="{base}/cats.jsonl", generate=3}}]',
        "poolers": '[{pool="mean",tokens="generated",layer=1}]',
    }
    plain, go = run("plain", **asked)
    assert go() == 0

    def stops(order: Order, at: int, n_tries: int) -> None:
        if order.kind == "continuations" and at == 1:
            raise RunError("the driver was ended")

    monkeypatch.setattr(dealt, "accident", staticmethod(stops))
    spread, go = run("spread", workers="2", **asked)
    with pytest.raises(RunError, match="the driver was ended"):
        go()
    kept = [one.n_texts for one in told(spread, TextsGenerated)]
    assert kept and sum(kept) < told(plain, GenerationDone)[0].n_texts
    done = len([one for one in dealt.done if one.startswith("continuations")])
    assert done == len(kept)
    monkeypatch.setattr(dealt, "accident", staticmethod(none))
    assert go() == 0
    every = [one for one in dealt.done if one.startswith("continuations")]
    assert len(every) == len(set(every)) > done  # what was kept is not generated again
    assert numbers(plain).equals(numbers(spread))
    ends = [told(one, GenerationDone)[-1] for one in (plain, spread)]
    assert ends[0].n_tokens == ends[1].n_tokens and ends[0].n_texts == ends[1].n_texts
    words = [pl.read_parquet(one.generated).drop("run", strict=False) for one in (plain, spread)]
    assert words[0].equals(words[1])


def test_what_no_worker_can_continue_fails_its_cells_alone(
    run: MakeRun, dealt: type[Here], base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_model(base / "talks", "gpt2", head=True, cls=False)

    def breaks(order: Order, at: int, n_tries: int) -> None:
        if order.kind == "continuations":
            raise ValueError("bad weights")

    monkeypatch.setattr(dealt, "accident", staticmethod(breaks))
    folder, go = run(
        "spread",
        workers="2",
        **{
            **SMALL,
            "models": f'["{base}/talks"]',
            "datasets": f'[{{path="{base}/cats.jsonl", generate=3}}, "{base}/sizes.jsonl"]',
        },
    )
    assert go() == 1
    state = viewed(folder).state
    assert state.n_done and "bad weights" in str(state.failures)


def test_a_run_that_may_have_one_worker_at_a_time_is_its_own() -> None:
    held = Device("cuda", "GPU", members=("cuda:0", "cuda:1"))

    def dealt_by(*sets: str) -> object:
        spec = specs.parse(MINIMAL, sets=['device="all"', *sets])
        made: Any = SimpleNamespace(spec=spec, passes=[], cost=SimpleNamespace(memory_gib=1.0))
        return engines._engine_of(made, SimpleNamespace(run=None), held)  # type: ignore[arg-type]

    dealt = dealt_by()
    assert isinstance(dealt, engines.RayEngine) and dealt.crew.held == ("cuda:0", "cuda:1")
    assert dealt_by("max_parallel=1") is dealt_by("workers=1") is None
    spread = 'models=[{ model = "m", device_map = "auto" }]'
    assert dealt_by(spread) is None
