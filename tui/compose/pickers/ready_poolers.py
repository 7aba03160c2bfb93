"""Poolers that are ready to pick: the usual ones, for every site and layer."""

from __future__ import annotations

from probing.spec import SITES, PoolerSpec

READY = tuple(
    PoolerSpec(pool=pool, site=site)  # type: ignore[arg-type]
    for site in SITES
    for pool in ("mean", "last", "first", "max")
)

_TOKENS = {
    "token": "the token at the given quantile of a text",
    "last": "a text's last token, the one that has seen all others in a GPT",
    "first": "a text's first token: [CLS] in a BERT",
    "mean": "the mean over a text's tokens",
    "max": "the largest value of each feature over a text's tokens",
    "min": "the least value of each feature over a text's tokens",
}
_SITES = {
    "resid": "the hidden states after each block, 0 the embeddings",
    "attn": "what the attention of each block adds to the hidden states",
    "mlp": "what the MLP of each block adds to the hidden states",
}
_METHODS = {
    "mean": "their mean",
    "max": "their largest values",
    "min": "their least values",
    "extend": "side by side as one long vector",
    "concat": "each a sample of its own",
}


def explained(pooler: PoolerSpec) -> list[str]:
    """What a pooler reads, in a few sentences."""
    lines = [_tokens(pooler), f"{pooler.site}: {_SITES[pooler.site]}", _layers(pooler)]
    if pooler.specials == "drop":
        lines.append("the tokenizer's special tokens are left out")
    if pooler.skip_first:
        lines.append(f"the first {pooler.skip_first} tokens are left out")
    return lines


def _tokens(pooler: PoolerSpec) -> str:
    if pooler.pool != "token":
        return _TOKENS[pooler.pool]
    if isinstance(pooler.quantile, tuple):
        how = _METHODS[pooler.quantile_method or "extend"]
        return f"the tokens at quantiles {list(pooler.quantile)}, {how}"
    place = "the last token" if pooler.quantile in (-1, 1) else "0 the first, 1 the last"
    return f"the token at quantile {pooler.quantile:g} of a text ({place})"


def _layers(pooler: PoolerSpec) -> str:
    if pooler.layer == "each":
        return "every layer for itself: one cell per layer"
    if pooler.reduces_layers:
        which = (
            "all layers but the first and the last"
            if pooler.layer == "all"
            else (
                f"layers {', '.join(map(str, pooler.layer))}"  # type: ignore[arg-type]
            )
        )
        return f"{which}, {_METHODS[pooler.layer_method or 'extend']}"
    return "the second to last layer" if pooler.layer == -1 else f"layer {pooler.layer} alone"
