"""Settings of the paper's update of a support vector machine; its numbers where it gives any.

Claims that rest on it: SVX-2, SVM-14.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reference.fraction import fraction_bounds
from reference.validation import (
    FloatArray,
    nonnegative_scalar,
    one_of,
    positive_integer,
    positive_scalar,
    unit_interval,
)


@dataclass(frozen=True, kw_only=True)
class AnnealingSettings:
    """Settings of the update; the defaults are the paper's where it gives a number.

    Attributes:
        penalty: C, positive; 10 in the SVM experiment.
        tune_gamma: whether gamma is a variable; without it the first n variables are all there are.
        gamma_0: centre of the penalty on gamma, positive; 0.05 in the SVM experiment.
        gamma_penalty: lambda_gamma, at least 0; 1e-3 in the SVM experiment.
        gamma_range: R, the largest level of gamma in units of gamma_0, positive; our choice 2, which has
            gamma_0 in the middle.
        f_min, f_max: bounds of the fraction; 0.02 and 0.3 in the SVM experiment.
        level_count: K, at least 2; our choice 257, the odd number next to 256.
        initial_temperature: T_max in shares of C; our choice 1 (5 sigma is 0 for alpha = 0).
        floor_factor: T_min / T_max in [0, 1]; 0.01 in the implementation details.
        schedule: "entropy" (Eq. 14, relative to the entropy at the start) or "geometric" (from T_max to T_min
            over the run).
        barrier: whether the energy keeps the logarithmic barrier on the box.
        step_size: eta in units of one over the largest row sum of the kernel, for alpha, and of
            (R gamma_0)^2 / (n C), for gamma; positive.
        smoothing: weight of the history in the mean field, in [0, 1]; 0.9 in the authors' public code.
        steps: number of updates, at least 1.

    Raises:
        ValueError, TypeError: an attribute outside its range.

    >>> AnnealingSettings(penalty=10.0).gamma_0
    0.05
    """

    penalty: float = 10.0
    gamma_0: float = 0.05
    gamma_penalty: float = 1e-3
    gamma_range: float = 2.0
    tune_gamma: bool = True
    f_min: float = 0.02
    f_max: float = 0.3
    level_count: int = 257
    initial_temperature: float = 1.0
    floor_factor: float = 0.01
    schedule: str = "entropy"
    barrier: bool = True
    step_size: float = 1.0
    smoothing: float = 0.9
    steps: int = 300

    def __post_init__(self) -> None:
        for name in ("penalty", "gamma_0", "gamma_range", "initial_temperature", "step_size"):
            object.__setattr__(self, name, positive_scalar(name, getattr(self, name)))
        for name in ("floor_factor", "smoothing"):
            object.__setattr__(self, name, unit_interval(name, getattr(self, name)))
        nonnegative_scalar("gamma_penalty", self.gamma_penalty)
        fraction_bounds(self.f_min, self.f_max)
        one_of("schedule", self.schedule, ("entropy", "geometric"))
        positive_integer("steps", self.steps)
        if positive_integer("level_count", self.level_count) < 2:
            raise ValueError(f"level_count must be at least 2, got {self.level_count!r}")

    @property
    def gamma_scale(self) -> float:
        """Largest level of gamma: R gamma_0."""
        return self.gamma_range * self.gamma_0

    @property
    def levels(self) -> FloatArray:
        """Levels in shares: 0, 1/(K-1), ..., 1."""
        return np.arange(self.level_count) / (self.level_count - 1)
