"""The spec: what to run, read from a small TOML file into frozen values."""

from probing.spec.checkpoints import every_model, names_of, step_of, trajectory_of
from probing.spec.classifier_axes import family_of, size_of, tells_size
from probing.spec.controls import (
    CONTROLS,
    DEFAULT_CONTROLS,
    Control,
    is_of,
    named_controls,
    role_of,
)
from probing.spec.engines import Engine
from probing.spec.entries import ClassifierSpec, DatasetSpec, Entry, ModelSpec, PoolerSpec
from probing.spec.experiment import Spec, check_device_name
from probing.spec.hub_names import is_hub, repo_of
from probing.spec.parts import DatasetPart, part_of
from probing.spec.position_axes import every_pooler, position_of
from probing.spec.reading import load, override, parse, read, read_entry
from probing.spec.sweeps import sweep_of, swept
from probing.spec.values import (
    CHAT,
    CHOSEN,
    DEVICE_MAPS,
    LAYER_METHODS,
    POOLS,
    QUANTIZATIONS,
    SITES,
    SPLITS,
)
from probing.spec.writing import as_entry, to_toml

__all__ = [
    "CHAT",
    "CHOSEN",
    "CONTROLS",
    "DEFAULT_CONTROLS",
    "DEVICE_MAPS",
    "LAYER_METHODS",
    "POOLS",
    "QUANTIZATIONS",
    "SITES",
    "SPLITS",
    "ClassifierSpec",
    "Control",
    "DatasetPart",
    "DatasetSpec",
    "Engine",
    "Entry",
    "ModelSpec",
    "PoolerSpec",
    "Spec",
    "as_entry",
    "check_device_name",
    "every_model",
    "every_pooler",
    "family_of",
    "is_hub",
    "is_of",
    "load",
    "named_controls",
    "names_of",
    "override",
    "parse",
    "part_of",
    "position_of",
    "read",
    "read_entry",
    "repo_of",
    "role_of",
    "size_of",
    "step_of",
    "sweep_of",
    "swept",
    "tells_size",
    "to_toml",
    "trajectory_of",
]
