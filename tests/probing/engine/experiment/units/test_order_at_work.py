"""What becomes of units whose workers run out of memory, are late, or are lost; without Ray."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from probing.engine.experiment.units.by_ray import connection, order_at_work
from probing.engine.experiment.units.by_ray import engine as ray_engine
from probing.engine.experiment.units.by_ray import nodes as ray_nodes
from probing.engine.experiment.units.by_ray.crew import Crew
from probing.engine.experiment.units.by_ray.engine import RayEngine
from probing.engine.experiment.units.by_ray.nodes import Node, Share, share_of
from probing.engine.experiment.units.by_ray.own_folder import OwnFolder
from probing.engine.experiment.units.orders import Order
from probing.engine.experiment.units.unit_files import Found, UnitFile
from probing.errors import RunError
from probing.logs import RunFolder
from tests.support.ray_by_script import (
    Actor,
    OutOfMemoryError,
    RayByScript,
    RayError,
    RayTaskError,
    Ref,
)

GIB = 2**30


@pytest.fixture
def order() -> Order:
    return Order("fits", 0, 0, tuple({"blocks": [at]} for at in range(6)), {})


@pytest.fixture
def engine(tmp_path: Path, order: Order) -> Callable[[RayByScript], RayEngine]:
    """One of two workers on a cluster of that Ray."""

    def made(ray: RayByScript) -> RayEngine:
        engine = RayEngine(RunFolder(tmp_path), Crew(2, "cpu", 1, memory=GIB), "head:1")
        engine.ray, engine.order = ray, order
        engine._size(0)
        engine._hire(engine.n_workers)
        return engine

    return made


def unit(engine: RayEngine, order: Order, at: int) -> UnitFile:
    folder = order.folder(engine.run)
    folder.mkdir(parents=True, exist_ok=True)
    return UnitFile(folder, at)


def done(file: UnitFile, mark: str) -> Ref:
    file.begin(mark).succeed(Found())
    return Ref(is_over=True)


def test_without_memory_a_batch_is_smaller_and_then_a_worker_larger(
    order: Order, engine: Callable[[RayByScript], RayEngine]
) -> None:
    tried = []

    def say(actor: Actor, at: int, budget: int | None, mark: str) -> Ref:
        file, memory = unit(own, order, at), actor.options["memory"]
        if at != 3:
            return done(file, mark)
        tried.append((budget, memory // GIB))
        if memory >= 4 * GIB:
            return done(file, mark)
        file.begin(mark)
        out = RayTaskError(RuntimeError("CUDA out of memory")) if not budget else None
        return Ref(is_over=True, error=out or OutOfMemoryError("killed"))

    own = engine(ray := RayByScript(say))
    assert sorted(own.work(order, range(6))) == [0, 1, 2, 3, 4, 5]
    assert tried == [(None, 1), (512, 1), (512, 2), (512, 4)]
    reasons = unit(own, order, 3).reasons()
    assert sum("memory" in why for why in reasons) == len(reasons) == 3
    left = [actor.options["memory"] // GIB for actor in ray.actors if actor.is_alive]
    assert left == [1, 1]


def test_where_no_node_has_the_memory_the_unit_is_given_up(
    order: Order, engine: Callable[[RayByScript], RayEngine]
) -> None:
    def say(actor: Actor, at: int, budget: int | None, mark: str) -> Ref:
        unit(own, order, at).begin(mark)
        return Ref(is_over=True, error=OutOfMemoryError("killed"))

    own = engine(RayByScript(say, memory=3 * GIB))
    assert list(own.work(order, [2])) == [2]
    file = unit(own, order, 2)
    assert file.read() is None and len(file.reasons()) == order_at_work.MOST_TRIES


def test_what_is_late_is_begun_beside_and_counts_once(
    order: Order, engine: Callable[[RayByScript], RayEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order_at_work, "_LATE_S", 0.0)
    late, n_asked = list[Ref](), 0

    def say(actor: Actor, at: int, budget: int | None, mark: str) -> Ref:
        nonlocal n_asked
        file, n_asked = unit(own, order, at), n_asked + 1
        if at == 5 and not late:
            file.begin(mark)
            late.append(Ref())
            return late[0]
        return done(file, mark)

    own = engine(ray := RayByScript(say))
    assert sorted(own.work(order, range(6))) == [0, 1, 2, 3, 4, 5]
    assert n_asked == 7 and not unit(own, order, 5).reasons()
    assert [*own.late] == late and len(own.free) == 1
    late[0].is_over = True
    assert list(own.work(order, [0])) == [0]  # which sees that it is free again
    assert len(ray.actors) == 2 and all(actor.is_alive for actor in ray.actors)


@pytest.mark.parametrize("accident", [None, RayTaskError(OSError("no space")), RayError("lost")])
def test_who_is_free_begins_what_comes_next_which_goes_on_when_its_turn_comes(
    order: Order, engine: Callable[[RayByScript], RayEngine], accident: RayError | None
) -> None:
    later = Order("texts", 1, 0, tuple({"part": [at, at + 1]} for at in range(3)), {})
    given, marks = list[tuple[str, int]](), dict[tuple[str, int], str]()
    slow = {(order.name, 5): Ref(), (later.name, 0): Ref()}
    orders = {one.name: one for one in (order, later)}

    def say(actor: Actor, at: int, budget: int | None, mark: str) -> Ref:
        own_order, key = orders[actor.order], (actor.order, at)
        given.append(key)
        file = unit(own, own_order, at)
        if key == (later.name, 2):
            finish(later, 0)
        if key not in slow or given.count(key) > 1:
            return done(file, mark)
        marks[key] = mark
        file.begin(mark)
        if key == (later.name, 0):
            if accident is not None:
                slow[key].error, slow[key].is_over = accident, True
            finish(order, 5)
        return slow[key]

    def finish(of: Order, at: int) -> None:
        ref, mark = slow[of.name, at], marks[of.name, at]
        if not ref.is_over:
            done(unit(own, of, at), mark)
            ref.is_over = True

    own = engine(ray := RayByScript(say))
    assert sorted(own.work(order, range(6), lambda: later)) == [0, 1, 2, 3, 4, 5]
    assert (later.name, 0) in given
    left = [at for at in range(3) if not unit(own, later, at).is_done()]
    assert sorted(own.work(later, left)) == left
    assert all(unit(own, later, at).is_done() for at in range(3))
    assert given.count((later.name, 0)) == (1 if accident is None else 2)
    reasons = unit(own, later, 0).reasons()
    assert len(reasons) == (accident is not None) and all("lost" in w or "no" in w for w in reasons)
    is_lost = accident is not None and not isinstance(accident, RayTaskError)
    assert len(ray.actors) == 2 + is_lost


def test_fits_go_where_their_features_are_and_elsewhere_before_anybody_waits(
    engine: Callable[[RayByScript], RayEngine],
) -> None:
    near = [{"near": one} if one else {} for one in ("b", "b", "b", "b", "a", "")]
    units = tuple({"blocks": [at], **one} for at, one in enumerate(near))
    order, given = Order("fits", 0, 0, units, {}), list[tuple[str, int]]()

    def say(actor: Actor, at: int, budget: int | None, mark: str) -> Ref:
        given.append((actor.node, at))
        return done(unit(own, order, at), mark)

    own = engine(RayByScript(say))
    while own.coming:
        own.take_in(next(iter(own.coming)))
    assert sorted(own.work(order, range(6))) == [0, 1, 2, 3, 4, 5]
    assert given == [("a", 4), ("b", 0), ("a", 5), ("b", 1), ("a", 2), ("b", 3)]


def test_a_lost_worker_is_replaced_and_without_room_the_run_ends(
    order: Order, engine: Callable[[RayByScript], RayEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    def say(actor: Actor, at: int, budget: int | None, mark: str) -> Ref:
        file = unit(own, order, at)
        if actor.number < 2:
            file.begin(mark)
            return Ref(is_over=True, error=RayError("The node died.\nLogs are elsewhere"))
        return done(file, mark)

    own = engine(ray := RayByScript(say))
    assert sorted(own.work(order, range(6))) == [0, 1, 2, 3, 4, 5]
    assert len(ray.actors) == 4
    [why] = unit(own, order, 0).reasons()
    assert why.endswith(": The node died.")
    monkeypatch.setattr(ray_engine, "PATIENCE_S", -1.0)
    own._hire(1)
    own.check_patience(time.monotonic())  # one is there, and loads
    own.coming.clear()
    own.free.clear()
    with pytest.raises(RunError, match="no room for a worker of 4 CPUs"):
        list(own.work(order, [0]))


def test_a_node_that_is_gone_before_it_answers_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_nodes, "_NOTICED_S", 0.0)
    ray, there, gone = RayByScript(lambda *asked: Ref()), *(Node(i, i, 1, 0, 1) for i in ("1", "9"))
    lost = Ref(error=RayError("The node does not exist any more"))
    ray_nodes._check_answer(ray, lost, gone)
    for node, ref in ((there, lost), (gone, Ref(error=RayTaskError(ImportError("no torch"))))):
        with pytest.raises(RunError, match="its Python cannot start a worker"):
            ray_nodes._check_answer(ray, ref, node)


def test_ray_is_shown_the_gpus_that_the_run_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "CUDA_VISIBLE_DEVICES"
    monkeypatch.delenv(name, raising=False)
    with connection.shown(("cuda:1", "cuda:3")):
        assert os.environ[name] == "1,3"
    assert name not in os.environ
    monkeypatch.setenv(name, "GPU-a, GPU-b,GPU-c")
    with connection.shown(("cuda:2", "cuda:1")):
        assert os.environ[name] == "GPU-c,GPU-b"
    with connection.shown(()):
        assert os.environ[name] == "GPU-a, GPU-b,GPU-c"
    with connection.shown(("cpu",)):
        assert os.environ[name] == "GPU-a, GPU-b,GPU-c"


def test_a_ray_of_ones_own_has_its_own_token_and_clusters_are_shown_the_users(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mode, token = connection._AUTH_MODE, connection._TOKEN
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(os, "environ", {"HOME": str(tmp_path)})
    connection.authenticate("head:1")
    assert os.environ == {"HOME": str(tmp_path)}
    (tmp_path / ".ray").mkdir()
    (tmp_path / ".ray" / "auth_token").write_text("t")
    connection.authenticate("head:1")
    assert os.environ.pop(mode) == "token" and token not in os.environ
    connection.authenticate(None)
    assert os.environ.pop(mode) == "token" and len(os.environ.pop(token)) == 64
    os.environ[mode] = "disabled"
    connection.authenticate(None)
    assert os.environ[mode] == "disabled" and token not in os.environ


def test_cpus_are_shared_out_and_workers_fit_their_node() -> None:
    nodes = [Node("1", "a", 8, 0, 32 * GIB), Node("2", "b", 4, 0, 4 * GIB)]
    assert share_of(nodes, 0, 0, GIB) == Share(4, 0, GIB)
    assert share_of(nodes, 0, 12, GIB) == Share(1, 0, GIB)
    assert [Share(4, 0, 3 * GIB).room(node) for node in nodes] == [2, 1]
    gpus = [Node("1", "a", 32, 4, 0), Node("2", "b", 0, 0, 0)]
    assert share_of(gpus, 2, 0, GIB) == Share(16, 2)
    assert [Share(16, 2).room(node) for node in gpus] == [2, 0]


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("tempfile.gettempdir", lambda: "/scratch/a-name-that-is-far-too-long")
    yield


def test_ray_has_a_short_folder_of_its_own_and_what_is_left_goes(short: None) -> None:
    first = OwnFolder()
    above: Sequence[Path] = list(first.path.parent.iterdir())
    assert first.path in above and len(str(first.path)) < 32
    assert first.path.stat().st_mode & 0o777 == 0o700
    first._lock.release()  # as if its process had been killed
    os.utime(first.path / "lock", (0, 0))
    second = OwnFolder()
    assert not first.path.exists()
    second.remove()
    assert not second.path.exists()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (("0.0.1", []), "node b: has probe-tui 0.0.1, and this is .*same version"),
        (("x", ["/logs/run/.seen-1"]), r"node b: does not see the folder /logs/run,.*--logs DIR"),
        (RayTaskError(ModuleNotFoundError("No module named 'probing'")), "node b: .*'probing'"),
    ],
)
def test_a_node_that_cannot_take_part_is_named(answer: object, said: str) -> None:
    class Ray(RayByScript):
        def get(self, ref: Ref) -> object:  # type: ignore[override]
            if isinstance(answer, Exception):
                raise answer
            return answer

    with pytest.raises(RunError, match=said):
        ray_nodes._check_answer(Ray(lambda *call: Ref()), Ref(), Node("1", "b", 1, 0, 0))
