"""The audit of a dataset before anything is fitted: what would invalidate a split or a claim."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from probing.audit.findings import Finding, short
    from probing.audit.kept import audited, is_kept
    from probing.audit.whole_audit import audit

# Polars: about 0.2 s, paid by whoever audits, not by whoever names a finding.
_HOMES = {
    "Finding": "findings",
    "audit": "whole_audit",
    "audited": "kept",
    "is_kept": "kept",
    "short": "findings",
}

__all__ = ["Finding", "audit", "audited", "is_kept", "short"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
