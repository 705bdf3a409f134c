"""Algorithm 1 as printed: the entropy it divides by, the order of lines 25 and 26, the floor it lacks."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from proofs.ball_arithmetic import ball
from proofs.evidence.listing import EPS, one_step
from proofs.outcome import Method, Outcome, refuted_if
from proofs.registry import control, evidence
from reference.entropy import total_entropy


@evidence("ALG-2", method=Method.BALL)
@control("a parameter that stays keeps its entropy", moved_to=Fraction(1))
def the_initial_entropy_is_not_the_largest(moved_to: Fraction = Fraction(0)) -> Outcome:
    """Levels -1 and 1, T = 2, one parameter. At 1 the probabilities are 1/(1 + e) and e/(1 + e), the entropy
    is below log 2; at 0 both are 1/2, the entropy is log 2. Started at 1 and moved to 0, H exceeds H_max
    and T = T_max H/H_max exceeds T_max.
    """
    e = ball(1).exp()
    start = (1 + e).log() - e / (1 + e)
    later = ball(2).log() if moved_to == 0 else start
    levels = np.array([-1.0, 1.0])
    entropies = [total_entropy(np.array([place]), levels, 2.0) for place in (1.0, float(moved_to))]
    return refuted_if(
        hypotheses={"H_max is positive": start > 0},
        violated={"a later entropy exceeds it": later > start},
        reference={"total_entropy agrees": entropies[1] > entropies[0]},
        witness={"levels": "-1, 1", "T": 2, "theta": f"1, then {moved_to}"},
        summary="The entropy of the initial state is no maximum: a parameter between levels has more",
        computed=f"H = {float(later):.4f} > H_max = {float(start):.4f}",
        stated="H <= H_max",
    )


@evidence("ALG-14", method=Method.BALL)
@control("where theta does not move the lag is not seen", theta=1)
def the_temperature_is_one_iteration_late(theta: int = 0) -> Outcome:
    """Levels -1 and 1, T_max = 2/ln 3, theta from 1 to 0 in the first iteration. At 1 the level
    probabilities are 3/4 and 1/4, at 0 they are equal. Line 25 comes before line 26, so it uses the entropy
    of the start (given that H begins as H_max; the listing sets no other) and leaves T at T_max; Eq. 14 with
    the entropy of theta = 0 gives T_max ln 2 / H(1), 23% more.
    """
    third = ball("3/4")
    start = -third * third.log() - (1 - third) * (1 - third).log()
    reached = ball(2).log() if theta == 0 else start
    t_max = 2 / ball(3).log()
    printed, by_entropy = t_max * start / start, t_max * reached / start
    computed = [one_step(1.0, 1.0 - theta, order).temperature for order in ("stale", "current")]
    return refuted_if(
        hypotheses={"theta is reached in one step": one_step(1.0, 1.0 - theta).theta[0] == theta},
        violated={"the two temperatures differ": by_entropy > printed * ball("6/5")},
        reference={
            "as printed": abs(ball(str(computed[0])) - printed) < 32 * EPS,
            "by the entropy reached": abs(ball(str(computed[1])) - by_entropy) < 32 * EPS,
        },
        witness={"levels": "-1, 1", "T_max": "2/ln 3", "theta": "1, then 0"},
        summary="Line 25 uses the entropy of the iteration before",
        computed=f"T = {float(printed):.4f}",
        stated=f"T = {float(by_entropy):.4f}",
    )
