"""Conditional V-information by hand, by the jackknife, and on features with a known answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats
from sklearn.linear_model import LogisticRegression as Reference
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from probing.engine.blocks import Block, FoldFit
from probing.engine.classifiers.builtin.lda import LDA
from probing.engine.classifiers.builtin.linear_svm import LinearSVM
from probing.engine.classifiers.builtin.logistic import LogisticRegression
from probing.engine.controls import RandomDirection
from probing.engine.controls.bag_of_words import weighted
from probing.engine.experiment import feature_room
from probing.engine.experiment.apart import Apart
from probing.engine.experiment.block_fits import Fitting
from probing.engine.experiment.conditional.baselines import OfTexts, OfWords
from probing.engine.experiment.conditional.beside import Beside, joined
from probing.engine.experiment.conditional.beyond_baseline import BeyondBaseline
from probing.engine.experiment.conditional.word_features import VARIANCE, WordFeatures
from probing.engine.metrics import Predicted, conditional_v_information, influences, with_bits
from probing.engine.splits import Labelling, inner_folds, make_folds
from probing.errors import CellError
from probing.plan import Cell
from probing.uncertainty import TextsTested, differences_of, interval, measured

METRIC = "conditional_v_information"


def labelled(targets: Any, groups: Any, task: str, control: str = "") -> Labelling:
    folds = make_folds(targets, groups, task, n_folds=3, val_size=0.0, seed=1)
    inner = tuple(inner_folds(one.train, targets, groups, task, 1) for one in folds)
    return Labelling(control, 0, targets, folds, inner, 1)


def block_of(layers: Any, targets: Any, n_classes: int = 2) -> Block:
    """Layers `[n_layers, n, d]` with their labels and folds."""
    task, groups = "binary" if n_classes == 2 else "multiclass", np.arange(len(targets))
    features = torch.from_numpy(np.asarray(layers, dtype=np.float32))[:, :, None]
    labellings = (labelled(targets, groups, task),)
    return Block(features, labellings, groups, task, n_classes, "standard")


def as_baseline(X: Any) -> OfTexts:
    return OfTexts(lambda: torch.from_numpy(np.asarray(X, dtype=np.float32))[:, None])


def cell(layer: int, task: str) -> Cell:
    return Cell("data", task, "model", "resid", "mean", layer, "classifier", "")


def told(classifier: Any, baseline: Any, block: Block, control: str = "") -> list[Apart]:
    """What the layers of a block add to a baseline."""
    cells = {(at, ""): cell(at, block.task) for at in range(len(block.features))}
    one = Fitting(classifier, block, cells, control)
    found = BeyondBaseline(classifier, baseline, Path("/tmp")).of(one, cells)
    return [found[each.id] for each in cells.values()]


def drawn(n: int, n_classes: int, seed: int = 0) -> tuple[Any, Any, Any]:
    """A baseline and a layer that each know something of the targets by itself."""
    rng = np.random.default_rng(seed)
    targets = rng.integers(0, n_classes, n)
    known = 1.2 * np.eye(4)[targets]
    baseline = known + rng.standard_normal((n, 4))
    layer = known[:, ::-1] + rng.standard_normal((n, 4))
    return *(one.astype(np.float32) for one in (baseline, layer)), targets


@pytest.mark.parametrize("n_classes", [2, 4])
def test_it_is_the_difference_of_two_fits_by_hand(n_classes: int) -> None:
    baseline, layer, targets = drawn(300, n_classes)
    block = block_of([layer], targets, n_classes)
    (found,) = told(LogisticRegression(C=0.1), as_baseline(baseline), block)
    parts = []
    for fold in block.labellings[0].folds:
        bits = []
        for X in (np.hstack([baseline, layer]), baseline):
            model = Reference(C=0.1, solver="newton-cholesky", tol=1e-12)
            model = make_pipeline(StandardScaler(), model)
            model.fit(X[fold.train].astype(np.float64), targets[fold.train])
            p = model.predict_proba(X[fold.test].astype(np.float64))
            bits.append(-np.log2(p[np.arange(len(fold.test)), targets[fold.test]]))
        parts.append((bits[1] - bits[0]).mean())
    assert found.values[METRIC] == pytest.approx(np.mean(parts), abs=1e-6)
    assert found.values[METRIC] > 0.02


@pytest.mark.parametrize("classifier", [LogisticRegression(), LDA()])
def test_joint_fits_are_those_of_joined_features(classifier: Any) -> None:
    """Strength and all else are chosen anew, on the same inner folds."""
    baseline, layer, targets = drawn(200, 2, seed=3)
    block = block_of([layer, 2 * layer[::-1]], targets)
    by_hand = block_of(
        [np.hstack([baseline, one[:, 0]]) for one in block.features.numpy()], targets
    )
    got = list(Beside(classifier, as_baseline(baseline), Path("/tmp")).fit(block))
    expected = list(classifier.fit(by_hand))
    assert len(got) == len(expected) == 6
    for ours, theirs in zip(got, expected, strict=True):
        assert isinstance(ours, FoldFit) and isinstance(theirs, FoldFit)
        assert (ours.layer_at, ours.fold) == (theirs.layer_at, theirs.fold)
        assert ours.chosen == theirs.chosen
        np.testing.assert_array_equal(ours.test_scores, theirs.test_scores)


def two_fits(seed: int = 0) -> tuple[list[Predicted], list[Predicted]]:
    """Made-up predictions of three folds with and without a layer."""
    rng = np.random.default_rng(seed)
    pairs: list[list[Predicted]] = [[], []]
    for n in (40, 50, 60):
        targets = rng.integers(0, 2, n)
        shared = rng.standard_normal(n)
        for part, gain in zip(pairs, (2.0, 1.0), strict=True):
            odds = gain * (targets - 0.5) + shared + 0.3 * rng.standard_normal(n)
            one = Predicted("binary", 2, targets, odds, probabilities=1 / (1 + np.exp(-odds)))
            part.append(with_bits(one, rng.integers(0, 2, 200)))
    return pairs[0], pairs[1]


def test_influences_are_those_of_the_jackknife() -> None:
    joint, alone = two_fits()
    found = conditional_v_information(joint, alone)
    parts = []
    for one, other in zip(joint, alone, strict=True):
        assert one.bits is not None and other.bits is not None
        saved = other.bits - one.bits
        n = len(saved)
        left = np.array([np.delete(saved, at).mean() for at in range(n)])
        parts.append((n - 1) * (saved.mean() - left) / n / 3)
    np.testing.assert_allclose(found.of_samples, np.concatenate(parts), atol=1e-12)


def test_it_is_the_difference_of_two_v_informations() -> None:
    joint, alone = two_fits(1)
    alone = [
        Predicted("binary", 2, one.targets, one.scores, probabilities=one.probabilities,
                  bits=one.bits, null_bits=other.null_bits)
        for one, other in zip(alone, joint, strict=True)
    ]  # fmt: skip
    texts = np.arange(150)
    tested = TextsTested(texts, texts // 2, texts // 2, 3, 100.0, 0.4)
    pair = [measured(influences(one)[0]["v_information"], tested) for one in (joint, alone)]
    (expected,) = differences_of([(pair[0], pair[1])])
    got = measured(conditional_v_information(joint, alone), tested)
    assert got.value == pytest.approx(expected.value, abs=1e-12)
    assert got.variance == pytest.approx(expected.variance, rel=1e-9)


@pytest.mark.parametrize("classifier", [LogisticRegression, LDA])
def test_a_copy_adds_nothing_and_what_is_new_does(classifier: Callable[[], Any]) -> None:
    rng = np.random.default_rng(5)
    inside = 0
    for seed in range(5):
        baseline, layer, targets = drawn(240, 2, seed)
        turned = baseline @ np.linalg.qr(rng.standard_normal((4, 4)))[0]
        noise = rng.standard_normal((240, 4))
        block = block_of([baseline, turned, layer, noise], targets)
        apart = told(classifier(), as_baseline(baseline), block)
        values = [one.values[METRIC] for one in apart]
        bounds = [interval(METRIC, one.scores[METRIC]) for one in apart]
        assert max(map(abs, values[:2])) < 0.04
        inside += sum(low <= 0 <= high for low, high in bounds[:2])
        assert values[2] > values[3] and values[2] > 0.02
    assert inside >= 9


def test_a_layer_that_alone_completes_the_baseline() -> None:
    """The target is the sign of a sum, of which each holds one term."""
    rng = np.random.default_rng(0)
    terms = rng.standard_normal((1000, 2))
    targets = (terms.sum(axis=1) > 0).astype(int)
    (found,) = told(
        LogisticRegression(), as_baseline(terms[:, :1]), block_of([terms[:, 1:]], targets)
    )
    low, high = interval(METRIC, found.scores[METRIC])
    # H(Y | a) is the mean entropy of Φ(a); nothing is left once b is known
    grid = np.linspace(-6, 6, 20001)
    shares = stats.norm.cdf(grid)
    entropy = -(shares * np.log2(shares) + (1 - shares) * np.log2(1 - shares))
    weight = np.exp(-(grid**2) / 2)
    left = (entropy * weight).sum() / weight.sum()
    assert 0.7 * left < low < high < 1.1 * left


class Recording:
    """Fits as another does; keeps what it was given."""

    def __init__(self) -> None:
        self.seen: list[Block] = []

    def fit(self, block: Block) -> Any:
        self.seen.append(block)
        return LDA().fit(block)


def test_a_random_direction_is_beside_the_baseline_too() -> None:
    baseline, layer, targets = drawn(150, 2)
    block, recording = block_of([layer], targets), Recording()
    (found,) = told(recording, as_baseline(baseline), block, "random_direction")
    joint = [one for one in recording.seen if one.features.shape[-1] == 5]
    alone = [one for one in recording.seen if one.features.shape[-1] == 4]
    assert len(joint) == 3 and len(alone) == 1
    plain = Recording()
    list(RandomDirection(plain).fit(block))
    for ours, theirs in zip(joint, plain.seen, strict=True):
        np.testing.assert_array_equal(ours.features[..., 4:], theirs.features)
        np.testing.assert_array_equal(ours.features[0, :, 0, :4], baseline)
    assert METRIC in found.values


def test_layers_share_the_fits_of_the_baseline() -> None:
    baseline, layer, targets = drawn(150, 2)
    recording = Recording()
    measures = BeyondBaseline(recording, as_baseline(baseline), Path("/tmp"))
    for at in range(3):
        block = block_of([layer + at], targets)
        cells = {(0, ""): cell(at, "binary")}
        measures.of(Fitting(recording, block, cells), cells)
    widths = [one.features.shape[-1] for one in recording.seen]
    assert sorted(widths) == [4, 8, 8, 8]


def test_joined_features_may_be_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    own = torch.from_numpy(rng.standard_normal((2, 9000, 3, 4)).astype(np.float32))
    other = torch.from_numpy(rng.standard_normal((9000, 1, 2)).astype(np.float32))
    held = joined(other, own, tmp_path)
    assert held.shape == (2, 9000, 3, 6)
    assert torch.equal(held[..., 2:], own)
    assert torch.equal(held[..., :2], other[None].expand(2, 9000, 3, 2))
    monkeypatch.setattr(feature_room, "IN_MEMORY", 0)
    assert torch.equal(joined(other, own, tmp_path), held)
    with pytest.raises(CellError, match="3 samples, but 2 of the baseline"):
        joined(other.expand(9000, 2, 2), own, tmp_path)


def test_what_cannot_be_had_has_a_reason() -> None:
    baseline, layer, targets = drawn(120, 2)
    block = block_of([layer], targets)
    (plain,) = told(LinearSVM(), as_baseline(baseline), block)
    assert plain.reasons == {METRIC: "the classifier gives no probabilities"}
    baseline[3] = np.nan
    (broken,) = told(LDA(), as_baseline(baseline), block)
    assert "baseline contain NaN" in broken.reasons[METRIC] and not broken.values
    (singular,) = told(LDA(shrinkage=None), as_baseline(drawn(120, 2)[0].repeat(40, 1)), block)
    assert "fold 0" in singular.reasons[METRIC]


def worded(n: int = 300) -> tuple[list[str], Any]:
    """Texts in which some words lean to a class."""
    rng = np.random.default_rng(4)
    targets = rng.integers(0, 2, n)
    leaning = [["cat", "sun", "tea"], ["dog", "rain", "gin"]]
    texts = [
        " ".join(
            [leaning[one if rng.random() < 0.7 else 1 - one][rng.integers(3)]]
            + [f"w{rng.integers(40)}" for _ in range(6)]
        )
        for one in targets
    ]
    return texts, targets


def test_features_of_words_hold_all_of_the_terms_and_only_of_training_texts() -> None:
    texts, targets = worded(120)
    train = np.arange(80)
    features = WordFeatures(texts).of(train)
    X = weighted(WordFeatures(texts).bag.counts, train)
    factor = np.sqrt(VARIANCE / X[train].toarray().var(axis=0).sum())
    models = [Reference(C=0.05, tol=1e-10, max_iter=10_000) for _ in range(2)]
    models[0].fit((X * factor)[train], targets[train])
    models[1].fit(features[train].astype(np.float64), targets[train])
    told = models[0].decision_function((X * factor)[80:])
    np.testing.assert_allclose(models[1].decision_function(features[80:]), told, atol=1e-4)
    changed = [*texts[:119], "other words altogether"]
    np.testing.assert_array_equal(WordFeatures(changed).of(train)[:119], features[:119])


def test_beside_words_a_layer_is_scaled_by_the_training_part() -> None:
    texts, targets = worded()
    layer = 30 + 5 * (np.random.default_rng(1).standard_normal((300, 4)) + targets[:, None])
    block, words = block_of([layer], targets), WordFeatures(texts)
    (found,) = told(LogisticRegression(C=0.1), OfWords(words), block)
    X, parts = block.features[0, :, 0].numpy().astype(np.float64), []
    for fold in block.labellings[0].folds:
        own = words.of(fold.train).astype(np.float64)
        scaled = StandardScaler().fit(X[fold.train]).transform(X)
        bits = []
        for features in (np.hstack([own, scaled]), own):
            model = Reference(C=0.1, solver="newton-cholesky", tol=1e-12)
            p = model.fit(features[fold.train], targets[fold.train]).predict_proba(features)
            bits.append(-np.log2(p[fold.test, targets[fold.test]]))
        parts.append((bits[1] - bits[0]).mean())
    assert found.values[METRIC] == pytest.approx(np.mean(parts), abs=1e-5)


def test_beside_words_what_words_say_adds_nothing() -> None:
    texts, targets = worded(600)
    words = np.array(
        [[text.split()[0] == word for word in ("cat", "sun", "tea", "dog")] for text in texts]
    )
    rng = np.random.default_rng(0)
    new, noise = rng.standard_normal((600, 4)) + targets[:, None], rng.standard_normal((600, 4))
    block = block_of([words, new, noise], targets)
    same, more, none = told(LogisticRegression(), OfWords(WordFeatures(texts)), block)
    assert abs(same.values[METRIC]) < 0.05
    assert interval(METRIC, more.scores[METRIC])[0] > 0.2
    assert interval(METRIC, none.scores[METRIC])[0] < 0 < none.values[METRIC] + 0.03


def test_beside_words_that_say_nothing_noise_adds_nothing() -> None:
    """A baseline that is worse than none would make everything beside it look good."""
    rng, values, above = np.random.default_rng(2), [], 0
    for seed in range(6):
        targets = np.random.default_rng(seed).permutation(np.arange(200) % 2)
        texts = [" ".join(f"w{one}" for one in rng.integers(0, 60, 8)) for _ in targets]
        block = block_of([rng.standard_normal((200, 4))], targets)
        (found,) = told(LogisticRegression(), OfWords(WordFeatures(texts)), block)
        values.append(found.values[METRIC])
        above += METRIC in found.scores and interval(METRIC, found.scores[METRIC])[0] > 0
    assert np.mean(values) < 0.005 and above <= 1
