"""Cosines between the directions of saved probes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from probing.probes import save
from probing.probes.cosines import cosine_rows, expected_cosine, largest_cosine
from probing.probes.named_directions import named_directions
from tests.support.probe_cards import a_card


def saved(folder: Path, name: str, weights: np.ndarray, **changes: object) -> Path:
    width = weights.shape[1]
    card = a_card(name, width=width, spread=(1.0,) * len(weights), **changes)
    save(folder, card, {"weights": weights, "bias": np.zeros(len(weights))})
    return folder / f"{name}.json"


def test_each_pair_has_its_cosine_and_what_has_none_says_why(tmp_path: Path) -> None:
    drawn = np.random.default_rng(0).standard_normal((6, 1, 8))
    paths = [saved(tmp_path, f"p{at}", drawn[at], layer=1 + at) for at in range(3)]
    paths.append(saved(tmp_path, "narrow", drawn[3][:, :4]))
    paths.append(saved(tmp_path, "zero", np.zeros((1, 8))))
    paths.append(saved(tmp_path, "net", drawn[4], kind="network"))
    other = saved(tmp_path, "many", drawn[:3, 0], task="multiclass", classes=("a", "b", "c"))
    rows = cosine_rows(named_directions([*paths, other]))
    pairs = rows.filter(rows["cosine"].is_not_null())
    assert pairs.height == 6 * 5 // 2
    first = pairs.row(0, named=True)
    a, b = drawn[0, 0], drawn[1, 0]
    told = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
    assert first["cosine"] == pytest.approx(told, abs=1e-12)
    assert (first["layer_a"], first["layer_b"], first["width"]) == (1, 2, 8)
    classes = pairs.filter(probe_a="p0", probe_b="many")
    assert classes["class_b"].to_list() == ["a", "b", "c"]
    centred = drawn[:3, 0] - drawn[:3, 0].mean(axis=0)
    told = a @ centred[1] / np.linalg.norm(a) / np.linalg.norm(centred[1])
    assert classes["cosine"][1] == pytest.approx(told, abs=1e-12)
    errors = dict(rows.filter(rows["error"].is_not_null()).select("probe_a", "error").iter_rows())
    assert "is 4 wide, and p0 8" in errors["narrow"]
    assert "no length" in errors["zero"]
    assert "is a network, which has no direction" in errors["net"]


def test_the_control_is_what_directions_drawn_evenly_have() -> None:
    assert expected_cosine(2) == pytest.approx(2 / np.pi)
    assert expected_cosine(768) == pytest.approx(np.sqrt(2 / (np.pi * 768)), rel=1e-3)
    drawn = np.random.default_rng(0).standard_normal((20_000, 32))
    cosines = np.abs(drawn[:, 0]) / np.linalg.norm(drawn, axis=1)
    assert cosines.mean() == pytest.approx(expected_cosine(32), rel=0.02)
    assert (cosines < largest_cosine(32)).mean() == pytest.approx(0.95, abs=0.006)
