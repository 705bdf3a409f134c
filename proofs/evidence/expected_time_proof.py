"""Theorem 4, the steps of its proof: expansion, identification of mu, summation to a random time,
direction.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp
import z3

from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.passages import satisfiable
from proofs.registry import control, evidence
from reference.masks import mask_of
from reference.updates import dense_step, masked_step

EPS = float(np.finfo(float).eps)


@evidence("T4-R4", method=Method.SYMBOLIC)
@evidence("T4-P1", method=Method.SYMBOLIC, reading="no noise")
@control("a quadratic with twice the curvature leaves the bounds", curvature_factor=2)
def first_order_change_with_its_error(curvature_factor: int = 1) -> Outcome:
    """L(theta - h g) - L(theta) + h |g|^2 is the integral over s in [0, 1] of -h (grad L(theta - s h g) -
    g)'g, whose size is at most Lc s h^2 |g|^2: so the error is at most Lc h^2 |g|^2/2, which is the claim;
    rearranged it bounds the decrease by h (1 -+ h Lc/2)|g|^2. The quadratics +Lc theta^2/2 and -Lc
    theta^2/2 (near the points considered) attain both. (`curvature_factor` multiplies their curvature.)
    """
    s, h, curvature, square, x = sp.symbols("s h L_c q theta", positive=True)
    error = sp.integrate(curvature * s * h**2 * square, (s, 0, 1))
    attained = []
    for sign in (1, -1):
        loss = sign * curvature_factor * curvature * x**2 / 2
        slope = sp.diff(loss, x)
        decrease = sp.expand(loss - loss.subs(x, x - h * slope))
        attained.append(sp.expand(decrease - h * (1 - sign * h * curvature / 2) * slope**2) == 0)
    step = dense_step([1.0], [1.0], 0.5, 0.5)
    return proved_if(
        {
            "error at most Lc h^2 |g|^2/2": sp.expand(error - curvature * h**2 * square / 2) == 0,
            "decrease between h (1 -+ h Lc/2)|g|^2": all(
                sp.expand(h * square + sign * error - h * (1 + sign * h * curvature / 2) * square) == 0
                for sign in (1, -1)
            ),
            "error over h tends to 0": sp.limit(error / h, h, 0) == 0,
            "attained by +Lc theta^2/2": attained[0],
            "attained by -Lc theta^2/2": attained[1],
            "reference: theta^2/2, h = 1/4": (1 - step[0] ** 2) / 2 == 0.25 * (1 - 0.125),
        },
        "L(theta) - L(theta - h g) lies between h (1 - h Lc/2)|g|^2 and h (1 + h Lc/2)|g|^2",
        computed="error at most Lc h^2 |g|^2/2",
        stated="small",
    )


@evidence("T4-P1", method=Method.SYMBOLIC, reading="with noise, in the mean")
@control("noise that vanishes with eta contributes nothing to first order", noise_power=1)
def noise_term_does_not_vanish_with_the_step(noise_power: int = 0) -> Outcome:
    """On theta^2/2 with noise eps z, E L(next) - L = -h theta^2 + h^2 theta^2/2 + eps^2/2. At theta = 0 it
    is eps^2/2 for every h: divided by h it grows without bound as h -> 0, where the first-order term is 0.
    (`noise_power` p makes the noise eps h^p.)
    """
    h, eps = sp.symbols("h epsilon", positive=True)
    theta, z = sp.symbols("theta z", real=True)
    following = (1 - h) * theta + eps * h**noise_power * z
    expanded = sp.Poly(sp.expand(following**2 / 2 - theta**2 / 2), z)
    mean = expanded.coeff_monomial(1) + expanded.coeff_monomial(z**2)  # E z = 0, E z^2 = 1
    at_minimum = sp.expand(mean.subs(theta, 0))
    ends = [dense_step([0.0], [0.0], 0.001, 1.0, sign * 0.5)[0] ** 2 / 2 for sign in (1, -1)]
    return refuted_if(
        hypotheses={
            "the noise is positive": eps.is_positive,
            "first-order term at 0": (-(theta**2)).subs(theta, 0) == 0,
        },
        violated={"mean change over h has no finite limit": sp.limit(at_minimum / h, h, 0) == sp.oo},
        witness={"L": "theta^2/2", "theta": 0, "mean change": at_minimum},
        reference={"dense_step with noise +-1/2": ends == [0.125, 0.125]},
        summary="Noise of fixed scale adds eps^2 trace(H)/2, which a smaller eta does not reduce",
        computed=f"+{at_minimum}",
        stated="0",
    )


@evidence("T4-P2", method=Method.EXACT)
@control("as the step shrinks the two agree", h=Fraction(0))
def decrease_is_not_the_first_order_term(h: Fraction = Fraction(1, 2)) -> Outcome:
    """L = theta^2, theta = 1, h = eta f = 1/2, no noise: the decrease is mu = 1, while h |grad L|^2 = 4/2 =
    2.
    """
    step = 1 - h * 2
    mu, first_order = 1 - step**2, h * 4
    computed = dense_step([1.0], [2.0], float(h), 1.0)
    return refuted_if(
        hypotheses={"h > 0": h > 0, "the decrease is at most the gap": mu <= 1},
        violated={"h |g|^2 is not mu": first_order != mu},
        witness={"L": "theta^2", "theta": 1, "h": h, "mu": mu, "h |g|^2": first_order},
        reference={"dense_step": computed[0] == float(step)},
        summary="mu differs from eta E[f |grad L|^2] by the second-order term, here a factor 2",
        computed=mu,
        stated=first_order,
        tightness=float(mu / first_order) if first_order else None,
    )


@evidence("T4-P3", method=Method.SMT)
@control("a share above 1 makes it false", largest_share=2)
def decrease_is_at_least_its_share(largest_share: int = 1) -> Outcome:
    """mu f_min <= mu as 0 < f_min <= 1, and the expected decrease is mu. The proof's reason, that the step
    contains the factor f >= f_min, would need mu to be the decrease at f = 1; but mu was defined from the
    actual step.
    """
    decrease, mu, share = z3.Reals("decrease mu f_min")
    rules = [mu > 0, decrease == mu, share > 0, share <= largest_share]
    return proved_if(
        {
            "decrease < mu f_min is impossible": satisfiable(*rules, decrease < mu * share) is None,
            "the hypotheses can hold": satisfiable(*rules) is not None,
        },
        "True, as mu f_min <= mu: the factor f_min only weakens the bound, by 1/f_min",
        computed="mu",
        stated="mu f_min",
        tightness=1 / 0.01,  # 1/f_min with the paper's f_min (L42)
    )


@evidence("T4-P4", method=Method.EXACT, reading="decrease in the mean")
@control("a target at the infimum leaves no decrease after it", eps=Fraction(0))
def decrease_after_the_target_counts_in_the_mean(eps: Fraction = Fraction(3, 4)) -> Outcome:
    """Two loss paths with probability 1/2 each: one falls by 1/4 in each of the steps 0 to 3, the other
    stays at 1 and falls by 1/4 in each of the steps 4 to 7. In every step the mean falls by mu = 1/8, down
    to the infimum 0. For eps = 3/4, tau is 1 or 5, E[tau] = 3 and L(theta_tau) = 3/4; but 1 - mu E[tau] =
    5/8. The first path's fall after its tau pays for the waiting of the second. (E[tau] also exceeds (gap -
    eps)/mu = 2.)
    """
    quarter = Fraction(1, 4)
    paths = [
        [max(Fraction(0), 1 - quarter * t) for t in range(9)],
        [1 - quarter * max(0, t - 4) for t in range(9)],
    ]
    means = [sum(losses) / 2 for losses in zip(*paths, strict=True)]
    mu = means[0] - means[1]
    times = [next(t for t, loss in enumerate(path) if loss <= eps) for path in paths]
    mean_time = Fraction(sum(times), 2)
    mean_last = sum(path[t] for path, t in zip(paths, times, strict=True)) / 2
    return refuted_if(
        hypotheses={
            "the mean falls by mu > 0 in each of 8 steps": mu > 0
            and all(means[t] - means[t + 1] == mu for t in range(8)),
            "down to the infimum 0": means[-1] == min(min(path) for path in paths) == 0,
        },
        violated={"E L(theta_tau) > L(theta_0) - mu E[tau]": mean_last > means[0] - mu * mean_time},
        witness={
            "paths": "1, 3/4, 1/2, 1/4, 0, ...; 1, 1, 1, 1, 1, 3/4, 1/2, 1/4, 0",
            "eps": eps,
            "tau": ", ".join(map(str, times)),
        },
        summary="A decrease of the overall mean may come from runs that are past their target",
        computed=f"E L(theta_tau) = {mean_last}",
        stated=f"at most {means[0] - mu * mean_time}",
    )


@evidence("T4-P5", method=Method.EXACT, reading="so many steps are enough")
@control("a sure step reaches the target", probability=Fraction(1))
def mean_decrease_does_not_reach_the_target(probability: Fraction = Fraction(1, 2)) -> Outcome:
    """L = theta_1^2, one of two parameters selected, eta = 1/2, theta_0 = (1, 0), eps = 1/2, N = 1: the
    expected decrease is 1/2 = gap - eps, but with probability 1/2 the loss is still 1.
    """
    expected = probability * 1
    gap, eps = Fraction(1), Fraction(1, 2)
    ends = [float(masked_step([1.0, 0.0], [2.0, 0.0], 0.5, mask_of([i], 2))[0]) ** 2 for i in (0, 1)]
    return refuted_if(
        hypotheses={"expected decrease at least gap - eps": expected >= gap - eps},
        violated={"with positive probability the target is not reached": 1 - probability > 0 and gap > eps},
        witness={"L": "theta_1^2", "n": 2, "k": 1, "theta_0": "(1, 0)", "eps": eps, "N": 1},
        reference={"masked_step: losses 0 and 1": ends == [0.0, 1.0]},
        summary="A mean below the target does not put the run into the target",
        computed="probability 1/2 of not having reached it",
        stated="reached",
    )


@evidence("T4-P5", method=Method.SMT, reading="necessary at tau")
@control("before tau nothing is necessary", reached=False)
def decrease_until_the_target_is_necessary(reached: bool = True) -> Outcome:
    """At tau the gap is at most eps on every path, so the decrease so far is at least gap - eps on every
    path, and so is its mean.
    """
    first, last, eps = z3.Reals("first_gap last_gap eps")
    rules = [eps > 0, first > eps, last >= 0]
    if reached:
        rules.append(last <= eps)
    return proved_if(
        {"a smaller decrease is impossible": satisfiable(*rules, first - last < first - eps) is None},
        "The decrease up to tau is at least gap - eps",
    )


@evidence("T4-P6", method=Method.EXACT)
@control("a time that meets both is no witness", time=Fraction(2))
def inequality_is_solved_the_wrong_way(time: Fraction = Fraction(3)) -> Outcome:
    """gap = 1, eps = 0, mu = 1/2, f_min = 1, tau = 3: then tau mu f_min = 3/2 >= 1 = gap - eps, while the
    conclusion is 3 <= 2. Solving gives a lower bound for tau. A run that has tau = 3: the masked one of
    T4-P5 when the first parameter is selected for the first time in step 3 (probability 1/8).
    """
    gap, eps, mu, f_min = Fraction(1), Fraction(0), Fraction(1, 2), Fraction(1)
    theta, steps = [1.0, 0.0], []
    for i in (1, 1, 0):
        theta = masked_step(theta, [2 * theta[0], 0.0], 0.5, mask_of([i], 2)).tolist()
        steps.append(theta[0] ** 2)
    return refuted_if(
        hypotheses={"tau mu f_min >= gap - eps": time * mu * f_min >= gap - eps},
        violated={"tau > (gap - eps)/(mu f_min)": time > (gap - eps) / (mu * f_min)},
        witness={"gap": gap, "eps": eps, "mu": mu, "f_min": f_min, "tau": time},
        reference={"the masked run reaches 0 in step 3": steps == [1.0, 1.0, 0.0]},
        summary="The inequality gives a lower bound on tau, the theorem states an upper one",
        computed="tau >= (gap - eps)/(mu f_min)",
        stated="tau <= (gap - eps)/(mu f_min)",
    )
