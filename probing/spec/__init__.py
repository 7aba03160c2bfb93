"""The spec: what to run, read from a small TOML file into frozen values."""

from probing.spec.entries import ClassifierSpec, DatasetSpec, Entry, ModelSpec, PoolerSpec
from probing.spec.experiment import Spec, check_device_name
from probing.spec.reading import load, override, parse, read, read_entry
from probing.spec.values import (
    CONTROLS,
    DEVICE_MAPS,
    LAYER_METHODS,
    POOLS,
    QUANTIZATIONS,
    SITES,
    SPLITS,
)
from probing.spec.writing import to_toml

__all__ = [
    "CONTROLS",
    "DEVICE_MAPS",
    "LAYER_METHODS",
    "POOLS",
    "QUANTIZATIONS",
    "SITES",
    "SPLITS",
    "ClassifierSpec",
    "DatasetSpec",
    "Entry",
    "ModelSpec",
    "PoolerSpec",
    "Spec",
    "check_device_name",
    "load",
    "override",
    "parse",
    "read",
    "read_entry",
    "to_toml",
]
