"""Passages about the update that disagree: what is random, what energy and temperature are, what is analysed."""

from __future__ import annotations

from fractions import Fraction

import sympy as sp
import z3

from proofs.outcome import Method, Outcome
from proofs.passages import compare
from proofs.registry import control, evidence
from reference.mean_field import mean_field, selected_mean_field


@evidence("X-32", method=Method.SMT)
@control("a selected parameter is refreshed under both passages", selected=True)
@control("without the listing there is no conflict", without="L167: mu refreshed for the selected parameters")
def refreshed_always_or_when_selected(selected: bool = False, without: str | None = None) -> Outcome:
    """A parameter with mu = 0 and gradient 1 that is not selected, alpha = 1/2: refreshed at each iteration
    mu becomes 1/2, refreshed when selected it stays 0.
    """
    mu = z3.Real("mu")
    passages = {
        "L103: mu refreshed at each iteration": mu == z3.Q(1, 2),
        "L167: mu refreshed for the selected parameters": mu == (z3.Q(1, 2) if selected else z3.RealVal(0)),
    }
    values = [
        mean_field([0.0], [1.0], 0.5)[0],
        selected_mean_field([0.0], [1.0], [selected], 0.5)[0],
    ]
    return compare(
        passages,
        "The text refreshes every mean field in each iteration, the listing only the selected ones",
        without=without,
        computed=f"mu = {values[0]} or {values[1]}",
    )


@evidence("X-9", method=Method.SMT)
@control(
    "without the random elements there is no conflict", without="L106, L135, L172: noise, permutation, draw"
)
def deterministic_and_random(without: str | None = None) -> Outcome:
    """Whether each of three random elements is present: Gaussian noise, a random permutation, a uniform draw
    per test. A deterministic method has none; one that is random only in its test has neither of the first
    two.
    """
    noise, order, draw = z3.Bools("noise permutation draw")
    passages = {
        "L86, L93, L17: deterministic, or random in the test only": z3.Or(
            z3.Not(z3.Or(noise, order, draw)), z3.And(z3.Not(noise), z3.Not(order), draw)
        ),
        "L106, L135, L172: noise, permutation, draw": z3.And(noise, order, draw),
    }
    return compare(
        passages,
        "The method is called deterministic and draws three kinds of random numbers in each step",
        without=without,
        computed="noise, permutation and draw",
        stated="none, or the draw only",
    )


@evidence("INT-14", method=Method.SMT)
@control(
    "without the method section there is no conflict", without="L106, L135: noise and a random permutation"
)
def only_the_test_is_random(without: str | None = None) -> Outcome:
    """L17 leaves one random element, the test, and lets entropy choose the subset; L106 adds Gaussian noise
    to each proposal, and L135 chooses the block by a random permutation.
    """
    noise, order, by_entropy = z3.Bools("noise permutation subset_by_entropy")
    passages = {
        "L17: only the test is random, entropy chooses the subset": z3.And(
            z3.Not(noise), z3.Not(order), by_entropy
        ),
        "L106, L135: noise and a random permutation": z3.And(noise, order, z3.Not(by_entropy)),
    }
    return compare(
        passages,
        "Noise and block order are random too, and the subset does not follow the entropy",
        without=without,
        computed="two further random elements",
        stated="the temperature test only",
    )


@evidence("INT-3", method=Method.SMT, reading="a random test per move")
@control("a probability inside a deterministic update is compatible", random_test=False)
def a_random_test_in_a_deterministic_method(random_test: bool = True) -> Outcome:
    """Two states, current density p on the second, acceptance probability a in (0, 1) from the first. L86:
    the next density is the function (1 - p) a + p of p. L10 read as a random test: the next state is 0 or
    1, as the draw decides. Both cannot hold for p in (0, 1); with a as an entry of the transition matrix
    they do.
    """
    p, a, following = z3.Reals("p a next")
    inside = z3.And(p > 0, p < 1, a > 0, a < 1)
    tested = z3.Or(following == 0, following == 1)
    passages = {
        "L86: densities are updated deterministically": z3.And(inside, following == (1 - p) * a + p),
        "L10: acceptance is probabilistic": z3.And(inside, tested if random_test else following > p),
    }
    return compare(
        passages,
        "A random test per move is no deterministic update of a density",
        computed="a probability in the transition matrix is compatible with both passages",
    )


@evidence("INT-3", method=Method.SMT, reading="a probability in the transition matrix")
@control("a random test per move is not compatible", random_test=True)
def a_probability_in_a_deterministic_update(random_test: bool = False) -> Outcome:
    """The other reading of the same two passages: the acceptance probability a multiplies the density that
    moves. An assignment satisfies both.
    """
    return a_random_test_in_a_deterministic_method(random_test=random_test)


@evidence("X-11", method=Method.SMT)
@control("a loss that is smallest at the nearest level orders the levels alike", slope=-1)
def two_energies_order_levels_differently(slope: int = 1) -> Outcome:
    """Levels -1 and 1, theta = 1/2, L(theta) = theta, lambda = 0. The level distance makes 1 the level of
    lowest energy (1/2 against 3/2), the loss makes it -1 (-1 against 1).
    """
    low, high = z3.Reals("E(-1) E(1)")
    passages = {
        "L111, L210, L221: the energy of level q is |theta - q|": z3.And(
            low == z3.Q(3, 2), high == z3.Q(1, 2)
        ),
        "L96, L108, L170: the energy is the loss, lower where the loss is lower": z3.And(
            (low < high) == (-slope < slope), (low > high) == (-slope > slope)
        ),
    }
    return compare(
        passages,
        "Level distance and loss order the two levels in opposite ways: they are not one energy",
        computed="nearest level 1, best level -1",
    )


@evidence("X-40", method=Method.SMT)
@control(
    "without the acceptance test T has the unit of the weights", without="L107, L170: dE/T is a pure number"
)
def one_temperature_two_units(without: str | None = None) -> Outcome:
    """Let T have the unit (weights)^a (loss)^b. T_max = 5 sigma and |theta - q|/T ask for a = 1, b = 0; dE/T
    asks for a = 0, b = 1. Concretely: log 3 = dE, T = 1 gives A = 1/4; with weights written in half the unit
    T is 2 and A = 1/(1 + sqrt 3), while every level probability stays what it was.
    """
    weights, loss = z3.Ints("a b")
    passages = {
        "L43, L99: T_max = 5 sigma, |theta - q|/T is a pure number": z3.And(weights == 1, loss == 0),
        "L107, L170: dE/T is a pure number": z3.And(weights == 0, loss == 1),
    }
    return compare(
        passages,
        "One temperature cannot carry the unit of the weights and that of the loss",
        without=without,
        computed="acceptance depends on the unit in which weights are written",
    )


@evidence("UPD-6", method=Method.SYMBOLIC)
@control("without the theorems' recursion there is no conflict", without="L245, L320: the recursion analysed")
@control("where S, averaging and step agree by chance there is no conflict", end=Fraction(1, 2))
def implemented_and_analysed_updates_differ(
    without: str | None = None, end: Fraction | None = None
) -> Outcome:
    """L = theta^2/2, theta = 1, gradient 1, eta = 1/2, f = 1, no noise; levels -1 and 1, alpha = 1/2, mu = 0
    before, T = 3/(4 log 2), the proposal accepted. Algorithm 1: mu = 1/2, proposal S(1 - 1/4) =
    tanh(3/(4T)) = tanh(log 2) = 3/5. The theorems: 1 - 1/2 = 1/2.
    """
    quantized = sp.tanh(sp.log(2)).rewrite(sp.exp).simplify() if end is None else sp.Rational(end)
    theta = z3.Real("theta")
    passages = {
        "L103-107: Algorithm 1's update": theta == z3.Q(int(quantized.p), int(quantized.q)),
        "L245, L320: the recursion analysed": theta == 1 - z3.Q(1, 2),
    }
    return compare(
        passages,
        "One step of Algorithm 1 and one of the analysed recursion lead to different points",
        without=without,
        computed=f"theta = {quantized}",
        stated="theta = 1/2",
    )
