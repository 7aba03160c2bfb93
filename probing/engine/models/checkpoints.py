"""Load weights from a folder, a GGUF file, or a base model with a PEFT adapter."""

from __future__ import annotations

from typing import Any

import torch


def loaded(
    source: str, options: dict[str, Any], base: str | None, *, with_head: bool = False
) -> tuple[Any, dict[str, Any]]:
    """The model of `source` as `AutoModel` reads it, and what transformers says of its loading.

    `base` is the model that the adapter in `source` changes, None for a model of its own. Only
    `with_head` does it predict the next token.
    """
    import transformers  # about 0.6 s: a run that finds all in the cache does not pay

    kind = transformers.AutoModelForCausalLM if with_head else transformers.AutoModel
    if base is not None:
        return _adapted(source, options, base, kind if with_head else None)
    safe = {} if "gguf_file" in options else {"use_safetensors": True}
    body, told = kind.from_pretrained(source, **options, **safe, output_loading_info=True)
    return body, told


def untrained(
    source: str, options: dict[str, Any], seed: int, dtype: torch.dtype
) -> tuple[Any, dict[str, Any]]:
    """The model of `source` with the weights that `AutoModel.from_config` draws from `seed`.

    They are drawn on the CPU, in the precision `dtype`, so that they are the same on each device.
    """
    import transformers

    config = transformers.AutoConfig.from_pretrained(source, **options)
    trusted = {"trust_remote_code": options.get("trust_remote_code", False)}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        body = transformers.AutoModel.from_config(config, dtype=dtype, **trusted)
    return body, {"missing_keys": []}


def _adapted(
    source: str, options: dict[str, Any], base: str, wanted: Any
) -> tuple[Any, dict[str, Any]]:
    """The base model with the adapter merged into its weights; without its head unless `wanted`.

    The model has the head that the adapter was trained with, since its names count from there.
    """
    import transformers
    from peft import PeftConfig, PeftModel

    told_by_task = {
        "CAUSAL_LM": transformers.AutoModelForCausalLM,
        "SEQ_2_SEQ_LM": transformers.AutoModelForSeq2SeqLM,
        "SEQ_CLS": transformers.AutoModelForSequenceClassification,
        "TOKEN_CLS": transformers.AutoModelForTokenClassification,
        "QUESTION_ANS": transformers.AutoModelForQuestionAnswering,
    }
    task = str(PeftConfig.from_pretrained(source).task_type)
    kind = wanted or told_by_task.get(task.rpartition(".")[2], transformers.AutoModel)
    whole, told = kind.from_pretrained(
        base, **options, use_safetensors=True, output_loading_info=True
    )
    merged = PeftModel.from_pretrained(whole, source).merge_and_unload()
    if wanted is not None:
        return merged, told
    return getattr(merged, merged.base_model_prefix, merged), told
