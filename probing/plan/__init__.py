"""What a spec will run: cells, passes, solver blocks and their cost, by arithmetic."""

from probing.plan.cells import Cell
from probing.plan.cost import Cost, Rates, forward_flops
from probing.plan.costing import fit_size
from probing.plan.making import count, look_up, make
from probing.plan.pass_keys import PassKeys
from probing.plan.storing import from_json, json_pieces, to_json
from probing.plan.types import Plan, PlannedBlock, PlannedPass

__all__ = [
    "Cell",
    "Cost",
    "PassKeys",
    "Plan",
    "PlannedBlock",
    "PlannedPass",
    "Rates",
    "count",
    "fit_size",
    "forward_flops",
    "from_json",
    "json_pieces",
    "look_up",
    "make",
    "to_json",
]
