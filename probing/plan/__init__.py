"""The plan of a spec: its cells, passes, solver blocks and what they will cost."""

from probing.plan.cells import Cell
from probing.plan.costs.cost import Cost, PassCost
from probing.plan.costs.device_memory import fit_bytes
from probing.plan.costs.estimate import weights_bytes
from probing.plan.costs.fit_sizes import (
    fit_size,
    fit_units,
    n_fits,
    text_fit_size,
    text_fit_units,
    text_fit_work,
)
from probing.plan.costs.rates import (
    LOAD,
    START,
    Rates,
    Units,
    fit_work,
    forward_work,
    generate_work,
    step,
)
from probing.plan.pass_keys import PassKeys
from probing.plan.plan_file import checked_pieces, from_json, json_pieces, stored_part, to_json
from probing.plan.planner import look_up, make
from probing.plan.pooled_layers import block_bytes, layer_shape
from probing.plan.stored_plan import plan_again
from probing.plan.types import (
    Candidate,
    Plan,
    PlannedBlock,
    PlannedCells,
    PlannedChoice,
    PlannedPass,
    PlannedTexts,
    PlannedTransfer,
)

__all__ = [
    "LOAD",
    "START",
    "Candidate",
    "Cell",
    "Cost",
    "PassCost",
    "PassKeys",
    "Plan",
    "PlannedBlock",
    "PlannedCells",
    "PlannedChoice",
    "PlannedPass",
    "PlannedTexts",
    "PlannedTransfer",
    "Rates",
    "Units",
    "block_bytes",
    "checked_pieces",
    "fit_bytes",
    "fit_size",
    "fit_units",
    "fit_work",
    "forward_work",
    "from_json",
    "generate_work",
    "json_pieces",
    "layer_shape",
    "look_up",
    "make",
    "n_fits",
    "plan_again",
    "step",
    "stored_part",
    "text_fit_size",
    "text_fit_units",
    "text_fit_work",
    "to_json",
    "weights_bytes",
]
