"""The ready poolers: mean, last, first and max of every site and layer, and several positions."""

from __future__ import annotations

from probing.spec import SITES, PoolerSpec
from tui.texts.of_runs.plans import counted

READY = tuple(
    PoolerSpec(pool=pool, site=site)  # type: ignore[arg-type]
    for site in SITES
    for pool in ("mean", "last", "first", "max")
)
READY += (PoolerSpec(quantile=(0.0, 0.25, 0.5, 0.75, 1.0), quantile_method="each"),)

_TOKENS = {
    "token": "the token at the given quantile of a text",
    "last": "the last token of a text: in a GPT, the one that sees all others",
    "first": "the first token of a text: [CLS] in a BERT",
    "mean": "the mean over the tokens of a text",
    "max": "the largest value of each feature over the tokens of a text",
    "min": "the smallest value of each feature over the tokens of a text",
    "tokens": "every token, for AttentionProbe and TokenScores",
}
_SITES = {
    "resid": "the hidden states (0 the embeddings, k the output of block k)",
    "attn": "what the attention of each block adds to the hidden states",
    "mlp": "what the MLP of each block adds to the hidden states",
}
_METHODS = {
    "mean": "their mean",
    "max": "their largest values",
    "min": "their smallest values",
    "extend": "joined into one long vector",
    "concat": "each a sample of its own",
    "each": "each a cell of its own",
}


def explained(pooler: PoolerSpec) -> list[str]:
    """What a pooler reads, line by line."""
    lines = [_tokens(pooler), f"{pooler.site}: {_SITES[pooler.site]}", _layers(pooler)]
    if pooler.specials == "drop":
        lines.append("without the tokenizer's special tokens")
    if pooler.skip_first:
        lines.append(f"without the first {counted(pooler.skip_first, 'token')}")
    if pooler.tokens:
        lines.append(f"only the tokens of {', then '.join(pooler.tokens)}")
    return lines


def _tokens(pooler: PoolerSpec) -> str:
    if pooler.pool != "token":
        return _TOKENS[pooler.pool]
    if pooler.positions:
        places = ", ".join(map(str, pooler.positions))
        how = _METHODS[pooler.quantile_method or "extend"]
        what = "the token" if len(pooler.positions) == 1 else "the tokens"
        more = f", {how}" if len(pooler.positions) > 1 else ""
        return f"{what} at {places} (-1 is the last){more}"
    if isinstance(pooler.quantile, tuple):
        how = _METHODS[pooler.quantile_method or "extend"]
        return f"the tokens at quantiles {list(pooler.quantile)}, {how}"
    place = "the last token" if pooler.quantile in (-1, 1) else "0 is the first, 1 the last"
    return f"the token at quantile {pooler.quantile:g} of a text ({place})"


def _layers(pooler: PoolerSpec) -> str:
    if pooler.layer == "each":
        return "each layer on its own: one cell per layer"
    if pooler.reduces_layers:
        which = (
            "all layers but the first and the last"
            if pooler.layer == "all"
            else (
                f"layers {', '.join(map(str, pooler.layer))}"  # type: ignore[arg-type]
            )
        )
        return f"{which}, {_METHODS[pooler.layer_method or 'extend']}"
    return "the second to last layer" if pooler.layer == -1 else f"only layer {pooler.layer}"
