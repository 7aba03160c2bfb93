"""All that is known of a saved probe, in lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from probing.metric_names import default_metric
from probing.probes import Card
from tui.plot.axis import short

_NAME = 12  # columns of what stands before each line


def sheet(card: Card) -> Iterator[str]:
    """The card of a probe, line by line."""
    for name, told in parts(card).items():
        yield f"{name.replace('_', ' '):<{_NAME}} {told}"
    yield ""


def parts(card: Card) -> dict[str, str]:
    """What is known of a probe, by the name of the fact."""
    return {
        "probe": card.name,
        "run": card.run,
        "task": _task(card),
        "model": _model(card),
        "reads": _place(card),
        "classifier": _classifier(card),
        "dataset": f"{card.dataset.name}: {card.dataset.n_trained:,} of {card.dataset.n_texts:,} "
        f"texts · sha256 {card.dataset.sha256[:12]}",
        "decision": _decision(card),
        "scores": f"{_scores(card, card.score.metrics)}{_n(card)}",
        **_chosen(card),
        **{f"  {name}": _scores(card, own) for name, own in card.score.controls.items()},
        "activations": _activations(card),
        "saved": f"{card.created} · " + ", ".join(f"{k} {v}" for k, v in card.versions.items()),
        "arrays": f"{card.file} · {card.n_bytes:,} bytes · sha256 {card.sha256[:12]}",
    }


def _chosen(card: Card) -> dict[str, str]:
    """Of a probe that `select` chose: whose scores its card holds."""
    if card.score.cell == card.cell:
        return {}
    return {"": "of choosing it inside each fold (select), not those of its own cell"}


def _task(card: Card) -> str:
    if card.task == "binary":
        return f"binary: {card.classes[1]} (scores above the threshold) or {card.classes[0]}"
    classes = f": {', '.join(card.classes)}" if card.classes else ""
    return f"{card.task}{classes}"


def _model(card: Card) -> str:
    revision = f" @ {card.model.revision[:12]}" if card.model.revision else ""
    known = f"weights {card.model.fingerprint[:12]} · tokenizer {card.model.tokenizer[:12]}"
    return f"{card.model.name}{revision} · {card.model.dtype} · {known}"


def _place(card: Card) -> str:
    layers = ", ".join(map(str, card.place.layers))
    word = "layer" if len(card.place.layers) == 1 else "layers"
    width = f"{card.place.width} features"
    return f"{card.place.site} · {word} {layers} · {card.place.label} · {width}"


def _classifier(card: Card) -> str:
    own = card.classifier
    chosen = ", ".join(f"{name} {value:.4g}" for name, value in own.chosen.items())
    fold = "all rows" if card.fold is None else f"the training rows of fold {card.fold}"
    told = [own.name, f"fitted to {fold}", f"{own.n_params:,} parameters", chosen, *own.flags]
    return " · ".join(one for one in told if one)


def _decision(card: Card) -> str:
    if card.task == "regression":
        return "the score is the predicted number"
    own = card.decision
    rule = "largest score"
    if card.task == "binary":
        rule = f"score above {own.threshold:.4g}"
    if own.slope is None:
        return f"{rule}; no probabilities"
    by = own.calibrated or "the classifier's own"
    shift = f" + {own.intercept:.4g}" if own.intercept else ""
    return f"{rule}; probabilities ({by}): {own.slope:.4g} × score{shift} in log odds"


def _scores(card: Card, metrics: Mapping[str, Mapping[str, float | None]]) -> str:
    shown = ("r2", "pearson") if card.task == "regression" else ("accuracy", "auroc", "f1", "ece")
    names = dict.fromkeys((default_metric(card.task), *shown))
    return " · ".join(_score(name, metrics[name]) for name in names if name in metrics) or "none"


def _n(card: Card) -> str:
    return "" if card.score.n_texts is None else f" · n {card.score.n_texts:,}"


def _score(name: str, told: Mapping[str, float | None]) -> str:
    value, low, high = (told.get(key) for key in ("value", "low", "high"))
    bounds = "" if low is None or high is None else f" [{short(low)}, {short(high)}]"
    return f"{name} {short(value, 3)}{bounds}" if value is not None else name


def _activations(card: Card) -> str:
    spread = ", ".join(f"{one:.4g}" for one in card.place.spread)
    along = f" · standard deviation along the direction {spread}" if spread else ""
    return f"mean norm {card.place.norm:.4g}{along}"
