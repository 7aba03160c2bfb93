"""Saved probes that no run has made, in a folder of runs."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from probing.probes import save
from tests.support.probe_cards import a_card


def save_probes(
    logs: Path, run: str, layers: Sequence[int] = (0, 1, 2), *, dataset: str = "truth"
) -> list[Path]:
    """A probe of each layer of a model, with weights that differ from layer to layer."""
    folder = logs / run / "probes"
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder.parent / "spec.toml").exists():
        (folder.parent / "spec.toml").write_text("")
    rng, paths = np.random.default_rng(len(dataset)), []
    for layer in layers:
        card = a_card(f"{dataset}-L{layer}", layer=layer, run=run)
        named = dataclasses.replace(card.dataset, name=dataset)
        accuracy = {"accuracy": {"value": 0.7 + layer / 10, "low": 0.6, "high": 0.95}}
        low = {"accuracy": {"value": 0.5, "low": 0.45, "high": 0.55}}
        score = dataclasses.replace(
            card.score, metrics=accuracy, controls={"majority": low, "shuffled_labels": low}
        )
        card = dataclasses.replace(card, dataset=named, score=score)
        save(folder, card, {"weights": rng.normal(size=(1, 4)), "bias": np.zeros(1)})
        paths.append(folder / f"{card.name}.json")
    return paths
