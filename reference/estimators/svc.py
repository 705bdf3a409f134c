"""The support vector machine as a scikit-learn classifier, in the repaired formulation and as printed.

Wraps ``pair_moves.py`` (repaired) and ``support_vector_annealing.py`` (as printed). Several classes are
separated one against the rest, each by a machine of its own.

Claims that rest on it: SVM-1, SVM-R2, SVX-4.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from reference.distances import squared_distances
from reference.fraction import fraction_bounds
from reference.kernel_width import best_width, stratified_folds, validation_errors
from reference.pair_moves import pair_descent
from reference.radial_basis import radial_basis_kernel
from reference.random_streams import RandomStream
from reference.support_vector_annealing import anneal_support_vectors
from reference.support_vector_machine import best_bias
from reference.support_vector_settings import AnnealingSettings
from reference.validation import (
    FloatArray,
    nonnegative_integer,
    nonnegative_scalar,
    one_of,
    positive_integer,
    positive_scalar,
    shown,
)

FORMULATIONS = ("repaired", "as_printed")
GAMMA_WORDS = ("scale", "auto", "validated")
STREAMS_PER_MACHINE = 3  # solver or selection, noise, folds
DEFAULT_MOVES, DEFAULT_UPDATES = 1_000_000, 300  # our choice
VALIDATED_STEPS = 4.0 ** np.arange(-2, 3)  # candidates in units of "scale"; our choice
FOLDS = 3  # our choice
VALIDATION_COARSENESS = 10.0  # tolerance of the machines that are only judged, over tol; our choice
REPORT_EVERY = 100  # rounds between two lines of progress; our choice


@dataclass(frozen=True, eq=False)
class _Machine:
    """One binary machine: coefficients y alpha, bias, width, iterations and dual energy."""

    coefficients: FloatArray
    bias: float
    gamma: float
    iterations: int
    energy: float


class DFGDASVC(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Soft-margin support vector classifier with a radial basis kernel.

    Arguments:
        C: slack penalty, in (0, inf).
        gamma: width, in (0, inf); "scale" is 1 / (n_features * variance of X), "auto" 1 / n_features, as in
            sklearn.svm.SVC; "validated" takes the best of five multiples of "scale" by 3-fold validation.
            With "as_printed" it is the centre gamma_0 of a width that is tuned, and "validated" is refused.
        formulation: "repaired" (pair moves in random shares of the variables, down to tol) or "as_printed"
            (the paper's soft-quantized update of alpha and gamma, which keeps no sum y alpha = 0).
        tol: largest violation of the optimality conditions, for "repaired", in (0, inf).
        max_iter: pair moves of "repaired" (None: 1,000,000) or updates of "as_printed" (None: 300), per
            machine.
        f_min, f_max: bounds of the share of variables looked at; the paper's for the machine.
        gamma_penalty: lambda_gamma of "as_printed", at least 0.
        schedule: "entropy" or "geometric" cooling of "as_printed".
        n_levels: levels of "as_printed", at least 2.
        verbose: 1 prints a line per machine, 2 also one per 100 rounds.
        random_state: an integer, None or a RandomState.

    Attributes after ``fit``, m being 1 for two classes and their number otherwise: ``classes_``,
    ``support_`` (indices of samples with a coefficient in any machine), ``support_vectors_``, ``dual_coef_``
    (m, n_SV), ``intercept_`` (m,), ``gamma_`` (m,), ``n_iter_`` (m,), ``dual_energy_`` (m,; minus the dual
    objective), ``n_features_in_``.

    >>> model = DFGDASVC(gamma=1.0, random_state=0).fit([[0.0], [0.2], [1.0], [1.2]], ["a", "a", "b", "b"])
    >>> model.predict([[0.1], [1.1]]).tolist()
    ['a', 'b']
    """

    def __init__(
        self,
        C: float = 1.0,
        *,
        gamma: Any = "scale",
        formulation: str = "repaired",
        tol: float = 1e-3,
        max_iter: int | None = None,
        f_min: float = 0.02,
        f_max: float = 0.3,
        gamma_penalty: float = 1e-3,
        schedule: str = "entropy",
        n_levels: int = 257,
        verbose: int = 0,
        random_state: Any = None,
    ) -> None:
        self.C = C
        self.gamma = gamma
        self.formulation = formulation
        self.tol = tol
        self.max_iter = max_iter
        self.f_min = f_min
        self.f_max = f_max
        self.gamma_penalty = gamma_penalty
        self.schedule = schedule
        self.n_levels = n_levels
        self.verbose = verbose
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Self:
        """Fit the machines to X, shape (n_samples, n_features), and the class labels y, shape (n_samples,)."""
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        self._check_parameters()
        classes, codes = np.unique(y, return_inverse=True)
        if classes.size < 2:
            raise ValueError(f"y must have at least two classes, got one class: {classes.tolist()}")
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        distances, width = squared_distances(X), self._width(X)
        positives = range(1, 2) if classes.size == 2 else range(classes.size)
        machines = []
        for number, code in enumerate(positives):
            labels = np.where(codes == code, 1.0, -1.0)
            name = f"machine {number + 1} of {len(positives)} (class {classes[code]!r})"
            machines.append(self._machine(distances, labels, width, seed, number, name))
        coefficients = np.array([machine.coefficients for machine in machines])
        self.classes_ = classes
        self.support_ = np.flatnonzero(np.any(coefficients != 0.0, axis=0))
        self.support_vectors_ = X[self.support_]
        self.dual_coef_ = coefficients[:, self.support_]
        self.intercept_ = np.array([machine.bias for machine in machines])
        self.gamma_ = np.array([machine.gamma for machine in machines])
        self.n_iter_ = np.array([machine.iterations for machine in machines])
        self.dual_energy_ = np.array([machine.energy for machine in machines])
        return self

    def decision_function(self, X: Any) -> Any:
        """Return the scores, shape (n_samples,) for two classes (positive: the second), else one per class."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        distances = squared_distances(X, self.support_vectors_)
        scores = np.column_stack(
            [
                radial_basis_kernel(distances, gamma) @ row + bias
                for gamma, row, bias in zip(self.gamma_, self.dual_coef_, self.intercept_, strict=True)
            ]
        )
        return scores[:, 0] if self.classes_.size == 2 else scores

    def predict(self, X: Any) -> Any:
        """Return the class of each row of X, the one with the largest score."""
        scores = self.decision_function(X)
        codes = (scores > 0.0).astype(int) if scores.ndim == 1 else scores.argmax(axis=1)
        return self.classes_[codes]

    def _check_parameters(self) -> None:
        positive_scalar("C", self.C)
        positive_scalar("tol", self.tol)
        one_of("formulation", self.formulation, FORMULATIONS)
        one_of("schedule", self.schedule, ("entropy", "geometric"))
        fraction_bounds(self.f_min, self.f_max)
        nonnegative_scalar("gamma_penalty", self.gamma_penalty)
        nonnegative_integer("verbose", self.verbose)
        if self.max_iter is not None:
            positive_integer("max_iter", self.max_iter)
        if positive_integer("n_levels", self.n_levels) < 2:
            raise ValueError(f"n_levels must be at least 2, got {self.n_levels!r}")
        if isinstance(self.gamma, str):
            one_of("gamma", self.gamma, GAMMA_WORDS)
            if self.gamma == "validated" and self.formulation == "as_printed":
                raise ValueError(
                    "gamma must be a number, 'scale' or 'auto' with formulation 'as_printed', got 'validated'"
                )
        else:
            positive_scalar("gamma", self.gamma)

    def _width(self, X: FloatArray) -> float:
        if not isinstance(self.gamma, str):
            return float(self.gamma)
        if self.gamma == "auto":
            return 1.0 / int(X.shape[1])
        with np.errstate(over="ignore"):
            spread = float(X.var())
        if not np.isfinite(spread):
            raise ValueError(f"X must have a finite variance for gamma={self.gamma!r}, got {shown(X)}")
        return 1.0 / (int(X.shape[1]) * spread) if spread > 0.0 else 1.0  # as sklearn.svm.SVC

    def _machine(
        self, distances: FloatArray, labels: FloatArray, width: float, seed: int, number: int, name: str
    ) -> _Machine:
        streams = [RandomStream(seed, STREAMS_PER_MACHINE * number + k) for k in range(STREAMS_PER_MACHINE)]
        fit = self._repaired if self.formulation == "repaired" else self._as_printed
        machine = fit(distances, labels, width, streams, name)
        if self.verbose:
            used = int(np.count_nonzero(machine.coefficients))
            print(
                f"{name}: {machine.iterations} iterations, dual energy {machine.energy:.6g}, "
                f"{used} support vectors, gamma {machine.gamma:.4g}"
            )
        return machine

    def _report(self, name: str, third: str) -> Any:
        calls = 0

        def line(step: int, energy: float, value: float) -> None:
            nonlocal calls
            calls += 1
            if self.verbose > 1 and calls % REPORT_EVERY == 0:
                print(f"{name}: step {step}, dual energy {energy:.6g}, {third} {value:.3g}")

        return line

    def _repaired(
        self, distances: FloatArray, labels: FloatArray, width: float, streams: list[RandomStream], name: str
    ) -> _Machine:
        if self.gamma == "validated":
            candidates = width * VALIDATED_STEPS
            folds = stratified_folds(labels, min(FOLDS, labels.size), streams[2])
            tolerance = VALIDATION_COARSENESS * self.tol
            errors = validation_errors(distances, labels, self.C, candidates, folds, streams[0], tolerance)
            width = best_width(candidates, errors)
        found = pair_descent(
            radial_basis_kernel(distances, width),
            labels,
            self.C,
            streams[0],
            tolerance=self.tol,
            f_min=self.f_min,
            f_max=self.f_max,
            most_moves=DEFAULT_MOVES if self.max_iter is None else self.max_iter,
            report=self._report(name, "violation"),
        )
        if not found.converged:
            warnings.warn(
                f"{name}: {found.moves} pair moves left a violation of {found.violation:.3g} > tol = {self.tol}; "
                "raise max_iter, or scale the features",
                ConvergenceWarning,
                stacklevel=4,
            )
        return _Machine(found.alpha * labels, found.bias, width, max(1, found.moves), found.energy)

    def _as_printed(
        self, distances: FloatArray, labels: FloatArray, width: float, streams: list[RandomStream], name: str
    ) -> _Machine:
        settings = AnnealingSettings(
            penalty=float(self.C),
            gamma_0=width,
            gamma_penalty=self.gamma_penalty,
            f_min=self.f_min,
            f_max=self.f_max,
            level_count=self.n_levels,
            schedule=self.schedule,
            steps=DEFAULT_UPDATES if self.max_iter is None else self.max_iter,
        )
        report = self._report(name, "temperature")
        end = anneal_support_vectors(distances, labels, settings, streams[0], streams[1], report)
        weighted = end.alpha * labels
        scores = radial_basis_kernel(distances, end.gamma) @ weighted
        # The dual as printed has no multiplier for the bias; the one that minimises the slacks serves.
        energy = float(0.5 * (weighted @ scores) - end.alpha.sum())
        return _Machine(weighted, best_bias(scores, labels), end.gamma, settings.steps, energy)
