"""`probe-tui steer`: add a probe's direction to a model's activations, and see what follows."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from probing.errors import SpecError
from probing.interventions.conditions import conditions_of
from probing.interventions.probe_directions import direction_of
from probing.interventions.requests import Steer
from probing.interventions.steered_rows import Steered
from probing.interventions.texts import read_prompts
from tui.commands import intervened
from tui.commands.row_output import kind_of
from tui.console.steering_report import print_steered
from tui.texts.plans import counted


def steer(given: Namespace) -> int:
    """Print what steering changes, by scale and by layer, beside random directions."""
    kind = kind_of(given)
    path, card = intervened.probe_of(given)
    intervened.check_causal(card, "steering")
    own = direction_of(path, card, given.class_name).layer
    if not given.choices and not given.max_new:
        hint = 'add --choices " Yes"," No", --max-new N, or both'
        raise SpecError("there is nothing to measure but the probe's score", hint=hint)
    prompts, groups = read_prompts(Path(given.prompts).expanduser())
    request = Steer(
        probe=str(path),
        prompts=prompts,
        groups=groups,
        scales=given.scales,
        layers=tuple(dict.fromkeys([own, *intervened.layers_of(given.layers, card)])),
        choices=given.choices,
        max_new=given.max_new,
        n_random=given.random,
        n_shuffled=given.shuffled,
        class_name=given.class_name,
        seed=given.seed,
        device=given.device,
        dtype=given.dtype,
    )
    found = intervened.done(given, card, request, _cost(request))
    assert isinstance(found, Steered)
    return intervened.show(given, kind, found, lambda: print_steered(found))


def _cost(request: Steer) -> str:
    n_conditions, n_prompts = len(conditions_of(request)), len(request.prompts)
    n_read = n_conditions * intervened.n_tokens(request.prompts)
    n_made = n_conditions * n_prompts * request.max_new
    made = f", at most {n_made:,} to generate" if n_made else ""
    prompts, conditions = counted(n_prompts, "prompt"), counted(n_conditions, "condition")
    return f"{prompts} under {conditions}: about {n_read:,} tokens to read{made}"
