"""Soft quantization of the dual variables: what keeps the box, and what is lost at its ends."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp
import z3

from proofs.ball_arithmetic import ball
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.passages import satisfiable
from proofs.quantization_lemmas import OCTAVE, rational_mean, zero
from proofs.registry import control, evidence
from reference.fraction import update_count
from reference.soft_quantization import soft_quantize
from reference.support_vector_machine import equality_residual

EPS = float(np.finfo(float).eps)
C, GAMMA_0, T_MIN_SHARE = Fraction(10), Fraction(1, 20), Fraction(1, 100)  # L48, L43


@evidence("SVM-8", method=Method.SMT, reading="into the box")
@evidence("SVM-1", method=Method.SMT, reading="the box")
@evidence("SVM-10", method=Method.SMT, reading="quantized last")
@control("levels on both sides of zero, as for weights, leave the box", lowest=-1)
def quantized_values_lie_in_the_box(lowest: int = 0) -> Outcome:
    """S(u) is a mean of the levels with positive weights. Adding one level q in [0, C] of weight p > 0 to a sum
    of weights W > 0 with weighted mean m in [0, C] gives (W m + p q)/(W + p), in [0, C] again, and strictly
    inside when m is not q; so by induction over the levels S(u) lies in [0, C] for every u, noise included,
    and inside (0, C) for two or more levels, as long as T > 0. Variables that are not selected keep their
    values. The count is floor(f N), at most f N. (`lowest` level instead of 0, C = 1.)
    """
    mean, level, weight, mass, c = z3.Reals("m q p W C")
    c_positive = c > 0 if lowest == 0 else c == 1
    given = z3.And(c_positive, weight > 0, mass > 0, level >= lowest, level <= c, mean >= lowest, mean <= c)
    total = mass + weight  # the new mean times the total weight, so that the question stays polynomial
    moment = mass * mean + weight * level
    counts = [update_count(f, n) <= f * n for f in (0.02, 0.3) for n in (1, 49, 50, 9600)]
    return proved_if(
        {
            "the mean stays in [0, C]": satisfiable(given, z3.Or(moment < 0, moment > c * total)) is None,
            "strictly inside unless all levels agree": satisfiable(
                given, mean != level, z3.Or(moment <= 0, moment >= c * total)
            )
            is None,
            "reference: the count is at most f N": all(counts),
        },
        "A mean of levels in [0, C] lies in [0, C]: soft quantization keeps the box, strictly for T > 0",
    )


@evidence("SVM-8", method=Method.EXACT, reading="a projection onto the box")
@control("the midpoint of the box is kept", point=Fraction(1, 2))
def quantization_is_no_projection(point: Fraction = Fraction(0)) -> Outcome:
    """Levels 0 and 1 (C = 1), T = 1/(2 log 2). S(0) = S(-5) = 1/5 and, by reflection, S(1) = 4/5: the ends are
    moved inward, and nothing ever reaches one.
    """
    levels = [Fraction(0), Fraction(1)]
    points = (point, point - 5, 1 - point)
    values = [rational_mean(u, levels, 2) for u in points]
    computed = soft_quantize([float(u) for u in points], [0.0, 1.0], OCTAVE / 2)
    return refuted_if(
        hypotheses={"the point is in the box": 0 <= point <= 1},
        violated={
            "it does not stay where it is": values[0] != point,
            "nor does 1 minus it": values[2] != 1 - point,
        },
        reference={"same values": all(abs(computed - [float(v) for v in values]) < 4 * EPS)},
        witness={
            "levels": "0, 1",
            "T": "1/(2 log 2)",
            "points": [str(u) for u in points],
            "S": [str(v) for v in values],
        },
        summary="Soft quantization moves the ends of the box inward: it is not a projection onto the box",
        computed=f"S({point}) = {values[0]}",
        stated=point,
    )


@evidence("SVM-R4", method=Method.SYMBOLIC)
@control("on levels that are not uniform the closed form fails", stretch=2)
def distance_from_the_ends(stretch: int = 1) -> Outcome:
    """For u <= 0 the distances are q_k - u, so the weights are proportional to z^k with z = exp(-h/T),
    whatever u is; their mean is h sum k z^k/sum z^k, which is the closed form (checked for K = 2 to 4; in
    general both sums are derivatives of one geometric series, checked with K as a symbol). It is positive,
    being a mean of numbers >= 0 that are not all 0. S does not decrease in u: the log odds of a higher level
    b against a lower one a are (|u - a| - |u - b|)/T, and that does not decrease in u (z3): weight moves to
    higher levels only, and the mean does not fall. So S(u) >= S(0), and by reflection S(u) <= C - S(0).
    (`stretch` moves the last level from (K-1) h to (K-2+stretch) h.)
    """
    z, h = sp.symbols("z h", positive=True)
    count = sp.Symbol("K", positive=True, integer=True)

    def closed(size: sp.Expr) -> sp.Expr:
        return h * (z / (1 - z) - size * z**size / (1 - z**size))

    small = []
    for size in range(2, 5):
        places = [*range(size - 1), size - 2 + stretch]
        weights = [z**place for place in places]
        mean = sum(h * p * w for p, w in zip(places, weights, strict=True)) / sum(weights)
        small.append(zero(sp.cancel(mean - closed(sp.Integer(size)))))
    series = (1 - z**count) / (1 - z)  # sum of z^k, k < K
    general = zero(h * z * sp.diff(sp.log(series), z) - closed(count))
    low, high, left, right = z3.Reals("a b u v")

    def odds(place: z3.ArithRef) -> z3.ArithRef:
        return z3.If(place >= low, place - low, low - place) - z3.If(
            place >= high, place - high, high - place
        )

    return proved_if(
        {
            "closed form for K = 2 to 4": all(small),
            "closed form with K as a symbol": general,
            "the geometric series": zero(sp.expand((1 - z) * sum(z**n for n in range(5)) - (1 - z**5))),
            "higher levels gain as u grows": satisfiable(low < high, left < right, odds(left) > odds(right))
            is None,
            "log odds are constant beyond the end": satisfiable(
                low < high, left <= low, right <= low, odds(left) != odds(right)
            )
            is None,
        },
        "Every quantized alpha keeps at least a distance a(T) > 0 from both ends of the box; sharp",
        computed="a = h (z/(1-z) - K z^K/(1-z^K))",
    )


@evidence("SVM-10", method=Method.EXACT, reading="noise after quantization")
@control("without noise the value stays in the box", noise=Fraction(0))
def noise_after_quantization_leaves_the_box(noise: Fraction = Fraction(-1, 2)) -> Outcome:
    """Levels 0 and 1, T = 1/log 2: S(0) = 1/3. A noise of -1/2, which eps(T) times a standard normal number
    reaches with positive probability for every eps(T) > 0, gives alpha = -1/6. The energy without barrier terms
    is finite there, so 1/(1 + exp(dE/T)) > 0 and the test accepts it with positive probability.
    """
    value = rational_mean(Fraction(0), [Fraction(0), Fraction(1)]) + noise
    computed = float(soft_quantize([0.0], [0.0, 1.0], OCTAVE)[0]) + float(noise)
    return refuted_if(
        hypotheses={"S(0) is in the box": 0 <= value - noise <= 1},
        violated={"alpha is outside": value < 0},
        reference={"same value": abs(computed - float(value)) < 4 * EPS},
        witness={"levels": "0, 1", "T": "1/log 2", "noise": noise, "alpha": value},
        summary="Noise that is added after soft quantization leaves the box",
        computed=value,
        stated="alpha >= 0",
    )


@evidence("SVM-10", method=Method.EXACT, reading="by the barrier terms", version="dense")
@control("from the middle of the box the step stays inside", start=Fraction(5))
def barrier_throws_alpha_across_the_box(start: Fraction = Fraction(1, 1000)) -> Outcome:
    """Every step taken. One sample, Q = 1, C = 10, T = 1, learning rate 1/100, alpha = 1/1000: inside. The
    slope of the energy is alpha - 1 - T/alpha + T/(C - alpha), about -1001; the step ends above 10. The push
    of the barrier grows without bound at the edge, and a step of fixed length follows it to the other side.
    (The acceptance test would refuse this step: SVM-R3.)
    """
    c, temperature, rate = C, Fraction(1), Fraction(1, 100)
    slope = start - 1 - temperature / start + temperature / (c - start)
    after = start - rate * slope
    number = float(start)
    computed = number - 0.01 * (number - 1.0 - 1.0 / number + 1.0 / (10.0 - number))
    return refuted_if(
        hypotheses={"alpha starts inside the box": 0 < start < c, "T > 0": temperature > 0},
        violated={"alpha ends outside": after > c},
        reference={"same value in float64": abs(computed - float(after)) < 64 * EPS * float(c)},
        witness={"Q": 1, "C": c, "T": temperature, "learning rate": rate, "alpha": start, "after": after},
        summary="Without soft quantization and test the barrier does not keep the box: its own push leaves it",
        computed=f"alpha = {float(after):.4f}",
        stated="alpha <= 10",
    )


@evidence("SVM-1", method=Method.EXACT, reading="strict feasibility")
@control("if the two variables move together the sum is kept", together=True)
def one_update_breaks_the_equality(together: bool = False) -> Outcome:
    """Two samples of opposite classes with kernel value 1/2, C = 2, alpha = (1, 1): feasible, slope -1/2 in
    both variables. Levels 0 and 2, T = 1/log 2, learning rate 2; only alpha_1 is selected: it proposes
    1 + 2/2 = 2 and becomes S(2) = 8/5. The energy falls, so the acceptance test lets it pass with
    probability above 1/2. But sum y alpha = 3/5.
    """
    levels, rate, kernel = [Fraction(0), Fraction(2)], Fraction(2), Fraction(1, 2)
    slope = 1 - kernel - 1
    moved = rational_mean(1 - rate * slope, levels)
    alpha = (moved, moved if together else Fraction(1))
    start = (Fraction(1), Fraction(1))
    before = (start[0] ** 2 + start[1] ** 2 - 2 * kernel * start[0] * start[1]) / 2 - sum(start)
    after = (alpha[0] ** 2 + alpha[1] ** 2 - 2 * kernel * alpha[0] * alpha[1]) / 2 - sum(alpha)
    computed = float(soft_quantize([float(1 - rate * slope)], [0.0, 2.0], OCTAVE)[0])
    residue = equality_residual([computed, computed if together else 1.0], [1, -1])
    return refuted_if(
        hypotheses={
            "the start is feasible": start[0] - start[1] == 0,
            "the box is kept": all(0 < a < 2 for a in alpha),
            "the energy falls": after < before,
        },
        violated={"sum y alpha is not 0": alpha[0] - alpha[1] != 0},
        reference={"same residue": abs(residue - float(alpha[0] - alpha[1])) < 8 * EPS},
        witness={
            "labels": "+, -",
            "kernel value": kernel,
            "C": 2,
            "levels": "0, 2",
            "T": "1/log 2",
            "learning rate": rate,
            "alpha before, after": "(1, 1), (" + ", ".join(map(str, alpha)) + ")",
        },
        summary="An update of one variable leaves the feasible set of the dual",
        computed=f"sum y alpha = {alpha[0] - alpha[1]}",
        stated="0",
    )


@evidence("SVM-12", method=Method.SYMBOLIC, reading="the same chance")
@control("if gamma is one of the N + 1 variables in name only it is never updated", choices=0)
def chance_of_updating_gamma(choices: int = 1) -> Outcome:
    """Among the subsets of k out of N + 1 variables the share that contains gamma is binom(N, k-1)/
    binom(N+1, k) = k/(N+1). With k = floor(f (N+1)) it is at most f and above f - 1/(N+1); the expected
    number of updates of gamma in a run is the sum of these shares. N = 9600 and f = 0.02: 192/9601.
    (`choices`: how often gamma occurs among the variables.)
    """
    n, k = sp.symbols("N k", positive=True, integer=True)
    share = choices * sp.binomial(n, k - 1) / sp.binomial(n + 1, k)
    count, f, size = z3.Int("k"), z3.Real("f"), z3.Int("n")
    floor = z3.And(f > 0, f <= 1, size >= 1, count <= f * size, count + 1 > f * size)
    smallest = Fraction(update_count(0.02, 9601), 9601)
    return proved_if(
        {
            "the share is k/(N+1)": sp.simplify(sp.combsimp(share) - k / (n + 1)) == 0,
            "at most f": satisfiable(floor, count > f * size) is None,
            "reference: 192 of 9601": smallest == Fraction(192, 9601),
        },
        "Gamma is updated in a step with chance floor(f (N+1))/(N+1)",
        computed=f"{float(smallest):.5f} (N = 9600, f = 0.02)",
        stated="f = 0.02",
    )


@evidence("SVM-12", method=Method.BALL, reading="the same levels")
@control("a clip at a thousandth of T_max would let gamma come down", share=Fraction(1, 1000))
def levels_of_alpha_are_too_coarse_for_gamma(share: Fraction = T_MIN_SHARE) -> Outcome:
    """Levels from 0 to C = 10, K = 256 or 1024, T >= 0.01 T_max >= 0.1. By SVM-R4 no quantized value is below
    a(T) = h (z/(1-z) - K z^K/(1-z^K)), which grows with T: z times its derivative in z is h times a variance
    (checked for K = 3; for any K it is the rule for quotients). a(0.1) is above 0.08. So after its first
    update gamma exceeds gamma_0 = 0.05 for good, by 60 % or more. (`share`: T_min/T_max.)
    """
    z = sp.Symbol("z", positive=True)
    total, first, second = (sum(k**power * z**k for k in range(3)) for power in (0, 1, 2))
    variance = second / total - (first / total) ** 2
    smallest = {}
    for count in (256, 1024):
        x = ball(C / (count - 1)) / (ball(C) * ball(share))  # h/T
        smallest[count] = ball(C / (count - 1)) * (1 / x.expm1() - count / (count * x).expm1())
    computed = [
        float(soft_quantize([0.05], np.linspace(0.0, 10.0, count), float(C * share))[0]) for count in smallest
    ]
    return refuted_if(
        hypotheses={
            "T_max is C at least, T_min = 0.01 T_max": share <= T_MIN_SHARE,
            "a(T) grows with T": zero(sp.cancel(z * sp.diff(first / total, z) - variance)),
        },
        violated={f"a(T_min) > 0.08 with K = {n}": value > ball("0.08") for n, value in smallest.items()},
        reference={
            "S(0.05) is not below a(T_min)": all(
                s >= float(a.mid()) * (1 - 64 * EPS * n)
                for s, (n, a) in zip(computed, smallest.items(), strict=True)
            )
        },
        witness={"levels": "0 to 10", "T": "0.1", "gamma proposed": "0.05", "S": computed},
        summary="On the levels of alpha, gamma cannot be as small as gamma_0 at any temperature of the schedule",
        computed=f"gamma >= {float(smallest[256].mid()):.4f} (K = 256), {float(smallest[1024].mid()):.4f} (1024)",
        stated="gamma_0 = 0.05",
        tightness=float(smallest[256].mid()) / 0.05,
    )
