"""Facts about model families that their configurations do not state."""

from __future__ import annotations

# Position indices start after the padding index.
OFFSET_POSITIONS = frozenset(
    {
        "camembert", "data2vec-text", "esm", "ibert", "layoutlmv3", "lilt", "longformer", "luke",
        "markuplm", "mluke", "mpnet", "roberta", "roberta-prelayernorm", "xlm-roberta",
        "xlm-roberta-xl", "xmod",
    }
)  # fmt: skip

# The MLP has three matrices: a gate beside the two.
GATED_MLP = frozenset(
    {
        "gemma", "gemma2", "gemma3", "gemma3_text", "llama", "mistral", "mixtral", "olmo", "olmo2",
        "phi3", "qwen2", "qwen3",
    }
)  # fmt: skip

FINAL_NORM = frozenset(
    {
        "bloom", "cohere", "falcon", "gemma", "gemma2", "gemma3", "gemma3_text", "gpt2", "gpt_neo",
        "gpt_neox", "gptj", "llama", "mamba", "mamba2", "mistral", "mixtral", "modernbert", "mpt",
        "mt5", "olmo", "olmo2", "phi", "phi3", "qwen2", "qwen3", "stablelm", "t5", "umt5",
    }
)  # fmt: skip

NO_FINAL_NORM = frozenset(
    {
        "albert", "bart", "bert", "camembert", "deberta", "deberta-v2", "distilbert", "electra",
        "mpnet", "roberta", "xlm-roberta",
    }
)  # fmt: skip

# They read a text in both directions, unless their configuration makes decoders of them.
ENCODERS = frozenset(
    {
        "albert", "bert", "big_bird", "camembert", "convbert", "data2vec-text", "distilbert",
        "deberta", "deberta-v2", "electra", "ernie", "esm", "esmc", "eurobert", "flaubert", "gte",
        "fnet", "funnel", "ibert", "jina_embeddings_v3", "layoutlm", "longformer", "luke",
        "megatron-bert", "mobilebert", "modernbert", "mpnet", "mra", "nomic_bert", "nystromformer",
        "perceiver", "rembert", "roberta", "roberta-prelayernorm", "roc_bert",
        "roformer", "squeezebert", "xlm", "xlm-roberta", "xlm-roberta-xl",
        "xmod", "yoso",
    }
)  # fmt: skip
