"""The control task: a random label for each type of token that a pooler reads.

Hewitt and Liang (2019), "Designing and Interpreting Probes with Control Tasks": types recur in the
training and the test part, so that a probe with enough capacity can learn the labels by heart.
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import blake2b

import numpy as np
import torch
from numpy.typing import NDArray

from probing.datasets import TextDataset
from probing.engine.models import Tokens
from probing.engine.pooling import TextParts, TextTokens, TokenPool
from probing.engine.splits import Labelling, inner_folds, seed_of
from probing.engine.splits.folding import Targets
from probing.errors import ProbingError
from probing.spec import PoolerSpec

NAME = "control_task"
LEAST_KNOWN = 0.5  # of the tested texts: their type must be in the training part too
LEAST_OF_A_CLASS = 2  # training texts in every fold
N_DRAWS = 100
_CHUNK = 2**15

Types = NDArray[np.int64]


class NotApplicableError(ProbingError):
    """Why a control has no meaning for some cells."""


def word_types(data: TextDataset) -> Types | None:
    """A number for the words that each row marks, `[n_texts, 1]`: as types they are known by.

    It is a digest, the same whatever else the dataset holds. None where rows are whole texts, or
    mark a position, whose type is its token.
    """
    if data.spans is None or (data.spans[..., 0] == data.spans[..., 1]).any():
        return None
    digests = {word: _digest(word) for word in dict.fromkeys(data.marked)}
    return np.array([digests[word] for word in data.marked], dtype=np.int64)[:, None]


def _digest(word: str) -> int:
    return int.from_bytes(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=7).digest())


def token_types(tokens: Tokens, pooler: PoolerSpec) -> Types:
    """The ids of the tokens that `pooler` reads of every text, `[n_texts, n_positions]`.

    Raises `NotApplicableError` for a pooler that does not read tokens at positions, or makes
    several samples of them.
    """
    pool = TokenPool.of(pooler)
    if not pool.n_picked:
        raise NotApplicableError("the pooler reads all tokens of a text, not a single one")
    if pool.method == "concat" and pool.n_picked > 1:
        raise NotApplicableError("the pooler makes several samples of a text")
    rows = range(len(tokens))
    parts = [tokens.packed(rows[at : at + _CHUNK], 0) for at in rows[::_CHUNK]]
    found = []
    for part in parts:
        texts = TextTokens.packed(part.lengths, part.specials[0].bool(), part.chosen)
        units = None if part.units is None else TextParts.of(part.units.counts, part.units.ranges)
        found.append(part.ids[0][pool.select(texts, units).picked])
    types = torch.cat(found)
    if tokens.units is None:
        return types.numpy()
    by_row = torch.empty_like(types)
    by_row[tokens.units.rows] = types
    return by_row.numpy()


def control_labelling(
    task: Labelling, types: Types, groups: NDArray[np.int64], kind: str, n_classes: int, seed: int
) -> Labelling:
    """The control task on the folds of the task itself.

    `kind` is the task's; `seed` and the ids of a type alone fix its label. Raises
    `NotApplicableError` where types do not recur, or are too few.
    """
    known, places = np.unique(types, axis=0, return_inverse=True)
    if len(known) < 2:
        raise NotApplicableError("all texts have the same token there")
    share = _share_known(task, places)
    if share < LEAST_KNOWN:
        what = f"only {share:.0%} of the tested texts have a token there that training texts have"
        raise NotApplicableError(what.replace("%", " %"))
    rows = _drawn(task, known, places, n_classes if kind != "regression" else 0, seed)
    targets = task.targets[rows]
    inner = tuple(
        inner_folds(fold.whole.train, targets, groups, kind, seed_of(seed, "inner", at))
        for at, fold in enumerate(task.folds)
    )
    flag = f"{len(known):,} token types, {share:.0%} of tested texts have one of the training part"
    flags = (flag.replace("%", " %"),)
    return replace(task.at(rows), control=NAME, inner=inner, seed=seed, flags=flags)


def _share_known(task: Labelling, places: Types) -> float:
    """The share of tested texts whose type stands in the training part of their fold."""
    known = [np.isin(places[fold.test], places[fold.whole.train]) for fold in task.folds]
    return float(np.concatenate(known).mean())


def _drawn(task: Labelling, known: Types, places: Types, n_classes: int, seed: int) -> Types:
    """The text whose label each text has: one is drawn from those of the task for every type.

    Drawn anew while a class is missing in a training part.
    """
    for draw in range(N_DRAWS):
        picks = [seed_of(seed, draw, *map(int, one)) % len(task.targets) for one in known]
        rows: Types = np.array(picks)[places]
        if _suffices(task, task.targets[rows], n_classes):
            return rows
    raise NotApplicableError(f"{len(known):,} token types are too few to give every class texts")


def _suffices(task: Labelling, targets: Targets, n_classes: int) -> bool:
    parts = [targets[fold.train] for fold in task.folds]
    if not n_classes:
        return all(np.ptp(part) > 0 for part in parts)
    return all(np.bincount(part, minlength=n_classes).min() >= LEAST_OF_A_CLASS for part in parts)
