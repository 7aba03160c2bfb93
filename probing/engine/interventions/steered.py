"""Steer a model along a saved probe, in a notebook."""

from __future__ import annotations

import torch

from probing.engine.applying import Probe
from probing.engine.interventions.edits import Add, edited
from probing.engine.models import BlockReader
from probing.interventions.probe_directions import direction_of


def steered(
    probe: Probe, scale: float, *, layer: int | None = None, class_name: str = ""
) -> BlockReader:
    """A context in which every pass of the probe's model is steered along its direction.

    A `scale` of 1 adds one standard deviation of the probe's training rows along it to every
    token, at the probe's own layer or at `layer`. The model is `probe.model`, or the Hugging Face
    model that the probe was loaded with, whose `generate` is steered too. `class_name` says whose
    direction it is, of several classes. Raises `ProbeError` for a probe without one, and
    `SpecError` for a layer that the model lacks.
    """
    direction = direction_of(probe.path, probe.card, class_name)
    place = direction.site, direction.layer if layer is None else layer
    step = torch.from_numpy(scale * direction.spread * direction.unit)
    return edited(probe.model, {place: Add(step)})
