"""`probe-tui steer`: add a probe's direction to a model's activations, and see what follows."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from probing.errors import SpecError
from probing.interventions.conditions import conditions_of
from probing.interventions.probe_directions import direction_of
from probing.interventions.requests import Steer
from probing.interventions.texts import read_prompts
from tui.commands.of_interventions import asked_interventions, intervened
from tui.texts.of_runs.plans import counted


def steer(given: Namespace) -> int:
    """Print what steering changes, by scale and by layer, beside random directions."""
    path, card = intervened.probe_of(given)
    intervened.check_causal(card, "steering")
    own = direction_of(path, card, given.class_name).layer
    if not given.choices and not given.max_new:
        hint = 'add --choices " Yes"," No", --max-new N, or both'
        raise SpecError("there is nothing to measure but the probe's score", hint=hint)
    intervened.check_choices(card, given.choices)
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
    return asked_interventions.answer(given, card, request, _what(request))


def _what(request: Steer) -> str:
    prompts = counted(len(request.prompts), "prompt")
    return f"{prompts} under {counted(len(conditions_of(request)), 'condition')}"
