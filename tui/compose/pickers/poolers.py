"""The picker of poolers."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, ClassVar

from rich.text import Text

from probing.spec import LAYER_METHODS, POOLS, SITES, Entry, PoolerSpec
from probing.spec.values import EACH
from tui.compose.pickers.picker import Picker
from tui.compose.pickers.ready_poolers import READY, explained
from tui.dialogs.form import FormScreen
from tui.widgets.fields import Field, shown_names, shown_value

_METHODS = ("", *LAYER_METHODS)
_FORM: dict[str, tuple[str, tuple[str, ...]]] = {
    "pool": ("how the tokens of a text become one vector", POOLS),
    "quantile": (
        "for pool = token: 0 is the first, 0.5 the middle, 1 or -1 the last; or several: 0, 0.5, 1",
        (),
    ),
    "layer": ("each, all, an index, -1 (the second to last) or a list such as [3, 4]", ()),
    "layer_method": ("how several layers become one vector; empty: extend", _METHODS),
    "quantile_method": (
        "how several tokens become one vector; empty: extend; each: a cell for each",
        (*_METHODS, EACH),
    ),
    "site": ("resid: the hidden states; attn, mlp: what that part of a block adds", SITES),
    "specials": ("keep or drop the tokenizer's special tokens", ("keep", "drop")),
    "skip_first": ("tokens to skip at the start, where attention sinks live", ()),
    "position": (
        "in place of quantile: 0 the first, -1 the last, -2 the one before; or several: 0, 1, 2",
        (),
    ),
    "tokens": ("only these: user, assistant, template, between:A..B, /regex/, last:5, not …", ()),
}


class PoolerPicker(Picker):
    """Ready poolers, and variants that the user makes."""

    KIND: ClassVar[str] = "poolers"
    TITLE: ClassVar[str] = "Pool"
    help_line: ClassVar[str] = (
        "Which layers and tokens become one vector for each text. Space picks, e edits, a adds."
    )

    def on_mount(self) -> None:
        """Offer the ready poolers."""
        self.offer(READY)

    def key(self, entry: Entry) -> Hashable:
        """Every pooler is an entry of its own."""
        return entry

    def name_of(self, entry: Entry) -> str:
        """The label in the results."""
        assert isinstance(entry, PoolerSpec)
        return entry.label

    def facts_of(self, entry: Entry) -> str:
        """Site and layers."""
        assert isinstance(entry, PoolerSpec)
        return f"{entry.site:<5} {_layers(entry)}"

    def summary_of(self, entry: Entry) -> str:
        """Label, site and layers."""
        assert isinstance(entry, PoolerSpec)
        return f"{entry.label} {entry.site} {_layers(entry)}"

    def detail_of(self, entry: Entry) -> Text:
        """What the pooler reads."""
        assert isinstance(entry, PoolerSpec)
        return Text(
            "\n".join([entry.label, "", *explained(entry), "", "press e to make a variant"])
        )

    def edit(self, entry: Entry) -> None:
        """Make a variant."""
        fields = [_field(entry, key) for key in _FORM]
        self.ask_form(FormScreen("Pooler", fields, _build), entry)

    def add(self) -> None:
        """Make a new one."""
        self.edit(PoolerSpec())


def _field(entry: Entry, key: str) -> Field:
    value, (meaning, choices) = getattr(entry, key), _FORM[key]
    if key == "tokens":
        return Field(key, shown_names(value or ()), meaning, is_names=True)
    return Field(key, shown_value(value), meaning, choices)


def _build(values: Mapping[str, Any]) -> Entry:
    return PoolerSpec(**values)


def _layers(pooler: PoolerSpec) -> str:
    if pooler.reduces_layers:
        return "one cell"
    return str(pooler.layer) if pooler.layer == "each" else f"layer {pooler.layer}"
