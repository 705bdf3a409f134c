"""Every choice that Algorithm 1 leaves to the implementer, with the likeliest reading as its default.

Claims that rest on it: ALG-*, IMP-2 to IMP-17, MF-5,
X-6, X-7, X-8, X-11, X-19, X-29, X-30, X-32.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from reference.acceptance import AcceptanceRule, acceptance_rule
from reference.energy import PENALTIES, REDUCTIONS
from reference.fraction import fraction_bounds
from reference.levels import scaled_levels
from reference.mean_field import WEIGHTINGS
from reference.noise import NoiseScale, noise_scale
from reference.temperature import ENTROPY_NORMALISERS, FLOOR_FACTOR, initial_temperature
from reference.validation import (
    FloatArray,
    finite_vector,
    level_set,
    nonnegative_scalar,
    one_of,
    positive_scalar,
    unit_interval,
)

LOSS_CHANGES = ("absolute", "decrease", "data_block")
DIVISORS = ("running_maximum", "initial_drop")
SELECTIONS = ("uniform", "without_replacement", "block", "within_block")


@dataclass(frozen=True, eq=False, kw_only=True)
class Settings:
    """The settings of Algorithm 1.

    Attributes:
        levels: q_1 < ... < q_K, one grid for all parameters; None switches the quantizer off.
        initial_temperature: T_max, positive; 5 sigma in the implementation details.
        floor_factor: T_min / T_max in [0, 1]; 0.01 in the implementation details.  The listing has no clip:
            0.
        schedule: "entropy" (Eq. 14), or "geometric" or "fixed" (Table 5).
        entropy_normaliser: a word of ``ENTROPY_NORMALISERS``; "initial" is the listing's line 3.
        entropy_order: "current", the temperature follows the entropy just computed (text at Eq. 14), or
            "stale", it follows the one before (the listing's lines 25 and 26 in the order printed).
        cooling_ratio: factor per step of the geometric schedule, in (0, 1]; our choice 0.99, no value is
            given.
        f_min, f_max: bounds of the fraction; 0.01 and 0.5 in the implementation details.
        sensitivity: multiplier in the exponent of Eq. 15; an input of the listing, 1 in the text's formula.
        loss_change: "absolute" (text at Eq. 15), "decrease" (proof of Theorem 3), or "data_block" (line 9 to
            the
            letter: the previous data block's loss at the current theta, one more evaluation per step).
        divisor: "running_maximum" (text at Eq. 15) or "initial_drop" (proof of Theorem 3).
        selection: what line 12 means by new parameters.  "uniform": a fresh uniform subset of k in each step;
            "without_replacement": the next k of one permutation per epoch; "block": a whole block of the
            partition, k ignored (block schedule of the text); "within_block": k of that block (line 13).  The
            rule is unstated; the default is the only one defined whatever k is.
        step_size: eta, at least 0; 0.01 in the authors' public code, no value in the text.
        smoothing, weighting: of the mean field; 0.9 on the history in the authors' public code.
        refreshed: "selected", the mean field of the selected parameters only (line 14), or "all" (text, Eq.
            10).
        noise: name of the noise scale or a function, see ``noise.py``.
        noise_placement: "inside", added before soft quantization (lines 15 and 16), or "outside", after it.
        energy: "regularized" (Eq. 8, whose coefficient is an input of the listing) or "loss" (text at Eq.
            12).
        regularization: lambda of Eq. 8, at least 0; 1e-3 in the implementation details.
        penalty_form, penalty_reduction: reading of Eq. 8, see ``energy.py``.
        acceptance: name of the rule or a function, see ``acceptance.py``.
        comparison: "single", each selected parameter is accepted or rejected in turn with the earlier
            decisions in place (lines 13 to 24), or "joint", all proposals stand or fall together.

    Raises:
        ValueError, TypeError: an attribute outside its range, or the entropy schedule without levels.

    >>> Settings(levels=[-1.0, 0.0, 1.0], initial_temperature=5.0).acceptance
    'sigmoid'
    """

    levels: FloatArray | None
    initial_temperature: float
    floor_factor: float = FLOOR_FACTOR
    schedule: str = "entropy"
    entropy_normaliser: str = "initial"
    entropy_order: str = "current"
    cooling_ratio: float = 0.99
    f_min: float = 0.01
    f_max: float = 0.5
    sensitivity: float = 1.0
    loss_change: str = "absolute"
    divisor: str = "running_maximum"
    selection: str = "uniform"
    step_size: float = 0.01
    smoothing: float = 0.9
    weighting: str = "history"
    refreshed: str = "selected"
    noise: str | NoiseScale = "linear"
    noise_placement: str = "inside"
    energy: str = "regularized"
    regularization: float = 1e-3
    penalty_form: str = "distance_over_temperature"
    penalty_reduction: str = "sum"
    acceptance: str | AcceptanceRule = "sigmoid"
    comparison: str = "single"

    def __post_init__(self) -> None:
        words = {
            "schedule": ("entropy", "geometric", "fixed"),
            "entropy_normaliser": ENTROPY_NORMALISERS,
            "entropy_order": ("current", "stale"),
            "loss_change": LOSS_CHANGES,
            "divisor": DIVISORS,
            "selection": SELECTIONS,
            "weighting": WEIGHTINGS,
            "refreshed": ("selected", "all"),
            "noise_placement": ("inside", "outside"),
            "energy": ("regularized", "loss"),
            "penalty_form": PENALTIES,
            "penalty_reduction": REDUCTIONS,
            "comparison": ("single", "joint"),
        }
        for name, allowed in words.items():
            one_of(name, getattr(self, name), allowed)
        for name in ("initial_temperature", "cooling_ratio", "sensitivity"):
            object.__setattr__(self, name, positive_scalar(name, getattr(self, name)))
        for name in ("floor_factor", "cooling_ratio", "smoothing"):
            object.__setattr__(self, name, unit_interval(name, getattr(self, name)))
        for name in ("step_size", "regularization"):
            object.__setattr__(self, name, nonnegative_scalar(name, getattr(self, name)))
        f_min, f_max = fraction_bounds(self.f_min, self.f_max)
        object.__setattr__(self, "f_min", f_min)
        object.__setattr__(self, "f_max", f_max)
        noise_scale(self.initial_temperature, self.noise, self.step_size)
        acceptance_rule(self.acceptance)
        if self.levels is not None:
            # A copy that cannot be written to: settings must not change under a running algorithm.
            levels = level_set("levels", self.levels).copy()
            levels.flags.writeable = False
            object.__setattr__(self, "levels", levels)
        elif self.schedule == "entropy":
            raise ValueError("levels must be given for schedule 'entropy', got None")


def paper_settings(theta: Any, level_count: Any = 257, kappa: Any = 1.0, **others: Any) -> Settings:
    """Return the paper's settings for a model with the given initial parameters.

    T_max = 5 sigma and levels on [-kappa sigma, kappa sigma], sigma the standard deviation of theta.

    Arguments:
        theta: initial parameters, shape (n,), not all equal.
        level_count: K; our choice 257, the odd number next to the paper's 256 for small networks.
        kappa: grid scale; our choice 1, the upper end of the paper's [0.5, 1].
        others: attributes of ``Settings`` that differ from their defaults.

    Returns:
        The ``Settings``.

    Raises:
        ValueError, TypeError: an argument outside its range; theta with standard deviation 0 has no such
        grid.

    Source: implementation details and the display after Eq. 9.

    >>> paper_settings([-1.0, 1.0], level_count=3).levels
    array([-1.,  0.,  1.])
    """
    sigma = float(np.std(finite_vector("theta", theta))) if np.size(theta) else 0.0
    sigma = positive_scalar("the standard deviation of theta", sigma)
    levels = scaled_levels(sigma, kappa, level_count)
    return Settings(levels=levels, initial_temperature=initial_temperature(sigma), **others)


def gradient_descent_settings(step_size: Any) -> Settings:
    """Return the settings under which Algorithm 1 is plain gradient descent.

    All parameters in every step, no averaging, no noise, no quantizer, every proposal accepted.

    Arguments:
        step_size: eta, scalar of at least 0.

    Returns:
        The ``Settings``.

    Raises:
        ValueError, TypeError: step_size is not a finite number of at least 0.

    Source: the limiting case that every version of the update shares.

    >>> gradient_descent_settings(0.1).f_min
    1.0
    """
    return Settings(
        levels=None,
        initial_temperature=1.0,
        schedule="fixed",
        f_min=1.0,
        f_max=1.0,
        step_size=step_size,
        smoothing=0.0,
        noise="zero",
        energy="loss",
        acceptance="always",
        comparison="joint",
    )
