"""The average of past gradients that the paper calls a mean field: what it is, how old it gets, what it
lacks.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import sympy as sp

from proofs.ball_arithmetic import ball
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.registry import control, evidence
from reference.algorithm import step
from reference.coupled_neurons import mean_field_energies
from reference.mean_field import geometric_weights, mean_field, selected_mean_field, started_weight
from reference.settings import Settings
from reference.soft_quantization import level_probabilities
from reference.state import Draws, initial_state

EPS = np.finfo(float).eps


@evidence("MF-1", method=Method.SYMBOLIC, reading="alpha weighs the history")
@evidence("MF-1", method=Method.SYMBOLIC, reading="alpha weighs the gradient")
@evidence("MF-3", method=Method.SYMBOLIC)
@control("an accumulation that adds the gradient in full is no mean", added=1)
def the_average_has_geometric_weights(added: int | None = None) -> Outcome:
    """mu <- w mu + (1 - w) g with w = alpha or 1 - alpha. If mu_t = sum_s (1-w) w^(t-s) g_s then the next
    value has the weight w (1-w) w^(t-s) = (1-w) w^(t+1-s) on each old gradient and 1 - w on the new one:
    the formula for t + 1; for t = 0 both are 0. The weights are non-negative and sum to 1 - w^t, so a
    constant gradient is seen reduced by this factor, in the first step by 1 - w.
    """
    w = sp.Symbol("w", positive=True)
    t, s = sp.symbols("t s", integer=True, positive=True)
    new = 1 - w if added is None else sp.Integer(added)
    weight = (1 - w) * w ** (t - s)
    gradients = [3.0, -1.0, 0.5, 2.0]
    agree = True
    for weighting in ("history", "gradient"):
        mu = np.zeros(1)
        for g in gradients:
            mu = mean_field(mu, [g], 0.75, weighting)
        agree &= abs(mu[0] - geometric_weights(4, 0.75, weighting) @ gradients) <= 8 * EPS
        agree &= (
            abs(sum(geometric_weights(4, 0.75, weighting)) - started_weight(4, 0.75, weighting)) <= 4 * EPS
        )
    return proved_if(
        {
            "old weights carry over": sp.simplify(w * weight - weight.subs(t, t + 1)) == 0,
            "the new weight is the formula at s = t + 1": sp.simplify(
                new - weight.subs(t, t + 1).subs(s, t + 1)
            )
            == 0,
            "each weight is w^r - w^(r+1), r = t - s: they sum to 1 - w^t": sp.expand(
                weight - (w ** (t - s) - w ** (t - s + 1))
            )
            == 0,
            "the reference agrees in both weightings": agree,
        },
        "mu is a weighted mean with geometric weights times 1 - w^t; there is no correction of that factor",
        computed="first step: (1 - w) g",
    )


@evidence("MF-2", method=Method.BALL, reading="the mean field of GDA")
@control("without coupling both ignore the other unit", coupling=0)
def the_average_ignores_the_states_of_other_units(coupling: int = 1) -> Outcome:
    """L = theta_1 theta_2, levels -1 and 1, T = 2/log 3, both parameters at 1 and theta_2 kept there. A mean
    field replaces theta_2 in dL/dtheta_1 by its mean over the levels, tanh(1/T) = tanh(log 3/2) = 1/2. The
    average of past gradients sees dL/dtheta_1 = theta_2 = 1 in every step and tends to 1.
    """
    field = coupling * (ball(3).log() / 2).tanh()
    averaged = Fraction(coupling)
    mu = np.zeros(2)
    for _ in range(400):
        mu = mean_field(mu, [float(coupling), float(coupling)], 0.9)
    temperature = 2 / float(ball(3).log())
    density = level_probabilities(np.array([1.0, 1.0]), np.array([-1.0, 1.0]), temperature)
    pairwise = np.zeros((2, 2, 2, 2))
    pairwise[0, 1] = pairwise[1, 0] = coupling * np.outer([-1.0, 1.0], [-1.0, 1.0])
    energies = mean_field_energies(density, np.zeros((2, 2)), pairwise)
    return refuted_if(
        hypotheses={"theta_2 has both levels with positive probability": bool(np.all(density > 0))},
        violated={
            "the mean field and the limit of the average differ": field < ball("3/4")
            and averaged > Fraction("3/4")
        },
        reference={
            "mean_field tends to 1": abs(mu[0] - float(averaged)) <= 64 * EPS,
            "half the energy difference of the coupled neurons is 1/2": abs(
                (energies[0, 1] - energies[0, 0]) / 2 - float(field)
            )
            <= 8 * EPS,
        },
        witness={"L": "theta_1 theta_2", "levels": "-1, 1", "T": "2/log 3", "theta": "(1, 1)"},
        summary="An average over time at one point is no average over the states of the other units",
        computed="gradient 1",
        stated="mean field 1/2",
    )


@evidence("MF-2", method=Method.SYMBOLIC, reading="a name")
@control("heavy-ball momentum, which adds the gradient in full, is another recursion", added=1)
def the_average_is_momentum_by_another_name(added: int | None = None) -> Outcome:
    """Eq. 3: v <- beta v + (1 - beta) grad, theta <- theta - eta v. Eq. 10 with Eq. 11, S and noise aside:
    mu <- alpha mu + (1 - alpha) grad, theta <- theta - eta mu. With alpha = beta they are the same.
    """
    v, g, beta, eta, theta = sp.symbols("v g beta eta theta", real=True)
    momentum = beta * v + (1 - beta if added is None else sp.Integer(added)) * g
    average = beta * v + (1 - beta) * g
    return proved_if(
        {
            "both recursions give the same step": sp.expand(
                (theta - eta * momentum) - (theta - eta * average)
            )
            == 0
        },
        "The mean-field recursion is the momentum of Eq. 3 under another name",
    )


@evidence("MF-4", method=Method.EXACT)
@control("in a fixed order the age is always B", fixed_order=True)
def a_mean_field_can_be_almost_two_epochs_old(fixed_order: bool = False) -> Outcome:
    """Visited as the i-th block in one epoch and as the j-th in the next, a parameter waits B - i + j steps.
    Fresh permutations make every pair (i, j) equally likely: the wait runs from 1 (last, then first) to 2B
    - 1 (first, then last), its mean is B. For the paper's B = 100 it is up to 199 steps.
    """
    b, i, j = sp.symbols("B i j", integer=True, positive=True)
    average = sp.summation(sp.summation(b - i + j, (i, 1, b)), (j, 1, b)) / b**2
    waits = [100 - first + second for first, second in product(range(1, 101), repeat=2)]
    if fixed_order:
        waits = [100 - first + first for first in range(1, 101)]
    kept = selected_mean_field([4.0, 4.0], [0.0, 0.0], [True, False], 0.5)
    return proved_if(
        {
            "mean B": sp.simplify(average - b) == 0,
            "shortest 1 and longest 2B - 1 for B = 100": (min(waits), max(waits)) == (1, 199),
            "mean 100 by enumeration": sum(waits) == 100 * len(waits),
            "the reference leaves the others as they are": kept.tolist() == [2.0, 4.0],
        },
        "The last refresh of a mean field is 1 to 2B - 1 steps old",
        computed="up to 199 steps for B = 100",
        stated="updated at each iteration (L103)",
    )


@evidence("MF-5", method=Method.EXACT)
@control("with the constants fixed the step is determined", second=(Fraction(1, 2), Fraction(0)))
def the_text_leaves_the_step_open(
    second: tuple[Fraction, Fraction] = (Fraction(1, 4), Fraction(1, 2)),
) -> Outcome:
    """The constants printed in the text are those below; alpha and eta are not among them, nor is eps(T). Two
    admissible choices of (eta, alpha), from theta = 1 with gradient 1 and mu = 0, no quantizer, no noise,
    move to 1 - eta (1 - alpha): to 1/2 and to 7/8.
    """
    printed = {"f_min", "f_max", "K", "T_max", "T_min", "kappa", "lambda", "B"}
    needed = {"alpha", "eta", "eps(T)"}
    choices = ((Fraction(1, 2), Fraction(0)), second)
    ends = [1 - eta * (1 - alpha) for eta, alpha in choices]
    reached = []
    for eta, alpha in choices:
        settings = Settings(
            levels=None, initial_temperature=1.0, schedule="fixed", f_min=1.0, f_max=1.0, step_size=float(eta),
            smoothing=float(alpha), noise="zero", acceptance="always",
        )  # fmt: skip
        draws = Draws(np.array([0]), np.zeros(1), np.zeros(1))
        moved = step(initial_state([1.0], settings), settings, 0.5, [1.0], lambda t: t @ t / 2, draws)
        reached.append(float(moved.state.theta[0]))
    return refuted_if(
        hypotheses={
            "both choices are admissible": all(eta > 0 and 0 <= alpha <= 1 for eta, alpha in choices),
            "no value is printed for them": not printed & needed,
        },
        violated={"they lead to different parameters": ends[0] != ends[1]},
        reference={"the reference agrees": reached == [float(end) for end in ends]},
        witness={"(eta, alpha)": f"{choices[0]} and {choices[1]}", "theta": "1", "gradient": "1"},
        summary="The text fixes neither learning rate nor smoothing nor noise scale, on which the step depends",
        computed=f"theta = {ends[0]} or {ends[1]}",
        stated="one update",
    )
