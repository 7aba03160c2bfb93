"""Classes as Gaussians: of independent features, or each with its own covariance."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from probing.engine.classifiers.builtin.gaussian_nb import GaussianNB
from probing.engine.classifiers.builtin.qda import QDA
from probing.engine.classifiers.heads.closed_forms.trained_rows import Arrays, TrainedRows, tensor

_PIECE = 1024  # rows whose differences from all means are held together


class NaiveBayesHead:
    """Log densities of features that are independent in each class."""

    def __init__(self, arrays: Arrays) -> None:
        self.mean, self.unit = tensor(arrays, "mean"), tensor(arrays, "unit")
        self.means, self.variances = tensor(arrays, "means"), tensor(arrays, "variances")
        self.log_shares = tensor(arrays, "log_shares")

    @staticmethod
    def fitted(classifier: GaussianNB, rows: TrainedRows) -> dict[str, Tensor]:
        """Means and variances of the classes, in the units of the features."""
        own = [rows.of_class(at) for at in range(rows.n_classes)]
        means = torch.stack([one.mean(0) for one in own])
        variances = torch.stack([one.var(0, unbiased=False) for one in own])
        shares = rows.log_shares.exp()[:, None]
        about = means - (shares * means).sum(0)
        largest = (shares * (variances + about.square())).sum(0).max()
        added = classifier.var_smoothing * (largest if largest > 0 else 1.0)
        return {
            "mean": rows.mean,
            "unit": rows.unit,
            "means": means,
            "variances": variances + added,
            "log_shares": rows.log_shares,
        }

    def __call__(self, features: Tensor) -> Tensor:
        """Of two classes the log odds, else a log posterior but for a constant of each row."""
        found = [self._of(piece) for piece in torch.split(features, _PIECE)]
        return two_or_all(torch.cat(found))

    def _of(self, features: Tensor) -> Tensor:
        z = (features.double() - self.mean) / self.unit
        squares = ((z[:, None] - self.means).square() / self.variances).sum(2)
        logs: Tensor = self.log_shares - (squares + self.variances.log().sum(1)) / 2
        return logs


class QuadraticHead:
    """Log densities of classes that each have a covariance of their own.

    A class of no more rows than features keeps those, by which its covariance is solved
    (Woodbury); another keeps its lower factor.
    """

    def __init__(self, arrays: Arrays) -> None:
        self.mean, self.unit = tensor(arrays, "mean"), tensor(arrays, "unit")
        self.means, self.log_shares = tensor(arrays, "means"), tensor(arrays, "log_shares")
        self.reg_param = float(tensor(arrays, "reg_param"))
        kept = range(len(self.means))
        self.parts = [
            (True, tensor(arrays, f"rows.{at}"))
            if f"rows.{at}" in arrays
            else (False, tensor(arrays, f"factor.{at}"))
            for at in kept
        ]
        self.inner = [_inner(one) if is_wide else one for is_wide, one in self.parts]

    @staticmethod
    def fitted(classifier: QDA, rows: TrainedRows) -> dict[str, Tensor]:
        """Means of the classes, and their covariances `(1 - reg_param) S + reg_param I`."""
        reg_param = classifier.reg_param
        own = [rows.of_class(at) for at in range(rows.n_classes)]
        found = {
            "mean": rows.mean,
            "unit": rows.unit,
            "means": torch.stack([one.mean(0) for one in own]),
            "log_shares": rows.log_shares,
            "reg_param": torch.tensor(reg_param, dtype=torch.float64),
        }
        for at, one in enumerate(own):
            about, m = one - one.mean(0), len(one)
            if m <= one.shape[1] and reg_param > 0:
                found[f"rows.{at}"] = about * ((1 - reg_param) / (m * reg_param)) ** 0.5
            else:
                covariance = (1 - reg_param) / m * about.T @ about
                covariance.diagonal().add_(reg_param)
                found[f"factor.{at}"] = torch.linalg.cholesky(covariance)
        return found

    def __call__(self, features: Tensor) -> Tensor:
        """Of two classes the log odds, else a log posterior but for a constant of each row."""
        z = (features.double() - self.mean) / self.unit
        densities = [self._density(at, z - own) for at, own in enumerate(self.means)]
        logs: Tensor = torch.stack(densities, 1) + self.log_shares
        return two_or_all(logs)

    def _density(self, at: int, about: Tensor) -> Tensor:
        (is_wide, own), factor = self.parts[at], self.inner[at]
        if not is_wide:
            solved = torch.linalg.solve_triangular(factor, about.T, upper=False)
            narrow: Tensor = -solved.square().sum(0) / 2 - factor.diagonal().log().sum()
            return narrow
        along = torch.linalg.solve_triangular(factor, own @ about.T, upper=False)
        distances = (about.square().sum(1) - along.square().sum(0)) / self.reg_param
        volume = math.log(self.reg_param) * own.shape[1]
        wide: Tensor = -(distances + volume) / 2 - factor.diagonal().log().sum()
        return wide


def _inner(rows: Tensor) -> Tensor:
    gram = rows @ rows.T
    gram.diagonal().add_(1)
    factor: Tensor = torch.linalg.cholesky(gram)
    return factor


def two_or_all(logs: Tensor) -> Tensor:
    """Of two classes `[n, 2]` what the second has more, `[n, 1]`; else all of them."""
    return logs[:, 1:] - logs[:, :1] if logs.shape[1] == 2 else logs
