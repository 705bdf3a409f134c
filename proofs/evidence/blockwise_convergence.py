"""Theorem 6 repaired: blockwise gradient steps on a loss with Lipschitz gradient, and their rate.

Every epoch lowers the loss, by an amount that depends on the number of blocks only through its logarithm.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp
import z3

from proofs.outcome import Method, Outcome, proved_if
from proofs.passages import satisfiable
from proofs.registry import control, evidence
from reference.trajectories import blockwise_trajectory

LIPSCHITZ = "gradient step, Lipschitz gradient"


def dyadic_intervals(count: int) -> list[tuple[int, int]]:
    """Cut 0, ..., count-1 into aligned intervals of the lengths that are the binary digits of count.

    >>> dyadic_intervals(6)
    [(0, 4), (4, 6)]
    """
    intervals, start = [], 0
    for level in reversed(range(count.bit_length())):
        if count >> level & 1:
            intervals.append((start, start + (1 << level)))
            start += 1 << level
    return intervals


@evidence("T6-R1", method=Method.SYMBOLIC)
@evidence("T6-S1", "T6-S2", "T6-S5", "T6-P7", method=Method.SYMBOLIC, reading=LIPSCHITZ)
@evidence("T6-P4", method=Method.SYMBOLIC, reading="Lipschitz gradient")
@evidence("T6-P5", method=Method.SYMBOLIC, reading="Lipschitz gradient, no noise")
@control("a parameter that belongs to two blocks moves twice", blocks=((0,), (0, 1), (2,)))
@control("at eta Lc = 2 a step need not lower the loss", relative_step=Fraction(2))
def every_epoch_lowers_the_loss(
    blocks: tuple[tuple[int, ...], ...] = ((0,), (1,), (2,)), relative_step: Fraction = Fraction(1)
) -> Outcome:
    """G_b is the gradient on block b at the moment of its visit, b = 1..B in the order of the epoch, G^2 the
    sum of |G_b|^2, a = eta Lc.

    (1) Each visit lowers L by at least eta (1 - a/2) |G_b|^2: along the step the slope differs from its start
    by at most Lc times the distance, and the integral of that is Lc eta^2 |G_b|^2 / 2.
    (2) The blocks are disjoint, so visits s..t-1 displace theta by eta (sum |G_j|^2)^(1/2), and the whole
    gradient changes by at most a (sum |G_j|^2)^(1/2).
    (3) Let D be the vector of blocks D_b = grad_b L(start) - G_b. Cut the visits before b into the intervals
    of the binary digits of their number (`dyadic_intervals`): at most one per level, ceil(log2 B) levels.
    Intervals of one level are equal or disjoint; so, by (2), the parts of D that belong to one level have
    squares summing to at most a^2 G^2, and |D| <= a ceil(log2 B) G. Also |D_b|^2 <= a^2 sum_{j<b} |G_j|^2,
    whose sum over b is at most a^2 (B-1) G^2. Hence |grad L(start)| <= (1 + a p) G.
    (4) Summing (1) over an epoch: L falls by at least eta (1 - a/2) G^2 >= the stated amount. L is bounded
    below, so the sum over epochs is finite: L converges, G -> 0, the gradient at the starts tends to 0 by (3)
    and inside the epochs by (2). A limit point is stationary because the gradient is continuous.
    """
    a, eta, s, g = sp.symbols("a eta s G", positive=True)
    lost = sp.integrate(a / eta * eta**2 * g**2 * s, (s, 0, 1))
    fall = sp.expand(eta * g**2 - lost)
    gains = sp.symbols("G1:4", real=True)
    moved = [sum(gains[b] for b, block in enumerate(blocks) if i in block) for i in range(3)]
    square = sp.expand(sum(m**2 for m in moved) - sum(v**2 for v in gains))
    used: dict[int, set[tuple[int, int]]] = {}
    tidy = True
    for before in range(1024):  # all B <= 1024; the paper has B = 100
        parts = dyadic_intervals(before)
        covered = [visit for start, end in parts for visit in range(start, end)]
        tidy &= covered == list(range(before)) and len({end - start for start, end in parts}) == len(parts)
        for start, end in parts:
            used.setdefault(end - start, set()).add((start, end))
    disjoint = all(
        len({visit for start, end in level for visit in range(start, end)}) == size * len(level)
        for size, level in used.items()
    )
    levels = all(
        max((len(dyadic_intervals(b)) for b in range(count)), default=0) <= (count - 1).bit_length()
        for count in range(1, 1025)
    )
    hessian = np.array([[2.0, 1.0, 0.5], [1.0, 3.0, -1.0], [0.5, -1.0, 2.0]])
    step = float(relative_step) / float(np.linalg.eigvalsh(hessian)[-1])
    orders = [[0, 1, 2], [2, 0, 1]]
    run = blockwise_trajectory([1.0, -2.0, 0.5], lambda t: hessian @ t, step, [[0], [1], [2]], orders)
    loss = np.einsum("ti,ij,tj->t", run, hessian, run) / 2
    share = (1 - float(relative_step) / 2) / (1 + float(relative_step) * np.sqrt(2)) ** 2
    promised = [step * share * np.sum((hessian @ run[i]) ** 2) for i in (0, 3)]
    return proved_if(
        {
            "(1) a visit lowers L by eta (1 - a/2) |G_b|^2": sp.expand(fall - eta * (1 - a / 2) * g**2) == 0,
            "(1) which is positive at this step": 1 - relative_step / 2 > 0,
            "(2) displacements of distinct blocks add in squares": square == 0,
            "(3) intervals cover the earlier visits, one per level": tidy,
            "(3) intervals of one level are equal or disjoint": disjoint,
            "(3) ceil(log2 B) levels suffice": levels,
            "the reference falls by more than promised in two epochs": loss[0] - loss[3] > promised[0]
            and loss[3] - loss[6] > promised[1],
        },
        "An epoch lowers L by at least eta (1 - a/2)|grad L|^2/(1 + a p)^2, p = min(sqrt(B-1), ceil(log2 B))",
        computed="(L0 - L_min)(1 + a p)^2/(eta (1 - a/2) eps^2) epochs",
        stated="limit points stationary; no rate",
    )


@evidence("T6-R5", method=Method.SYMBOLIC)
@evidence("T6-S3", method=Method.SYMBOLIC, reading=LIPSCHITZ)
@control("without the Polyak-Lojasiewicz condition there is no linear rate", pl_constant=0)
@control("for a concave function the tangent lies above", curvature_sign=-1)
def convex_losses_reach_their_infimum(pl_constant: object = None, curvature_sign: int = 1) -> Outcome:
    """Let c0 = eta (1 - a/2)/(1 + a p)^2. Under the Polyak-Lojasiewicz condition an epoch lowers L - L_min by
    c0 |grad L|^2 >= 2 mu c0 (L - L_min). Here mu <= Lc, because |grad L|^2 <= 2 Lc (L - L_min) for every
    Lipschitz gradient, and the factor 1 - 2 mu c0 lies in [0, 1).

    Convex L: suppose L(theta_e) >= L(z) + c for some z, some c > 0 and all epochs e. Write G for the vector
    of visited gradients, d = |theta_e - z|. Expanding, the next d^2 is d^2 - 2 eta <G, theta_e - z> +
    eta^2 |G|^2. The tangent at theta_e gives <grad L(theta_e), theta_e - z> >= L(theta_e) - L(z) >= c, and
    |G - grad L| <= a p |G|. So the next d^2 is at most d^2 - 2 eta c + 2 eta a p |G| d + eta^2 |G|^2. From
    some epoch on, the sum of all later |G|^2 is at most r, as small as wanted (T6-R1). By Cauchy-Schwarz
    d <= d_0 + eta sqrt(r N) over the next N epochs, and summing,
    0 <= d_0^2 - 2 eta c N + 2 eta a p (d_0 sqrt(r N) + eta r N) + eta^2 r. Divided by N the right side tends
    to -2 eta c + 2 eta^2 a p r < 0 once r < c/(eta a p): a contradiction. No minimiser, no bounded sublevel
    set is needed.
    """
    a, eta, p, c, r, d0, n, smooth, share = sp.symbols("a eta p c r d_0 N Lc s", positive=True)
    c0 = eta * (1 - a / 2) / (1 + a * p) ** 2
    mu = share * smooth if pl_constant is None else sp.Integer(int(str(pl_constant)))  # mu = s Lc, 0 < s <= 1
    rate = sp.simplify((2 * mu * c0).subs(eta, a / smooth))
    low = sp.simplify(rate.subs({p: 0, share: 1}))  # p = 0, mu = Lc is the largest value
    x, z, g = sp.symbols("x z G", real=True)
    expansion = sp.expand((x - eta * g - z) ** 2 - ((x - z) ** 2 - 2 * eta * g * (x - z) + eta**2 * g**2))
    total = d0**2 - 2 * eta * c * n + 2 * eta * a * p * (d0 * sp.sqrt(r * n) + eta * r * n) + eta**2 * r
    slope = sp.limit(sp.expand(total / n), n, sp.oo)
    lx, lz, inner = z3.Reals("Lx Lz inner")
    tangent = curvature_sign * (lz - lx + inner) >= 0  # L(z) >= L(x) + <grad, z - x>, inner = <grad, x - z>
    follows = satisfiable(tangent, inner < lx - lz) is None
    return proved_if(
        {
            "2 mu c0 = (mu/Lc) a (2 - a)/(1 + a p)^2 > 0": sp.simplify(
                rate - mu / smooth * a * (2 - a) / (1 + a * p) ** 2
            )
            == 0
            and mu.is_positive,
            "2 mu c0 <= a (2 - a) <= 1": sp.expand(low - a * (2 - a)) == 0
            and sp.expand(1 - a * (2 - a) - (1 - a) ** 2) == 0,
            "the distance expands as stated": expansion == 0,
            "a tangent below L gives <grad, x - z> >= L(x) - L(z)": follows,
            "the sum falls without bound at rate 2 eta c - 2 eta^2 a p r": sp.simplify(
                slope - (2 * eta**2 * a * p * r - 2 * eta * c)
            )
            == 0,
        },
        "Convex: L(theta_t) -> inf L, attained or not; Polyak-Lojasiewicz: linear rate per epoch",
        computed="L - L_min shrinks by 1 - 2 mu eta (1 - a/2)/(1 + a p)^2 per epoch",
        stated="L* = L_min; no rate",
    )
