"""What the configuration of a model says, line by line."""

from __future__ import annotations

from probing.catalog import ModelFacts


def facts_lines(facts: ModelFacts) -> list[tuple[str, str]]:
    """The name and the value of each fact."""
    kind = "encoder of an encoder-decoder" if facts.is_encoder_decoder else ""
    norm = {True: "yes, layer L is after it", False: "none", None: "unknown"}[facts.has_final_norm]
    return [
        ("type", f"{facts.model_type} {kind}".strip()),
        ("layers", f"{facts.n_layers} blocks, resid 0 to {facts.n_layers}"),
        ("width", str(facts.d_model)),
        ("parameters", f"{facts.shown_params:,}"),
        ("max length", f"{facts.max_length:,} tokens" if facts.max_length else "no limit given"),
        ("dtype", facts.dtype),
        ("final norm", norm),
        ("from", f"{facts.source}"),
    ]
