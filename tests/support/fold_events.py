"""A fold as the log has it."""

from probing.events import FoldDone


def fold(**changes: object) -> FoldDone:
    values: dict[str, object] = {
        "cell": "c",
        "attempt": 0,
        "dataset": "d",
        "task": "binary",
        "model": "m",
        "site": "resid",
        "pooler": "mean",
        "layer": 3,
        "classifier": "LDA",
        "control": "",
        "permutation": 0,
        "fold": 1,
        "n_train": 80,
        "n_val": 10,
        "n_test": 10,
        "n_truncated": 0,
        "n_params": 5000,
        "n_probe_params": 5,
        "fit_s": 0.1,
        "metrics": {"accuracy": 0.5},
    }
    return FoldDone(**(values | changes))  # type: ignore[arg-type]
