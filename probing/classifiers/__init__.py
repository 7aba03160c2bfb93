"""Classifiers: the two bases that users build on, those that ship, and what loads them."""

from probing.classifiers.looped import Looped
from probing.classifiers.multi_step import MultiStepOpt
from probing.classifiers.plugins import load
from probing.classifiers.protocol import Classifier
from probing.classifiers.single_step import SingleStepOpt

__all__ = ["Classifier", "Looped", "MultiStepOpt", "SingleStepOpt", "load"]
