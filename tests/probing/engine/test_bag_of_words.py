"""The control of words and characters, against a pipeline of scikit-learn on the same folds."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import log_loss, mean_squared_error
from sklearn.model_selection import PredefinedSplit, cross_val_predict
from sklearn.pipeline import make_pipeline, make_union

from probing.engine.blocks import Block, FoldFailure
from probing.engine.controls.bag_of_words import BagOfWords
from probing.engine.controls.linear_models import GRIDS
from probing.engine.splits import Labelling, inner_folds, make_folds

WORDS = [
    "Le",
    "chat",
    "noir",
    "aime;",
    "the",
    "dog",
    "Rex",
    "runs,",
    "a",
    "bird",
    "3",
    "cats",
    "in",
]


def drawn(n: int = 120, seed: int = 0) -> list[str]:
    draw = random.Random(seed)
    return [" ".join(draw.choices(WORDS, k=draw.randint(2, 7))) for _ in range(n)]


def targets_of(texts: list[str], task: str) -> Any:
    rng = np.random.default_rng(0)
    counts = np.array([text.count("at") + 0.5 * text.count("bird") for text in texts])
    if task == "regression":
        return counts + rng.normal(0, 0.1, len(texts))
    noisy = counts + rng.normal(0, 0.4, len(texts))
    return np.digitize(noisy, [0.4] if task == "binary" else [0.3, 0.9]).astype(np.int64)


def block_of(texts: list[str], task: Any) -> Block:
    targets, groups = targets_of(texts, task), np.arange(len(texts))
    folds = make_folds(targets, groups, task, n_folds=3, val_size=0)
    inner = tuple(inner_folds(fold.train, targets, groups, task, 0) for fold in folds)
    labelling = Labelling("", 0, targets, folds, inner, 0)
    n_classes = {"binary": 2, "multiclass": 3, "regression": 0}[task]
    return Block(torch.empty(1, len(texts), 1, 0), (labelling,), groups, task, n_classes, "none")


def oracle(task: str, strength: float) -> Any:
    words = TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"(?u)\b\w+\b", sublinear_tf=True)
    characters = TfidfVectorizer(
        ngram_range=(2, 4), analyzer="char_wb", lowercase=False, sublinear_tf=True
    )
    linear: Any = LogisticRegression(C=strength, tol=1e-8, max_iter=10_000)
    if task == "regression":
        linear = Ridge(strength, tol=1e-8)
    return make_pipeline(make_union(words, characters), linear)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_it_is_the_pipeline_of_scikit_learn(task: str) -> None:
    texts = drawn()
    block = block_of(texts, task)
    [labelling], every = block.labellings, np.array(texts)
    for fit, fold in zip(BagOfWords(texts).fit(block), labelling.folds, strict=True):
        assert not isinstance(fit, FoldFailure)
        [strength] = fit.chosen.values()
        fitted = oracle(task, strength).fit(every[fold.train], labelling.targets[fold.train])
        test, seen = every[fold.test], every[fold.seen]
        if task == "regression":
            assert fit.test_scores == pytest.approx(fitted.predict(test), abs=1e-4)
            assert fit.decision is None and fit.probabilities is None
            continue
        assert (fit.decision == fitted.predict(test)).all()
        probabilities = fitted.predict_proba(test)
        if task == "binary":
            assert fit.test_scores == pytest.approx(fitted.decision_function(test), abs=0.02)
            assert fit.seen.scores == pytest.approx(fitted.decision_function(seen), abs=0.02)
            probabilities = probabilities[:, 1]
        assert fit.probabilities == pytest.approx(probabilities, abs=1e-3)
        assert fit.n_params == sum(part.size for part in (fitted[-1].coef_, fitted[-1].intercept_))


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_its_strength_is_chosen_inside_the_training_part(task: str) -> None:
    texts = drawn(90, seed=1)
    block = block_of(texts, task)
    [labelling] = block.labellings
    for at, fit in enumerate(BagOfWords(texts).fit(block)):
        fold, cv = labelling.folds[at], PredefinedSplit(labelling.inner[at])
        X = oracle(task, 1.0)[0].fit([texts[row] for row in fold.train])
        X, y = X.transform([texts[row] for row in fold.train]), labelling.targets[fold.train]
        losses = []
        for strength in GRIDS[task]:  # type: ignore[index]
            linear = oracle(task, strength)[-1]
            if task == "regression":
                losses.append(mean_squared_error(y, cross_val_predict(linear, X, y, cv=cv)))
            else:
                shares = cross_val_predict(linear, X, y, cv=cv, method="predict_proba")
                losses.append(log_loss(y, shares))
        assert list(fit.chosen.values()) == [GRIDS[task][int(np.argmin(losses))]]  # type: ignore[index]
        if task == "binary":
            best = oracle(task, fit.chosen["C"])[-1]
            scores = cross_val_predict(best, X, y, cv=cv, method="decision_function")
            order = np.argsort(fit.held_out.texts)
            assert (fit.held_out.texts[order] == fold.train).all()
            assert fit.held_out.scores[order] == pytest.approx(scores, abs=0.02)


def test_words_of_the_test_part_alone_are_not_looked_at() -> None:
    texts = drawn(60)
    block = block_of(texts, "binary")
    rows = block.labellings[0].folds[0].test
    changed = [f"{text} zebra" if at in rows else text for at, text in enumerate(texts)]
    first, second = (next(iter(BagOfWords(one).fit(block))) for one in (texts, changed))
    assert first.n_params == second.n_params and first.chosen == second.chosen


def test_texts_without_words_have_their_characters() -> None:
    draw = random.Random(0)
    texts = ["".join(draw.choices("!?%;", k=6)) for _ in range(60)]
    targets = np.array([text.count("!") > 1 for text in texts]).astype(np.int64)
    folds = make_folds(targets, np.arange(60), "binary", n_folds=3, val_size=0)
    inner = tuple(inner_folds(one.train, targets, np.arange(60), "binary", 0) for one in folds)
    block = Block(
        torch.empty(1, 60, 1, 0), (Labelling("", 0, targets, folds, inner, 0),),
        np.arange(60), "binary", 2, "none",
    )  # fmt: skip
    fits = list(BagOfWords(texts).fit(block))
    right = [(fit.decision == targets[one.test]).mean() for fit, one in zip(fits, folds)]  # noqa: B905
    assert np.mean(right) > 0.7
