"""Linear probes of several classes that see the features through r directions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import ClassVar

from torch.nn.functional import one_hot

from probing.engine.blocks import Block
from probing.engine.classifiers.builtin.families.layer_by_layer import Layer, LayerwiseClassifier
from probing.engine.classifiers.builtin.families.log_odds import class_log_odds
from probing.engine.classifiers.builtin.families.one_set_at_a_time import FoldData, fold_data
from probing.engine.classifiers.builtin.families.outcomes import Failure, Outcome
from probing.engine.classifiers.builtin.families.strength_grids import check_counts, check_positive
from probing.engine.classifiers.builtin.families.training_parts import Training, scored_rows
from probing.engine.classifiers.builtin.logistic import LogisticRegression
from probing.engine.classifiers.builtin.ridge import Ridge
from probing.engine.solvers.low_rank.multinomial import fit_low_rank
from probing.engine.solvers.low_rank.reduced_rank import reduced_rank
from probing.errors import SpecError

LOSSES = ("logistic", "squared")
USUAL_RANK = 2
_FIRST_ALPHA = 1.0  # of the regression that the logistic fit begins with
_CODED = 2.0  # from class to rest in the targets of `Ridge`, -1 and 1


class LowRank(LayerwiseClassifier):
    """Limit the weights of all classes to rank `rank`: they read `rank` directions.

    `logistic` minimises `C Σ log loss + |W|²/2` from the solution of the other one, `squared` is
    reduced-rank ridge regression on class indicators, which has a closed form. `C` and `alpha` are
    those given, else those that `LogisticRegression` and `Ridge` choose by inner folds. Without a
    `rank` it is 2.
    """

    streams: ClassVar[bool] = False
    tasks: ClassVar[tuple[str, ...]] = ("multiclass",)

    def __init__(
        self,
        rank: int | None = None,
        loss: str = "logistic",
        C: float | None = None,
        alpha: float | None = None,
    ) -> None:
        check_counts("LowRank", rank=USUAL_RANK if rank is None else rank)
        if loss not in LOSSES:
            what = f"loss = {loss!r} must be {' or '.join(map(repr, LOSSES))}"
            raise SpecError(what, where="LowRank")
        check_positive("LowRank", C=C, alpha=alpha)
        self.rank, self.loss, self.C, self.alpha = rank, loss, C, alpha
        full: LayerwiseClassifier = LogisticRegression(C) if self._is_logistic else Ridge(alpha)
        self._full = full

    @property
    def _is_logistic(self) -> bool:
        return self.loss == "logistic"

    @property
    def _strength(self) -> str:
        return "C" if self._is_logistic else "alpha"

    def unfit(self, block: Block, part: Training) -> str | None:
        """Why a training cannot be fitted on any layer, or None."""
        return self._full.unfit(block, part)

    def fit_layer(
        self, layer: Layer, parts: Sequence[Training]
    ) -> Iterator[list[Outcome | Failure]]:
        """Choose the strengths of all training sets together, then fit one after another."""
        strengths = self._strengths(layer, parts)
        for data in fold_data(layer, parts):
            yield [self._fitted(data, strengths[_place(data.part)])]

    def _strengths(
        self, layer: Layer, parts: Sequence[Training]
    ) -> dict[_Place, tuple[float, tuple[str, ...]]]:
        """The strength of each training at full rank, and the flags on its choice.

        That of a training is also the one of its inner folds.
        """
        given = self.C if self._is_logistic else self.alpha
        if given is not None:
            return {_place(part): (given, ()) for part in parts}
        outer = [one for one in parts if one.inner_at is None]
        if layer.memo is None:
            return self._chosen(layer, outer)
        rows = tuple((one.seed, one.train.tobytes(), one.targets.tobytes()) for one in outer)
        name = "full rank", self._strength, layer.name, layer.scaled, hash(rows)
        chosen = partial(self._chosen, layer, outer)  # every rank asks for the same
        return layer.memo.get(name, chosen, lambda found: 200 * len(found))

    def _chosen(
        self, layer: Layer, parts: Sequence[Training]
    ) -> dict[_Place, tuple[float, tuple[str, ...]]]:
        plain = replace(layer, holds_out=False, directs=False)
        found = {}
        for batch in self._full.fit_layer(plain, parts):
            for one in batch:
                if isinstance(one, Outcome):
                    edge = tuple(flag for flag in one.flags if "edge" in flag)
                    found[_place(one.training)] = one.chosen[self._strength], edge
        return found

    def _fitted(self, data: FoldData, chosen: tuple[float, tuple[str, ...]]) -> Outcome:
        strength, flags = chosen
        X, n_classes = data.X.whole, data.layer.n_classes
        A, y = X[data.training], data.targets[data.training].long()
        asked = self.rank or USUAL_RANK
        rank = min(asked, n_classes - 1, *A.shape)
        if rank < asked:
            flags = (*flags, f"rank {rank} is the largest of {n_classes} classes")
        Y = one_hot(y, n_classes).double()
        alpha = _FIRST_ALPHA if self._is_logistic else strength
        U, V = reduced_rank(A, Y - Y.mean(0), alpha, rank)
        if self._is_logistic:
            fit = fit_low_rank(A, y, strength, (U, V))
            logits, measures = fit.logits(X), {"gradient_norm": fit.gradient}
            flags = flags if fit.converged else (*flags, "not converged")
            scores = class_log_odds(logits)
        else:
            logits, measures = X @ U @ V.T + Y.mean(0), {}
            scores = _CODED * logits - 1
        return Outcome(
            training=data.part,
            scores=scored_rows(data.part, scores),
            n_params=rank * (X.shape[1] + n_classes) + n_classes,
            probabilities=self._is_logistic,
            chosen={"rank": float(rank), self._strength: strength, **measures},
            flags=flags,
            linear=logits,
        )


_Place = tuple[int, int]


def _place(part: Training) -> _Place:
    return part.labelling_at, part.fold
