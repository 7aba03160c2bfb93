"""`probe-tui patch`: put activations of a text's twin in the place of its own."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from probing.errors import SpecError
from probing.interventions.patched_rows import Patched
from probing.interventions.probe_directions import direction_of
from probing.interventions.requests import Patch
from probing.interventions.texts import read_twins
from tui.commands import intervened
from tui.commands.row_output import kind_of
from tui.console.patching_report import print_patched
from tui.texts.plans import counted


def patch(given: Namespace) -> int:
    """Print how much of the twin's answer each layer and token carries."""
    kind = kind_of(given)
    path, card = intervened.probe_of(given)
    intervened.check_causal(card, "patching")
    direction_of(path, card, given.class_name)
    if given.choices and len(given.choices) != 2:
        what = f"--choices names {counted(len(given.choices), 'token')}"
        raise SpecError(what, hint='name two, such as " Yes"," No"')
    twins, answers, groups = read_twins(Path(given.pairs).expanduser(), given.choices)
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
    found = intervened.done(given, card, request, _cost(request))
    assert isinstance(found, Patched)
    return intervened.show(given, kind, found, lambda: print_patched(found))


def _cost(request: Patch) -> str:
    n_each = len(request.layers) * (1 + request.along * request.n_random)
    lengths = [intervened.n_tokens([text]) for text, _ in request.twins]
    n_read = n_each * sum(length * (length + 1) for length in lengths)
    pairs, layers = counted(len(lengths), "pair"), counted(len(request.layers), "layer")
    return f"{pairs} at every token of {layers}: at most about {n_read:,} tokens to read"
