"""Saved probes in use: load them, and score texts with them."""

from probing.engine.applying.probe import Probe, TokenScores
from probing.engine.applying.together import ProbesTogether

__all__ = ["Probe", "ProbesTogether", "TokenScores"]
