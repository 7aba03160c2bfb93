"""Influence values: how far each test sample moves each metric of a cell."""

from probing.engine.metrics.influence.every_metric import each_influence, influences, optimism
from probing.engine.metrics.influence.usable_information import conditional_v_information

__all__ = ["conditional_v_information", "each_influence", "influences", "optimism"]
