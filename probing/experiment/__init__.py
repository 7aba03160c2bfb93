"""One execution of a plan: pass, fits, events."""

from probing.experiment.original import RunExperiments
from probing.experiment.running import execute

__all__ = ["RunExperiments", "execute"]
