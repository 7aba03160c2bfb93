"""The head of a saved probe, of its card and its arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from probing.engine.blocks import FittedState
from probing.engine.classifiers.heads.closed_forms import closed_head
from probing.engine.classifiers.heads.ensemble import EnsembleHead, EnsembleMember
from probing.engine.classifiers.heads.kept_object import KeptObject
from probing.engine.classifiers.heads.linear import LinearHead
from probing.engine.classifiers.heads.side_by_side import Head
from probing.engine.classifiers.heads.sources import class_again
from probing.engine.classifiers.heads.token_texts import token_texts_of
from probing.errors import ProbeError
from probing.probes import CLOSED, ENSEMBLE, LINEAR, NETWORK, SKOPS, TOKENS, Card

STATE = "state."  # before the names of what a class keeps, in the file


def head_of(card: Card, arrays: Mapping[str, NDArray[Any]], where: str) -> Head:
    """The head of a probe; raises `ProbeError` for arrays that are not those of its card."""
    if card.kind == LINEAR:
        shapes = {"weights": (card.n_outputs, card.place.width), "bias": (card.n_outputs,)}
        _check_shapes(arrays, shapes, where)
        return LinearHead(arrays["weights"], arrays["bias"])
    if card.kind == CLOSED:
        return closed_head(str(card.classifier.entry["name"]), arrays, where)
    if card.kind == TOKENS:
        return token_texts_of(card, arrays, where)
    if card.kind == ENSEMBLE:
        return _ensemble(card, arrays, where)
    if card.kind not in (NETWORK, SKOPS):
        raise ProbeError(f"kind = {card.kind!r} is not known", where=where)
    shape = (card.place.width,)
    _check_shapes(arrays, {"mean": shape, "unit": shape}, where)
    own = card.classifier
    kept = {name.removeprefix(STATE): one for name, one in arrays.items() if name.startswith(STATE)}
    state = FittedState(arrays["mean"], arrays["unit"], own.given, kept)
    try:
        return KeptObject(*class_again(own.entry, own.source, own.sha256), state)
    except ProbeError as error:
        raise ProbeError(error.what, where=error.where or where, hint=error.hint) from None


def _ensemble(card: Card, arrays: Mapping[str, NDArray[Any]], where: str) -> Head:
    """The heads of the members, whose arrays have their number before their names."""
    members, given = [], card.classifier.given
    for at, said in enumerate(given["members"]):
        own = replace(
            card,
            kind=said["kind"],
            place=replace(card.place, width=said["width"]),
            classifier=replace(card.classifier, given=said["given"]),
        )
        prefix = f"{at}."
        kept = {
            name.removeprefix(prefix): one
            for name, one in arrays.items()
            if name.startswith(prefix)
        }
        head = head_of(own, kept, where)
        members.append(EnsembleMember(head, said["link"], said["width"], said["unit"]))
    return EnsembleHead(members, averages_shares=given["averages_shares"])


def _check_shapes(
    arrays: Mapping[str, NDArray[Any]], shapes: Mapping[str, tuple[int, ...]], where: str
) -> None:
    for name, shape in shapes.items():
        found = getattr(arrays.get(name), "shape", None)
        if found != shape:
            what = f"its {name} have the shape {found}, not {shape}"
            raise ProbeError(what, where=where, hint="save it again")
