"""Runs over two nodes of Ray on this machine: `pytest -m cluster`, where Ray is installed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from probing.events import EngineStarted, UnitDone
from probing.logs import RunFolder
from tests.support.nodes_of_ray import (
    Accidents,
    Nodes,
    doubled,
    made,
    make_base,
    run_through,
    same,
    told,
)

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def nodes(request: pytest.FixtureRequest) -> Iterator[Nodes]:
    if "cluster" not in request.config.getoption("-m"):
        pytest.skip("starts a cluster: pytest -m cluster")
    pytest.importorskip("ray", reason='needs Ray: pip install "probe-tui[cluster]"')
    nodes = Nodes()
    yield nodes
    nodes.close()


@pytest.fixture(scope="module")
def folder(nodes: Nodes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_base(tmp_path_factory.mktemp("nodes"), 1000)


@pytest.fixture(scope="module")
def plain(folder: Path) -> RunFolder:
    run = made(folder, "plain")
    assert run_through(run) == ([], [0])
    return run


def test_it_is_the_run_of_one_process(nodes: Nodes, folder: Path, plain: RunFolder) -> None:
    run = made(folder, "spread", engine=f'{{ray="{nodes.address}"}}')
    assert run_through(run) == ([], [0])
    assert same(plain, run) and told(run, UnitDone)
    assert told(run, EngineStarted)[0].n_workers == 2


def test_it_is_so_whatever_is_killed(nodes: Nodes, folder: Path, plain: RunFolder) -> None:
    run = made(folder, "killed", engine=f'{{ray="{nodes.address}"}}')
    _, codes = run_through(run, Accidents(nodes, random.Random(0), 30.0, 3))
    assert codes[-1] == 0
    assert same(plain, run) and not doubled(run)
    for one in told(run, UnitDone):
        assert one.n_tries == len(one.reasons) + 1
