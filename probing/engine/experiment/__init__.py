"""Execute a plan: forward passes, fits, scores and events."""

from probing.engine.experiment.run_experiments import RunExperiments
from probing.engine.experiment.whole_run import execute

__all__ = ["RunExperiments", "execute"]
