"""Cards of saved probes that no run has made."""

from __future__ import annotations

import dataclasses
from typing import Any

from probing.probes import (
    Card,
    CardOfClassifier,
    CardOfDataset,
    CardOfModel,
    Decision,
    Place,
    Scored,
)
from probing.spec import PoolerSpec


def a_card(
    name: str,
    *,
    layer: int = 1,
    width: int = 4,
    spread: tuple[float, ...] = (1.0,),
    **changes: Any,
) -> Card:
    """The card of a linear probe of two classes on a model of 4 layers."""
    accuracy = {"accuracy": {"value": 0.9, "low": 0.85, "high": 0.95}}
    pooler = dataclasses.asdict(PoolerSpec("mean", layer=layer))
    path = "/home/somebody/texts.jsonl"
    values: dict[str, Any] = {
        "name": name,
        "kind": "linear",
        "task": "binary",
        "classes": ("no", "yes"),
        "link": "plain",
        "decision": Decision(0.0, 1.0),
        "place": Place("resid", layer, (layer,), pooler, "mean", width, 3.0, spread),
        "model": CardOfModel(
            "m", {"model": "/home/somebody/m"}, "", "f", "t", "gpt2", 4, width, None, "float32"
        ),
        "dataset": CardOfDataset("texts", path, "0" * 64, {"path": path}, 100, 100),
        "classifier": CardOfClassifier("LDA", {"name": "LDA"}, "standard", width + 1),
        "score": Scored("c", 5, accuracy, {"majority": accuracy}, 80),
        "run": "run",
        "cell": "c",
        "fold": None,
        "created": "2026-01-01T00:00:00Z",
        "versions": {},
    }
    return Card(**{**values, **changes})
