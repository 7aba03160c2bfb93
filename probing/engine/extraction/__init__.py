"""The forward pass: texts and poolers in, pooled features of every layer out."""

from probing.engine.extraction.continuing import Growth, continue_texts
from probing.engine.extraction.disk_staging import StagedRows, Staging
from probing.engine.extraction.layer_widths import check_widths
from probing.engine.extraction.result import Extraction, PartRead, PassProgress, PassStopped
from probing.engine.extraction.token_staging import StagedTokens
from probing.engine.extraction.whole_pass import extract, extract_part

__all__ = [
    "Extraction",
    "Growth",
    "PartRead",
    "PassProgress",
    "PassStopped",
    "StagedRows",
    "StagedTokens",
    "Staging",
    "check_widths",
    "continue_texts",
    "extract",
    "extract_part",
]
