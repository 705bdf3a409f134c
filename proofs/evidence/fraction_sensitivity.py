"""What the fraction rule does and does not depend on: the scale of the loss, and the two bounds.

The normalised change makes f independent of the scale of the loss. It says nothing about a change of f_min,
on which the theory's bounds depend in inverse proportion.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import z3

from proofs.bounds.drift import expected_time_paper
from proofs.bounds.stationarity import hitting_time_paper
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.passages import satisfiable
from proofs.registry import control, evidence
from reference.fraction import fraction_trace
from reference.trajectories import dense_trajectory


@evidence("IMP-6", method=Method.SMT)
@control("without the normaliser the scale of the loss matters", normalised=False)
def fraction_ignores_the_scale_of_the_loss(normalised: bool = True) -> Outcome:
    """Replacing L by c L + d multiplies every change by c, and with it the largest change and the initial
    drop: the ratio, and so f, stays. (`normalised` keeps the divisor.)
    """
    c, d, first, second = z3.Reals("c d first second")
    losses = [d, d - first, d - first - second]

    def size(x: Any) -> Any:
        return z3.If(x < 0, -x, x)

    def largest(x: Any, y: Any) -> Any:
        return z3.If(x > y, x, y) if normalised else z3.RealVal(1)

    def ratio_parts(curve: list[Any]) -> list[tuple[Any, Any]]:
        """Numerator and divisor under the absolute change and under the signed decrease."""
        drop, next_drop = curve[0] - curve[1], curve[1] - curve[2]
        return [
            (size(next_drop), largest(size(drop), size(next_drop))),
            (next_drop, drop if normalised else z3.RealVal(1)),
        ]

    before, after = ratio_parts(losses), ratio_parts([c * loss + d for loss in losses])
    unequal = [p * v != u * q for (p, q), (u, v) in zip(before, after, strict=True)]
    values = np.array([3.0, 2.0, 1.75, 1.5])
    scaled = fraction_trace(2.0**20 * values + 2.0**10, 0.01, 0.5)
    return proved_if(
        {
            "ratio to the largest change": satisfiable(c > 0, first != 0, unequal[0]) is None,
            "ratio to the initial drop": satisfiable(c > 0, first != 0, unequal[1]) is None,
            "reference on 2^20 L + 2^10": bool(np.array_equal(scaled, fraction_trace(values, 0.01, 0.5))),
        },
        "f is the same for L and c L + d, c > 0",
    )


@evidence("IMP-10", method=Method.EXACT)
@control("a change of the upper bound leaves the stated bounds alone", changed_f_min=Fraction(1, 100))
def stated_bounds_double_when_the_minimum_halves(changed_f_min: Fraction = Fraction(1, 200)) -> Outcome:
    """The bounds of Theorems 4 and 8 are proportional to 1/f_min: halving f_min (a change by 50%) doubles
    the number of steps they promise, and a half more divides it by 3/2. The method agrees with them: on
    theta^2/2 with f = f_min a step multiplies theta by 1 - eta f_min, and two steps at half the fraction do
    less than one, (1 - x/2)^2 > 1 - x.
    """
    old = Fraction(1, 100)
    eight = [hitting_time_paper(1.0, 1.0, float(f), 1.0) for f in (old, changed_f_min)]
    four = [expected_time_paper(1.0, 0.5, 0.5, float(f)) for f in (old, changed_f_min)]
    exact = [2 / f for f in (old, changed_f_min)]
    x = Fraction(1, 2)
    slow, fast = (1 - x * changed_f_min / old) ** 2, 1 - x
    ends = [
        dense_trajectory([1.0], lambda theta: theta, 50.0, [float(f)] * steps)[-1, 0]
        for f, steps in ((changed_f_min, 2), (old, 1))
    ]
    return refuted_if(
        hypotheses={"the change is 50%": abs(changed_f_min - old) <= old / 2},
        violated={
            "Theorem 8's bound doubles": exact[1] == 2 * exact[0],
            "two slow steps do less than one": slow > fast,
        },
        witness={
            "f_min": f"{old}, {changed_f_min}",
            "bound at gap = eta = eps = 1": ", ".join(map(str, exact)),
        },
        reference={
            "hitting_time_paper": eight == [int(e) for e in exact],
            "expected_time_paper": four[1] == 2 * four[0],
            "dense_trajectory": ends == [float(slow), float(fast)],
        },
        summary="The theory's own bounds are inversely proportional to f_min: not insensitive",
        computed="factor 2 for a change by 50%",
        stated="insensitive",
    )
