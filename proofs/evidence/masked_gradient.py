"""The mean and the second moment of a masked gradient, and when a masked step lowers the loss.

The mask scales the mean by k/n, not by 1 and not by f; its second moment is scaled by k/n too, where the
dense idealisation has (k/n)^2. A masked step with the full gradient descends whatever the mask, for the
same learning rates as plain gradient descent.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, permutations, product

import numpy as np
import sympy as sp
import z3

from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.passages import satisfiable
from proofs.registry import control, evidence
from reference.fraction import update_count, update_fraction
from reference.masks import mask_of
from reference.updates import blockwise_epoch, dense_step, masked_step

EPS = float(np.finfo(float).eps)


def _mean_masked(gradient: list[Fraction], selected: int) -> list[Fraction]:
    """Mean of M g over all subsets of the given size, exactly."""
    subsets = list(combinations(range(len(gradient)), selected))
    return [Fraction(sum(i in s for s in subsets), len(subsets)) * g for i, g in enumerate(gradient)]


@evidence("BLK-R2", method=Method.SYMBOLIC)
@evidence("BLK-R2", method=Method.SYMBOLIC, version="blockwise")
@control("subsets that always hold the first parameter are not uniform", always_first=True)
def uniform_mask_scales_mean_and_second_moment(always_first: bool = False) -> Outcome:
    """Of the C(n, k) subsets, C(n-1, k-1) contain parameter i, a share of k/n. So E[M] = (k/n) I, and since
    M is a projection |M g|^2 = g' M g has the mean (k/n) |g|^2; the squared norm of the mean is (k/n)^2
    |g|^2. For one of B blocks drawn uniformly the share is 1/B, whatever the sizes. (`always_first` puts
    parameter 1 into each subset.)
    """
    n, k = sp.symbols("n k", integer=True, positive=True)
    containing = sp.binomial(n - 1, k - 1)
    share = sp.simplify(sp.gammasimp((containing / sp.binomial(n, k)).rewrite(sp.gamma)))
    g = sp.symbols("g0:4", real=True)
    equal = []
    for count in range(1, 5):
        subsets = [s for s in combinations(range(4), count) if not always_first or 0 in s]
        mean = [sum(g[i] for s in subsets if i in s) / sp.Integer(len(subsets)) for i in range(4)]
        square = sum(sum(g[i] ** 2 for i in s) for s in subsets) / sp.Integer(len(subsets))
        ratio = sp.Rational(count, 4)
        equal.append(all(sp.simplify(m - ratio * x) == 0 for m, x in zip(mean, g, strict=True)))
        equal.append(sp.simplify(square - ratio * sum(x**2 for x in g)) == 0)
    theta, slope = np.arange(1.0, 5.0), np.array([4.0, -2.0, 1.0, 8.0])
    steps = [masked_step(theta, slope, 0.5, mask_of(s, 4)) for s in combinations(range(4), 2)]
    return proved_if(
        {
            "C(n-1, k-1) / C(n, k) = k/n": sp.simplify(share - k / n) == 0,
            "enumeration for n = 4, all k, symbolic g": all(equal),
            "reference: mean masked step is the dense step with f = k/n": bool(
                np.allclose(np.mean(steps, axis=0), dense_step(theta, slope, 0.5, 0.5), rtol=0, atol=16 * EPS)
            ),
        },
        "E[M g] = (k/n) g and E|M g|^2 = (k/n) |g|^2",
        computed="mean (k/n) g, second moment (k/n) |g|^2",
        stated="mean g",
    )


@evidence("BLK-6", method=Method.EXACT, reading="single step")
@control("with all parameters selected the mean is the gradient", selected=2)
def masked_gradient_is_biased(selected: int = 1) -> Outcome:
    """Two parameters, one selected uniformly, g = (1, 1): the masks give (1, 0) and (0, 1), of mean (1/2,
    1/2).
    """
    g = [Fraction(1), Fraction(1)]
    mean = _mean_masked(g, selected)
    steps = [
        masked_step([0.0, 0.0], [1.0, 1.0], 1.0, mask_of(s, 2)) for s in combinations(range(2), selected)
    ]
    return refuted_if(
        hypotheses={"all subsets equally likely": len(steps) in (1, 2)},
        violated={"the mean is not g": mean != g},
        witness={"n": 2, "k": selected, "g": "(1, 1)", "mean of M g": ", ".join(map(str, mean))},
        reference={"mean step": bool(np.array_equal(np.mean(steps, axis=0), [-float(m) for m in mean]))},
        summary="The mask multiplies the mean by k/n",
        computed="(k/n) g",
        stated="g",
        tightness=0.5,
    )


@evidence("BLK-6", method=Method.EXACT, reading="rescaled by 1/f")
@control("where f n is an integer the rescaled gradient is unbiased", size=4)
def division_by_the_fraction_leaves_a_bias(size: int = 3) -> Outcome:
    """Three parameters and f = 1/2 select floor(3/2) = 1 of them: E[M g]/f = (1/3)/(1/2) g = (2/3) g.
    Dividing by k/n = 1/3 instead would remove the bias.
    """
    fraction = Fraction(1, 2)
    selected = update_count(0.5, size)
    g = [Fraction(1)] * size
    rescaled = [m / fraction for m in _mean_masked(g, selected)]
    return refuted_if(
        hypotheses={"0 < f <= 1": 0 < fraction <= 1, "k = floor(f n) >= 1": selected >= 1},
        violated={"the mean of M g / f is not g": rescaled != g},
        witness={"n": size, "f": fraction, "k": selected, "mean": rescaled[0]},
        reference={"floor(f n)": selected == (fraction * size).numerator // (fraction * size).denominator},
        summary="Rounding f n down leaves the factor floor(f n)/(f n) after division by f",
        computed=f"{rescaled[0]} g",
        stated="g",
    )


@evidence("BLK-6", method=Method.SYMBOLIC, reading="up to a factor, f given")
@control("no parameter selected: the factor is 0", selected=0)
def given_fraction_only_scales_the_mean(selected: int = 1) -> Outcome:
    """With the same k for every minibatch and the subset independent of it, E[M g] = (k/n) E[g], k/n > 0."""
    share = sp.Rational(selected, 4)
    p, a, b = sp.symbols("p a b", real=True)  # two minibatches with probabilities p, 1-p, gradients a, b
    mean = p * share * a + (1 - p) * share * b
    return proved_if(
        {
            "the mean is (k/n) times the mean gradient": sp.expand(mean - share * (p * a + (1 - p) * b)) == 0,
            "and the factor is positive": share > 0,
        },
        "A fraction that does not depend on the minibatch only scales the mean",
    )


@evidence("BLK-6", method=Method.EXACT, reading="up to a factor, f from the batch")
@control("with equal losses both minibatches get the same fraction", second_loss=1.0)
def fraction_from_the_batch_tilts_the_mean(second_loss: float = 0.0) -> Outcome:
    """Four parameters, (f_min, f_max) = (1/4, 1), two equally likely minibatches with gradients (1, 1, 1,
    1) and minus that: the mean gradient is 0. After a loss of 0 and a largest change of 1, the first
    minibatch has the loss 1 (ratio 1, f = 0.72, k = 2) and the second the loss 0 (ratio 0, f = 1/4, k = 1).
    The mean of M g is then (1/2)(2/4) - (1/2)(1/4) = 1/8 in each entry.
    """
    counts = [update_count(update_fraction(loss, 1.0, 0.25, 1.0), 4) for loss in (1.0, second_loss)]
    shares = [Fraction(k, 4) for k in counts]
    gradients = (1, -1)
    mean = sum(share * g for share, g in zip(shares, gradients, strict=True)) / 2
    return refuted_if(
        hypotheses={"the mean gradient is 0": sum(gradients) == 0},
        violated={"the mean of M g is not 0": mean != 0},
        witness={"n": 4, "f_min, f_max": "1/4, 1", "k": counts, "gradients": "+1, -1", "mean of M g": mean},
        reference={"f at ratio 1 selects 2": counts[0] == 2},
        summary="Where f follows the loss of the same minibatch, minibatches with larger changes weigh more",
        computed=mean,
        stated="0",
    )


@evidence("BLK-6", method=Method.SYMBOLIC, reading="whole epoch at a frozen point")
@control("a fixed pairing of blocks is not a random one", fixed_order=True)
def epoch_at_a_frozen_point_is_unbiased(fixed_order: bool = False) -> Outcome:
    """A parameter in block j receives the gradient of the data block b with pi(b) = j, each b with
    probability 1/B (BLK-5): in the mean over pi the sum over the epoch is (1/B) sum_b g_b, the full
    gradient. Shown with symbols for B = 3. In an actual epoch theta moves between the steps, and this holds
    to first order in eta only.
    """
    g = [
        [sp.Symbol(f"g_{b}_{i}") for i in range(3)] for b in range(3)
    ]  # data block b, parameter i in block i
    orders = [(0, 1, 2)] if fixed_order else list(permutations(range(3)))
    mean = [
        sum(g[b][i] for order in orders for b in range(3) if order[b] == i) / sp.Integer(len(orders))
        for i in range(3)
    ]
    full = [sum(g[b][i] for b in range(3)) / sp.Integer(3) for i in range(3)]
    return proved_if(
        {
            "the mean is the full gradient": all(
                sp.expand(m - f) == 0 for m, f in zip(mean, full, strict=True)
            )
        },
        "Summed over an epoch at one point, randomly paired block gradients have the mean of the full one",
    )


@evidence("BLK-R3", method=Method.SYMBOLIC)
@evidence("BLK-R3", method=Method.SYMBOLIC, version="blockwise")
@evidence("BLK-7", method=Method.SYMBOLIC, reading="full gradient, eta < 2/Lc")
@control("a gradient that changes faster than Lc breaks the bound", curvature_factor=2)
def masked_step_descends_whatever_the_mask(curvature_factor: int = 1) -> Outcome:
    """For p = -eta M g, L(theta + p) - L(theta) - g'p is the integral over s in [0, 1] of (grad L(theta + s
    p) - g)'p <= Lc s |p|^2, so at most Lc |p|^2/2. Since M^2 = M = M', g'p = -eta |M g|^2 and |p|^2 = eta^2
    |M g|^2: the change is at most -eta (1 - eta Lc/2) |M g|^2, negative for eta < 2/Lc unless M g = 0. For
    L = Lc theta^2/2 it is an equality, so the range cannot be enlarged. Means over uniform subsets: BLK-R2.
    (`curvature_factor` multiplies the curvature of the quadratic.)
    """
    s, eta, curvature, x, square = sp.symbols("s eta L_c theta q", positive=True)
    remainder = sp.integrate(curvature * s, (s, 0, 1)) * eta**2 * square
    bound = sp.expand(-eta * square + remainder)
    m, g = sp.symbols("m0:3"), sp.symbols("g0:3")
    inner = sum(g[i] * m[i] * g[i] - (m[i] * g[i]) ** 2 for i in range(3))
    masks = [dict(zip(m, entries, strict=True)) for entries in product((0, 1), repeat=3)]
    loss = curvature_factor * curvature * x**2 / 2
    slope = sp.diff(loss, x)
    change = sp.expand(loss.subs(x, x - eta * slope) - loss)
    value = sp.expand(-eta * (1 - eta * curvature / 2) * slope**2)
    e, c = z3.Reals("eta L_c")
    return proved_if(
        {
            "bound is -eta (1 - eta Lc/2) |M g|^2": sp.expand(
                bound + eta * (1 - eta * curvature / 2) * square
            )
            == 0,
            "g'Mg = |Mg|^2 for entries 0 and 1": all(sp.expand(inner.subs(mask)) == 0 for mask in masks),
            "negative for 0 < eta < 2/Lc": satisfiable(e > 0, c > 0, e * c < 2, -e * (1 - e * c / 2) >= 0)
            is None,
            "a quadratic attains it": sp.expand(change - value) == 0,
        },
        "L(theta - eta M g) <= L(theta) - eta (1 - eta Lc/2) |M g|^2, attained by Lc theta^2 / 2",
        computed="eta < 2/Lc, whatever f",
        stated="f_max <= 1/2",
    )


@evidence("BLK-7", method=Method.EXACT, reading="any learning rate")
@control("a learning rate below 2/Lc descends", rate=Fraction(1))
def block_steps_overshoot_at_large_learning_rates(rate: Fraction = Fraction(3)) -> Outcome:
    """L = (theta_1^2 + theta_2^2)/2 with one block per parameter and learning rate 3: each visited
    parameter is multiplied by 1 - 3 = -2, so every step from every point other than 0 in that block raises
    the loss. f_max is 1/2 here and plays no role, since a selected parameter moves by the whole of eta g.
    """
    x, y = sp.symbols("theta_1 theta_2")
    half_square = (x**2 + y**2) / 2
    start = [Fraction(1), Fraction(1)]
    after = [start[0] - rate * start[0], start[1]]
    loss = [sum(v * v for v in point) / 2 for point in (start, after)]
    points = blockwise_epoch([1.0, 1.0], lambda theta: theta, float(rate), [[0], [1]], [0, 1])
    return refuted_if(
        hypotheses={
            "the Hessian is the identity, so Lc = 1": sp.hessian(half_square, (x, y)) == sp.eye(2),
            "eta > 0": rate > 0,
        },
        violated={"the loss rises": loss[1] > loss[0]},
        witness={"loss": "|theta|^2 / 2", "theta": "(1, 1)", "eta": rate, "after one block": after},
        reference={"blockwise_epoch": bool(np.array_equal(points[1], [float(v) for v in after]))},
        summary="f_max <= 1/2 does not bound a selected parameter's step: eta > 2/Lc raises the loss",
        computed=f"loss {loss[0]} -> {loss[1]}",
        stated="no increase",
    )


@evidence("BLK-7", method=Method.SYMBOLIC, reading="minibatch gradient")
@control("identical data blocks have the full gradient", offset=0)
def block_step_with_a_minibatch_raises_the_loss(offset: int = 1) -> Outcome:
    """Data blocks with the losses (theta - 1)^2/2 and (theta + 1)^2/2; the full loss is (theta^2 + 1)/2,
    least at 0. There the first data block has gradient -1, and a step of any eta > 0 leads to eta, where
    the full loss is larger by eta^2/2. (`offset` replaces the 1 in the blocks' losses.)
    """
    theta, eta = sp.symbols("theta eta", positive=True)
    blocks = [(theta - offset) ** 2 / 2, (theta + offset) ** 2 / 2]
    full = sum(blocks) / 2
    slope = sp.diff(blocks[0], theta).subs(theta, 0)
    rise = sp.expand(full.subs(theta, -eta * slope) - full.subs(theta, 0))
    step = masked_step([0.0], [float(slope)], 0.125, [True])
    return refuted_if(
        hypotheses={
            "0 minimises the full loss": sp.diff(full, theta).subs(theta, 0) == 0
            and sp.diff(full, theta, 2).is_positive
        },
        violated={"the full loss rises for every eta > 0": rise.is_positive},
        witness={"losses": "(theta - 1)^2/2, (theta + 1)^2/2", "theta": 0, "rise": rise},
        reference={"masked_step with eta = 1/8": step[0] == -0.125 * float(slope)},
        summary="With a minibatch gradient no learning rate makes every step a descent step",
        computed=f"+{rise}",
        stated="at most 0",
    )
