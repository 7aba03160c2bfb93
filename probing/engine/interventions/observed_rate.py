"""Record how fast an intervention was, so that the next estimate is better."""

from __future__ import annotations

import contextlib

from probing.interventions.costs import rate_name, work_of
from probing.interventions.requests import Request
from probing.plan import Rates, step
from probing.probes import Card


def keep_rate(card: Card, request: Request, kind: str, seconds: float) -> None:
    """Take the seconds of all units of a request into the rates of a kind of device.

    A folder that refuses is no matter.
    """
    work = work_of(card, request)
    flops = work.flops + work.made_flops
    if flops > 0:
        name = rate_name(request, request.dtype or card.model.dtype)
        seen = {name: {step(card.model.d_model): seconds / flops}}
        with contextlib.suppress(OSError):
            Rates.read(kind).learned(seen).write()
