"""The models on this machine and the facts in their files, read without torch."""

from probing.catalog.block_sizes import BlockShape
from probing.catalog.causal import check_causal
from probing.catalog.extras import check_extras, check_gguf
from probing.catalog.files.chat_templates import check_chat_template
from probing.catalog.files.tokenizer_files import check_tokenizer
from probing.catalog.fingerprint import fingerprint
from probing.catalog.lookup import facts, facts_of, label, local_models
from probing.catalog.places import base_place, locate
from probing.catalog.precision import compute_dtype, dtype_bytes
from probing.catalog.types import Location, ModelFacts
from probing.catalog.weight_memory import weight_bytes

__all__ = [
    "BlockShape",
    "Location",
    "ModelFacts",
    "base_place",
    "check_causal",
    "check_chat_template",
    "check_extras",
    "check_gguf",
    "check_tokenizer",
    "compute_dtype",
    "dtype_bytes",
    "facts",
    "facts_of",
    "fingerprint",
    "label",
    "local_models",
    "locate",
    "weight_bytes",
]
