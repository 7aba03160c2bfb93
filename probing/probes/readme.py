"""The model card of a probe that is shared, in Markdown with the hub's own header."""

from __future__ import annotations

from collections.abc import Mapping

from probing.metric_names import default_metric
from probing.probes.card import Card

_USE = """```python
from probing import Probe

probe = Probe.load("{folder}")
probe.scores(["a text"])
probe.direction  # the unit vector along which the score grows
```"""
_SHOWN = ("accuracy", "auroc", "f1", "ece", "r2", "pearson", "mae")


def readme(card: Card) -> str:
    """What a reader must know of a probe before using it."""
    model, place = card.model, card.place
    base = str(model.entry.get("model", model.name))
    is_hub = bool(model.revision)
    header = ["---", "library_name: probe-tui", "tags:", "- probing", "- interpretability"]
    header += [f"base_model: {base.partition('@')[0]}"] if is_hub else []
    return "\n".join([
        *header,
        "---",
        f"# {card.name}",
        "",
        f"A probe of {model.name}{f' at {model.revision}' if is_hub else ''}: {_task(card)}.",
        "",
        f"- **reads** {place.site}, layer {', '.join(map(str, place.layers))}, {place.label}: "
        f"{place.width} features, in {model.dtype}{_continued(card)}",
        f"- **classifier** {card.classifier.name}, fitted to {card.dataset.n_trained:,} texts of "
        f"{card.dataset.name} (SHA-256 of the dataset {card.dataset.sha256[:16]}…)",
        f"- **decision** {_decision(card)}",
        "",
        "## Scores on held-out texts",
        f"The probe itself was fitted to {_fitted_to(card)}; these are the scores of the same "
        f"procedure on {_tested(card)}, with 95 % intervals. A control that comes close means that "
        "the probe tells little of the model.",
        "",
        *_table(card),
        "",
        "## Use",
        _USE.format(folder="this folder"),
        "",
    ])  # fmt: skip


def _continued(card: Card) -> str:
    n_new = card.dataset.entry.get("generate")
    return f", of texts that the model continues by up to {n_new} tokens" if n_new else ""


def _task(card: Card) -> str:
    if card.task == "regression":
        return "it predicts a number"
    return f"it tells {', '.join(card.classes)} apart"


def _decision(card: Card) -> str:
    if card.task == "regression":
        return "the score is the number"
    if card.task == "multiclass":
        return "the class of the largest score"
    return f"`{card.classes[1]}` where the score is above {card.decision.threshold:.4g}"


def _fitted_to(card: Card) -> str:
    return "all texts" if card.fold is None else f"the training texts of fold {card.fold}"


def _tested(card: Card) -> str:
    n = "" if card.score.n_texts is None else f"{card.score.n_texts:,} "
    folds = "1 fold" if card.score.n_folds == 1 else f"{card.score.n_folds} folds"
    return f"{n}held-out texts ({folds})"


def _table(card: Card) -> list[str]:
    first = default_metric(card.task)
    names = [one for one in dict.fromkeys((first, *_SHOWN)) if one in card.score.metrics]
    rows = {"the probe": card.score.metrics, **card.score.controls}
    return [
        "| | " + " | ".join(names) + " |",
        "| --- |" + " --- |" * len(names),
        *(
            f"| {row.replace('_', ' ')} | "
            + " | ".join(_told(values.get(name, {})) for name in names)
            + " |"
            for row, values in rows.items()
        ),
    ]


def _told(score: Mapping[str, float | None]) -> str:
    value, low, high = (score.get(key) for key in ("value", "low", "high"))
    if value is None:
        return ""
    bounds = "" if low is None or high is None else f" [{low:.3f}, {high:.3f}]"
    return f"{value:.3f}{bounds}"
