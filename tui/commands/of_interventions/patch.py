"""`probe-tui patch`: put activations of a text's twin in the place of its own."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from probing.errors import SpecError
from probing.interventions.probe_directions import direction_of
from probing.interventions.requests import Patch
from probing.interventions.texts import read_twins
from tui.commands.of_interventions import asked_interventions, intervened
from tui.texts.of_runs.plans import counted


def patch(given: Namespace) -> int:
    """Print how much of the twin's answer each layer and token carries."""
    path, card = intervened.probe_of(given)
    intervened.check_causal(card, "patching")
    direction_of(path, card, given.class_name)
    if given.choices and len(given.choices) != 2:
        what = f"--choices names {counted(len(given.choices), 'token')}"
        raise SpecError(what, hint='name two, such as " Yes"," No"')
    twins, answers, groups = read_twins(Path(given.pairs).expanduser(), given.choices)
    intervened.check_choices(card, (word for pair in answers for word in pair))
    request = Patch(
        probe=str(path),
        twins=twins,
        answers=answers,
        groups=groups,
        layers=intervened.layers_of(given.layers, card),
        along=given.along,
        skips=given.skip_unaligned,
        n_random=given.random,
        class_name=given.class_name,
        seed=given.seed,
        device=given.device,
        dtype=given.dtype,
    )
    return asked_interventions.answer(given, card, request, _what(request))


def _what(request: Patch) -> str:
    pairs, layers = counted(len(request.twins), "pair"), counted(len(request.layers), "layer")
    return f"{pairs} at every token of {layers}"
