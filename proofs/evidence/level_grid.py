"""The grid of levels: which K, which sigma, what it contains, and what it cannot hold."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import z3
from flint import arb

from proofs.ball_arithmetic import ball
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.paper_settings import KAPPA
from proofs.passages import compare, satisfiable
from proofs.registry import control, evidence
from reference.levels import scaled_levels, uniform_levels
from reference.networks import network_tensors
from reference.soft_quantization import soft_quantize
from reference.temperature import initial_temperature

USED = (256, 512, 1024)  # L41, L119, L138


@evidence("PQ-8", method=Method.SMT)
@control("on a grid that starts one step earlier zero is a level for other K", shift=1)
def zero_is_a_level_exactly_for_odd_k(shift: int = 0) -> Outcome:
    """The levels are w (2k - K - 1)/(K-1), k = 1..K, w = kappa sigma > 0. One of them is 0 iff 2k = K + 1 for
    some k, i.e. iff K is odd; then k = (K+1)/2 lies between 1 and K. Both directions over all integers.
    (`shift`: the whole grid moved by that many half steps.)
    """
    k, count, m = z3.Ints("k K m")
    zero = z3.And(k >= 1, k <= count, 2 * k - count - 1 + shift == 0)
    even_with_zero = satisfiable(count >= 2, count == 2 * m, zero)
    missing = satisfiable(count >= 3, count == 2 * m + 1, k == m + 1, z3.Not(zero))
    return proved_if(
        {
            "no even K has the level 0": even_with_zero is None,
            "every odd K has it, at k = (K+1)/2": missing is None,
            "reference: K = 255, 1023": all(0.0 in uniform_levels(0.7, count) for count in (255, 1023)),
            "reference: not K = 256, 512, 1024": all(0.0 not in uniform_levels(0.7, count) for count in USED),
        },
        "0 is a level of the symmetric grid exactly if K is odd",
    )


@evidence("X-1", method=Method.SMT)
@control("without the demand for an odd K there is no conflict", without="L119: odd K, so that 0 is a level")
def odd_k_contradicts_the_k_used(without: str | None = None) -> Outcome:
    """L119 chooses the grid with an odd K, so that 0 is a level (PQ-8). The numbers used are 1024 and 512
    (L41), 256 and 1024 (L119), 512 (L138): all even. With an even K, the value 0 is a midpoint: half a step
    from two levels.
    """
    count, half = z3.Ints("K half")
    allowed = [count == used for used in USED]
    return compare(
        {
            "L119: odd K, so that 0 is a level": count == 2 * half + 1,
            "L41: K is 1024 or 512": z3.Or(count == 1024, count == 512),
            "L41, L119, L138: K is 256, 512 or 1024": z3.Or(*allowed),
        },
        "K has to be odd for 0 to be a level; every K that is used is even",
        without=without,
        computed="distance of 0 to the nearest level: kappa sigma/(K-1) for even K",
        stated="0 is a level",
    )


@evidence("PQ-15", method=Method.SMT)
@control("weights that do not sum to one carry the mean out of the hull", total=Fraction(11, 10))
def updated_weights_lie_inside_the_hull(total: Fraction = Fraction(1)) -> Outcome:
    """S is a mean with positive weights. Lump the levels strictly between the ends into one weight w at their
    own mean m: S = p q_1 + w m + r q_K with p, r > 0, w >= 0, p + w + r = 1, and q_1 < m < q_K. Then q_1 < S
    < q_K for every K >= 2 and T > 0. A Gaussian weight starts outside [-kappa sigma, kappa sigma] with
    probability erfc(kappa/sqrt 2): between 0.317 (kappa = 1) and 0.618 (kappa = 1/2); the first update moves
    all of them inside.
    """
    p, w, r, low, m, high = z3.Reals("p w r q_1 m q_K")
    sizes = [p > 0, r > 0, w >= 0, p + w + r == z3.RealVal(str(total)), low < m, m < high]
    mean = p * low + w * m + r * high
    outside = satisfiable(*sizes, z3.Or(mean <= low, mean >= high))
    mass = {kappa: (ball(kappa) / arb(2).sqrt()).erfc() for kappa in KAPPA}
    levels = uniform_levels(1.0, 256)
    seen = soft_quantize(np.array([-1e9, -1.0, 0.3, 2.0, 1e9]), levels, 5.0)
    return proved_if(
        {
            "no weights give a mean at or beyond an end": outside is None,
            "Gaussian mass outside, kappa = 1/2, above 0.617": mass[KAPPA[0]] > ball("0.617"),
            "Gaussian mass outside, kappa = 1, above 0.317": mass[KAPPA[1]] > ball("0.317"),
            "reference stays inside": bool(np.all(np.abs(seen) < 1.0)),
        },
        "After an update at T > 0 every weight lies strictly inside the hull; before it, many do not",
        computed=(
            f"outside at the start: {float(mass[KAPPA[0]]):.3f} (kappa=1/2), {float(mass[KAPPA[1]]):.3f} "
            "(kappa=1)"
        ),
        stated="within kappa sigma",
    )


@evidence("PQ-16", method=Method.SMT, reading="one temperature for the model")
@control("without an initialiser that depends on the layer all sigmas may agree", without="L118: Kaiming")
def pooled_and_layer_sigma_differ(without: str | None = None) -> Outcome:
    """L43 has one T_max = 5 sigma_theta for the run; L118 scales the grid of a tensor by the standard
    deviation of its initialiser, for which it names Kaiming's, sigma^2 = c/fan-in. Two layers with fan-in 25
    and 400 (first and third of LeNet-5) have variances in the ratio 16. If both numbers are the same for each
    tensor, as L119 needs to bring Theorem 1 to bear on T_max, both variances equal sigma_theta^2.
    """
    pooled, first, third, scale = z3.Reals("sigma_theta^2 sigma_1^2 sigma_3^2 c")
    return compare(
        {
            "L43: one sigma_theta > 0": pooled > 0,
            "L118: Kaiming": z3.And(scale > 0, 25 * first == scale, 400 * third == scale),
            "L43 and L118 mean the same number": z3.And(first == pooled, third == pooled),
        },
        "One sigma for the temperature cannot equal the sigma of every layer's initialiser",
        without=without,
        computed="variances in the ratio 16 within LeNet-5",
        stated="one sigma",
    )


@evidence("PQ-16", method=Method.SMT, reading="one temperature per tensor")
@control("a pooled sigma for the temperature breaks the fixed ratio", pooled=True)
def one_sigma_per_tensor_is_compatible(pooled: bool = False) -> Outcome:
    """If every tensor has its own temperature, T_max = 5 sigma_l with the sigma_l that also scales its grid,
    then T_max is 5/kappa half-widths for every tensor, whatever its initialiser. (`pooled`: one sigma for
    both tensors, with sigma_1 != sigma_2.)
    """
    kappa, one, two, common = z3.Reals("kappa sigma_1 sigma_2 sigma")
    setting = [kappa > 0, one > 0, two > 0, one != two, common > 0]
    heat = (common, common) if pooled else (one, two)
    differ = z3.Or(
        *(5 * sigma * kappa != 5 * (kappa * own) for sigma, own in zip(heat, (one, two), strict=True))
    )
    return proved_if(
        {
            "T_max / half-width = 5/kappa for both tensors": satisfiable(*setting, differ) is None,
            "tensors with different sigma exist": satisfiable(*setting) is not None,
        },
        "With one sigma per tensor the ratio of T_max to the half-width is 5/kappa everywhere",
    )


@evidence("PQ-17", method=Method.EXACT, reading="one sigma per tensor")
@control("a tensor with two different entries has a grid", entries=(0.0, 1.0))
def constant_tensors_have_no_grid(entries: tuple[float, ...] = (0.0, 0.0, 0.0)) -> Outcome:
    """A tensor whose entries are all equal has standard deviation 0: biases that start at 0, normalisation
    scales that start at 1, dual variables that start at 0, and every tensor with a single entry. Its levels
    kappa sigma (2k-K-1)/(K-1) all coincide and T_max = 5 sigma = 0, so the exponents |theta - q|/T are 0/0.
    """
    exact = [Fraction(entry) for entry in entries]
    mean = sum(exact) / len(exact)
    variance = sum((entry - mean) ** 2 for entry in exact) / len(exact)
    refusals = []
    for attempt in (lambda s: scaled_levels(s, 1.0, 256), initial_temperature):
        try:
            attempt(float(np.std(entries)))
        except ValueError as error:
            refusals.append("sigma" in str(error))
    constant = [t.name for t in network_tensors("resnet50") if t.initialiser == "constant"]
    return refuted_if(
        hypotheses={"the tensor is trainable, e.g. in ResNet-50": len(constant) > 0},
        violated={"its variance is exactly 0": variance == 0},
        reference={"levels and temperature are refused, naming sigma": refusals == [True, True]},
        witness={"entries": entries, "sigma": 0, "levels": "256 times 0", "T_max": 0},
        summary="On a constant tensor the grid is one point and T_max is 0: the rule is undefined",
        computed=f"{len(constant)} of {len(network_tensors('resnet50'))} tensors of ResNet-50",
        stated="every trainable tensor",
    )


@evidence("PQ-17", method=Method.SMT, reading="one sigma for the model")
@control("if all weights of the model are equal there is still no grid", distinct=False)
def a_pooled_sigma_is_positive(distinct: bool = True) -> Outcome:
    """The variance over all weights of a model is at least (a - b)^2/(2 n^2) for any two of its n weights a,
    b: it is the sum over pairs of (x_i - x_j)^2, divided by n^2. So it is positive as soon as two weights
    differ, and grid and temperature exist for every tensor. What they do to a constant tensor is NET-R3.
    """
    a, b, rest, n, variance = z3.Reals("a b rest n variance")
    setting = [n >= 2, rest >= 0, variance * n * n == (a - b) * (a - b) + rest]
    different = [a != b] if distinct else []
    return proved_if(
        {
            "variance > 0": satisfiable(*setting, *different, variance <= 0) is None,
            "such weights exist": satisfiable(*setting, *different) is not None,
        },
        "With one sigma for the whole model the grid and T_max are defined for every tensor",
    )
