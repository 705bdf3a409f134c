"""Theorem 3, the limit of the fraction: it follows the loss, and the loss alone decides whether it has a
limit.

f(t) tends to f_min where the full-batch loss converges, for every version of the update. It does not where
the loss change is taken between data blocks.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp
import z3

from proofs.ball_arithmetic import ball
from proofs.bounds.fraction import fraction_excess
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.passages import satisfiable
from proofs.registry import control, evidence
from reference.fraction import fraction_trace, update_fraction
from reference.loss_change import data_block_change
from reference.released_rules import released_fraction

EPS = float(np.finfo(float).eps)


@evidence("T3-P2", method=Method.BALL, reading="change up to the normaliser")
@control("a change five times the normaliser would do", ratio=5)
def largest_change_leaves_the_exponential_at_a_third(ratio: int = 1) -> Outcome:
    """At a change equal to its normaliser the exponential is 1/e = 0.3679, its least value for ratios in
    [0, 1], and f has covered 63% of the way from f_min to f_max.
    """
    weight = ball(-ratio).exp()
    value = ball("1/100") + ball("49/100") * (1 - weight)
    return refuted_if(
        hypotheses={"the change is at least its normaliser": ratio >= 1},
        violated={
            "the exponential exceeds 1/3": weight > ball("1/3"),
            "f < 0.65 f_max": value < ball("65/200"),
        },
        witness={"ratio": ratio, "f_min, f_max": "1/100, 1/2"},
        reference={
            "update_fraction": abs(update_fraction(ratio, 1, 0.01, 0.5) - float(value.mid())) <= 2 * EPS,
        },
        summary="A change as large as its normaliser leaves the exponential at 1/e and f at 0.3197 of 0.5",
        computed=f"exp(-1) = {float(weight.mid()):.4f}",
        stated="close to 0",
    )


@evidence("T3-P2", method=Method.SYMBOLIC, reading="change far above the normaliser")
@control("a bounded ratio has no such limit", ratio_limit=1)
def unbounded_ratio_reaches_the_maximum(ratio_limit: int | None = None) -> Outcome:
    """As the ratio grows without bound e^-r tends to 0 and f to f_max; under the initial drop as normaliser
    a loss can do this, e.g. with the losses 1 + 1/n, 1, 0: the ratio is n.
    """
    r, low, high = sp.symbols("r f_min f_max", positive=True)
    f = low + (high - low) * (1 - sp.exp(-r))
    end = sp.oo if ratio_limit is None else sp.Integer(ratio_limit)
    trace = fraction_trace([1 + 2.0**-10, 1.0, 0.0], 0.01, 0.5, divisor="initial_drop")
    return proved_if(
        {
            "e^-r tends to 0": sp.limit(sp.exp(-r), r, end) == 0,
            "f tends to f_max": sp.simplify(sp.limit(f, r, end) - high) == 0,
            "reference at ratio 1024": trace[-1] == 0.5,
        },
        "f tends to f_max as the ratio grows",
    )


@evidence("T3-R1", "T3-P3", method=Method.SMT)
@evidence("T3-S1", method=Method.SMT, reading="full batch, falling loss")
@evidence("T3-S1", method=Method.SMT, reading="full batch, falling loss", version="masked")
@evidence("T3-S1", method=Method.SMT, reading="full batch, falling loss", version="blockwise")
@evidence("T3-S1", method=Method.SMT, reading="full batch, falling loss", version="algorithm")
@control("a normaliser that shrinks with the changes gives no limit", shrinking_normaliser=True)
def fraction_follows_a_converging_loss(shrinking_normaliser: bool = False) -> Outcome:
    """Let c > 0 be the first change that is not zero. The normaliser M never shrinks, so M >= c, and by
    FRA-R2 0 <= f - f_min <= (f_max - f_min) c_t/M <= (f_max - f_min) c_t/c. If the loss converges, c_t -> 0
    and f -> f_min. For a falling loss the changes c_t add up to L(t_1 - 1) - L*, which bounds the sum of
    the excess. A loss that falls in every step and is bounded below converges (T3-P11). The converse fails:
    a loss with changes 1/t has f -> f_min and no limit. Nothing about the update is used.
    (`shrinking_normaliser` lets M follow the changes.)
    """
    change, first, largest, excess, width = z3.Reals("c_t c M excess width")
    grows = [largest >= change] if shrinking_normaliser else [largest >= first, largest >= change]
    rule = [change >= 0, first > 0, largest > 0, width >= 0, excess * largest <= width * change, *grows]
    t = sp.symbols("t", positive=True, integer=True)
    steps = np.arange(1, 200)
    harmonic = fraction_trace(np.concatenate([[0.0], np.cumsum(1.0 / steps)]), 0.01, 0.5)
    geometric = fraction_trace(0.5 ** np.arange(40.0), 0.01, 0.5)
    return proved_if(
        {
            "excess <= width c_t / c": satisfiable(*rule, excess * first > width * change) is None,
            "the hypotheses can hold": satisfiable(*rule, change > 0) is not None,
            "changes 1/t tend to 0 and do not add up": sp.limit(1 / t, t, sp.oo) == 0
            and sp.summation(1 / t, (t, 1, sp.oo)) == sp.oo,
            "reference: excess below its bound": bool(
                np.all(geometric - 0.01 <= fraction_excess(1.0, 0.01, 0.5)[1] * 0.5 ** np.arange(39) + EPS)
            ),
            "reference: sum of the excess below its bound": float(np.sum(geometric - 0.01))
            <= 0.49 * 1.0 / 0.5,
            "reference: changes 1/t": harmonic[-1] - 0.01 <= 0.49 / 199 + 4 * EPS,
        },
        "f - f_min is at most (f_max - f_min) times the loss change over the first one",
        computed="if the full-batch loss converges",
        stated="as T -> T_f",
    )


@evidence("T3-P3", method=Method.EXACT, version="released")
@control("the paper's normaliser keeps the first change", released=False)
def windowed_maximum_has_no_limit_at_the_minimum(released: bool = True) -> Outcome:
    """The released rule divides the mean of nine changes by the largest of the nine. For changes 2^-t both
    shrink alike: the quotient is (2 - 2^-8)/9 = 0.2218 at every step, and f stays at f_max - 0.2218 (f_max
    - f_min).
    """
    share = sum(Fraction(1, 2**j) for j in range(9)) / 9
    value = 1 - Fraction(3, 4) * share
    t = sp.symbols("t", positive=True)
    losses = 0.5 ** np.arange(41.0)
    changes_are_powers = bool(np.array_equal(losses[:-1] - losses[1:], losses[1:]))
    late = (
        [released_fraction(losses[:m], 0.25, 1.0) for m in (20, 41)]
        if released
        else [float(f) for f in fraction_trace(losses, 0.25, 1.0)[[18, 39]]]
    )
    return refuted_if(
        hypotheses={
            "the changes tend to 0": sp.limit(2**-t, t, sp.oo) == 0,
            "they are 2^-t": changes_are_powers,
        },
        violated={"f stays away from f_min": min(late) > 0.8, "exactly so": value > Fraction(8, 10)},
        witness={"loss": "2^-t", "f_min, f_max": "1/4, 1", "f": value},
        reference={"released_fraction": all(abs(f - float(value)) <= 4 * EPS for f in late)},
        summary="A normaliser taken over a window shrinks with the changes; f then does not tend to f_min",
        computed=f"{float(value):.4f}",
        stated="f_min",
    )


@evidence("T3-S1", method=Method.EXACT, reading="data-block change", version="dense")
@evidence("T3-S1", method=Method.EXACT, reading="data-block change", version="masked")
@evidence("T3-S1", method=Method.EXACT, reading="data-block change", version="blockwise")
@evidence("T3-S1", method=Method.EXACT, reading="data-block change", version="algorithm")
@control("data blocks with equal losses show no change", gap=Fraction(0))
def data_blocks_keep_the_fraction_at_its_top(gap: Fraction = Fraction(1)) -> Outcome:
    """Two data blocks with the losses theta^2/2 and theta^2/2 + 1. At every theta their difference is 1, so
    the change between data blocks is 1 in every iteration, the largest change is 1, the ratio is 1, and f =
    f_min + (f_max - f_min)(1 - 1/e) for ever: whatever the update does, with or without noise, at the
    common minimum 0 as anywhere else, at every temperature.
    """
    points = [Fraction(0), Fraction(1, 2), Fraction(-3)]
    losses = [(x * x / 2, x * x / 2 + gap) for x in points]
    changes = [abs(b - a) for a, b in losses]
    x = sp.symbols("theta", real=True)
    block, other = x**2 / 2, x**2 / 2 + sp.Rational(gap.numerator, gap.denominator)
    value = ball("1/100") + ball("49/100") * (1 - ball(-1).exp())
    fractions = [update_fraction(data_block_change(float(a), float(b)), 1.0, 0.01, 0.5) for a, b in losses]
    return refuted_if(
        hypotheses={
            "both blocks have their minimum at 0": sp.solve(sp.diff(block, x), x) == [0]
            and sp.solve(sp.diff(other, x), x) == [0],
        },
        violated={
            "the change is the same at every theta": sp.simplify(other - block) == sp.Abs(other - block)
            and set(changes) == {Fraction(1)},
            "f > 31 f_min": value > ball("31/100"),
        },
        witness={"data-block losses": "theta^2/2, theta^2/2 + 1", "theta": "any, e.g. the common minimum 0"},
        reference={"update_fraction": all(abs(f - float(value.mid())) <= 2 * EPS for f in fractions)},
        summary="Between data blocks the change measures the data; f stays at 0.3197 even at the minimum",
        computed=f"{float(value.mid()):.4f}",
        stated="0.01",
    )


@evidence("T3-P11", method=Method.SMT)
@control("a loss that may rise need not converge", monotone=False)
def falling_bounded_loss_converges(monotone: bool = True) -> Outcome:
    """Let m be the greatest lower bound of the losses, m >= 0. For d > 0 the number m + d is no lower
    bound, so some L(t) < m + d, and then m <= L(s) < m + d for all s >= t since L does not rise. z3 finds
    no sequence with the greatest lower bound m that exceeds m + d at or after every t. (`monotone` keeps
    the hypothesis.)
    """
    loss = z3.Function("L", z3.IntSort(), z3.RealSort())
    later = z3.Function("later", z3.IntSort(), z3.IntSort())
    t, s = z3.Ints("t s")
    m, d = z3.Reals("m d")
    rules = [d > 0, m >= 0, z3.ForAll([t], loss(t) >= m)]
    if monotone:
        rules.append(z3.ForAll([s, t], z3.Implies(s >= t, loss(s) <= loss(t))))
    # m is the greatest lower bound: m + d fails to be one, at an iteration called n.
    n = z3.Int("n")
    rules.append(loss(n) < m + d)
    escapes = z3.ForAll([t], z3.And(later(t) >= t, loss(later(t)) >= m + d))
    instance = z3.And(later(n) >= n, loss(later(n)) >= m + d)
    return proved_if(
        {
            "no monotone sequence leaves [m, m + d) again and again": satisfiable(*rules, instance) is None,
            "the instance follows from the negation": satisfiable(escapes, z3.Not(instance)) is None,
        },
        "A loss that does not rise and is bounded below by 0 has a limit L* >= 0",
    )
