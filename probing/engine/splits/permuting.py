"""Permute labels over texts in groups: whole label vectors between groups, then inside each.

Multi-level block permutation (Winkler et al. 2015, "Multi-level block permutation"): groups of
equal size exchange their label vectors. Where a size is too rare, or its groups have too much of
one label, they exchange with groups of the nearest such sizes, and a vector is stretched or
thinned; not that of a group with equally many of each class, such as a minimal pair.
"""

from __future__ import annotations

import numpy as np

from probing.engine.splits.dealing import Whole
from probing.engine.splits.exchange_strata import MOST_KEPT, LabelShares, exchange_strata
from probing.engine.splits.folding import Targets
from probing.engine.splits.label_vectors import GRAIN, LabelVectors

ENOUGH_GROUPS = 20  # of a class, for the folds to be cut
N_REDRAWS = 20


def permuted(targets: Targets, groups: Whole, seed: int) -> Targets:
    """`targets` permuted so that only their tie to the texts is lost, `[n_rows]`.

    Where each group has one label it keeps one, and where each is a pair of both labels it
    stays one.
    """
    return targets[permuted_rows(targets, groups, seed)]


def permuted_rows(targets: Targets, groups: Whole, seed: int) -> Whole:
    """The row whose label every row gets, `[n_rows]`: that of another one may go twice."""
    rng = np.random.default_rng(seed)
    vectors = LabelVectors.of(targets, groups)
    everywhere = np.arange(len(vectors.sizes))
    donors, offsets = everywhere.copy(), rng.integers(GRAIN, size=len(everywhere))
    for members in exchange_strata(vectors):
        donors[members] = _donors(vectors, members, offsets[members], rng)
    exchanged = np.empty_like(vectors.order)
    exchanged[vectors.order] = vectors.order[vectors.taken(donors, everywhere, offsets)]
    return _inside(exchanged, vectors.ids, rng)


def tied_share(targets: Targets, groups: Whole) -> float:
    """The share of labels that no permutation can move, 0 to 1.

    Of groups that exchange with one another these are all, where they have one label; else the
    expected agreement of true and permuted labels, corrected for chance as in Cohen's kappa,
    where it is not small.
    """
    vectors = LabelVectors.of(targets, groups)
    tables = [LabelShares.of(vectors, members) for members in exchange_strata(vectors)]
    weights = np.array([one.own.sum() for one in tables]) / len(targets)
    own = np.array([one.own / one.own.sum() for one in tables])
    drawn = np.array([one.drawn / one.n_groups for one in tables])
    by_chance = own @ (weights @ drawn)
    kept = (own * drawn).sum(axis=1) - by_chance
    is_tied = kept > 2 * MOST_KEPT * (1 - by_chance) + 1e-12
    return float((weights[is_tied] * kept[is_tied] / (1 - by_chance[is_tied])).sum())


def _donors(
    vectors: LabelVectors, members: Whole, offsets: Whole, rng: np.random.Generator
) -> Whole:
    """Whose vector each group gets; a draw that thins a rare class out is drawn again."""
    draw = rng.permutation(members)
    if np.ptp(vectors.sizes[members]) == 0:
        return draw
    needed = np.minimum(vectors.n_groups(members, members, offsets), ENOUGH_GROUPS)
    for _ in range(N_REDRAWS):
        if (vectors.n_groups(draw, members, offsets) >= needed).all():
            break
        draw = rng.permutation(members)
    return draw


def _inside(given: Whole, ids: Whole, rng: np.random.Generator) -> Whole:
    """What each group is given, in a random order."""
    rows = np.lexsort((np.arange(len(ids)), ids))
    shuffled = np.lexsort((rng.random(len(ids)), ids))
    inside = np.empty_like(given)
    inside[rows] = given[shuffled]
    return inside
