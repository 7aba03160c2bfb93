"""The forward pass: texts and poolers in, pooled features of every layer out."""

from probing.extraction.extract import extract
from probing.extraction.result import Extraction, PassProgress, PassStopped
from probing.extraction.staging import StagedRows, Staging

__all__ = ["Extraction", "PassProgress", "PassStopped", "StagedRows", "Staging", "extract"]
