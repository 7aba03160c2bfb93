"""Influence values: how far each test sample moves each metric of a cell."""

from probing.engine.metrics.influence.every_metric import influences, optimism

__all__ = ["influences", "optimism"]
