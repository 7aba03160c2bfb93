"""What a spec will run: cells, passes, solver blocks and their cost, by arithmetic."""

from probing.plan.cells import Cell
from probing.plan.cost import Cost, Rates, forward_flops
from probing.plan.making import Plan, PlannedBlock, PlannedPass, fit_size, look_up, make
from probing.plan.storing import from_json, to_json

__all__ = [
    "Cell",
    "Cost",
    "Plan",
    "PlannedBlock",
    "PlannedPass",
    "Rates",
    "fit_size",
    "forward_flops",
    "from_json",
    "look_up",
    "make",
    "to_json",
]
