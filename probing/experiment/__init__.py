"""One execution of a plan: pass, fits, events."""

from probing.experiment.run_experiments import RunExperiments
from probing.experiment.running import execute

__all__ = ["RunExperiments", "execute"]
