"""What an epoch of Theorem 6's block schedule covers, and what its update has in common with Algorithm 1."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations

import numpy as np
import sympy as sp

from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.registry import control, evidence
from reference.algorithm import step
from reference.blocks import block_count, even_partition
from reference.fraction import update_count
from reference.masks import coverage
from reference.settings import Settings
from reference.soft_quantization import soft_quantize
from reference.state import Draws, initial_state

EPS = np.finfo(float).eps


@evidence("T6-P1", method=Method.EXACT, reading="one block of the partition per iteration")
@control("blocks that overlap visit a parameter twice", overlap=True)
def a_permutation_visits_every_parameter_once(overlap: bool = False) -> Outcome:
    """The blocks partition the parameters: each belongs to exactly one. A permutation takes each block
    exactly once. So each parameter is updated exactly once per epoch, whatever the sizes, empty blocks
    included. Checked for all orders of up to 5 blocks on up to 7 parameters.
    """
    exact = True
    for size in range(8):
        for count in range(1, 6):
            blocks = [list(block) for block in even_partition(size, count)]
            if overlap and size:
                blocks[-1] = sorted({*blocks[-1], 0})
            for order in permutations(range(count)):
                exact &= bool(np.all(coverage([blocks[b] for b in order], size) == 1))
    return proved_if(
        {"every parameter once, for every order": exact},
        "Blocks of a partition, visited in the order of a permutation, update every parameter exactly once",
    )


@evidence("T6-P1", method=Method.EXACT, reading="k new parameters per iteration")
@evidence("T6-P1", method=Method.EXACT, reading="k new parameters per iteration", version="algorithm")
@control("where f n is whole, B picks of k cover everything", size=200)
def floors_leave_parameters_out(size: int = 150) -> Outcome:
    """f_min = 1/100, so B = 100; n = 150 parameters. While f = f_min, k = floor(3/2) = 1 parameter per
    iteration: an epoch touches at most 100 of the 150.
    """
    f_min = Fraction(1, 100)
    iterations, per_step = -(-1 // f_min), (f_min * size).__floor__()
    return refuted_if(
        hypotheses={"f lies in [f_min, f_max]": f_min <= f_min <= Fraction(1, 2)},
        violated={"fewer updates than parameters in an epoch": iterations * per_step < size},
        reference={
            "block_count and update_count agree": (block_count(0.01), update_count(0.01, size))
            == (iterations, per_step)
        },
        witness={"n": size, "f": f_min, "B": iterations, "k": per_step},
        summary="With k = floor(f n) an epoch of B iterations need not reach every parameter",
        computed=f"{iterations * per_step} updates for {size} parameters",
        stated="each at least once",
    )


@evidence("T6-P2", method=Method.SYMBOLIC, reading="as a limiting case")
@control("with a memory of past gradients the step is shorter", memory=Fraction(1, 2))
def theorem_6_update_is_a_limit_of_the_algorithm(memory: Fraction = Fraction(0)) -> Outcome:
    """Algorithm 1 proposes S(theta_i - eta mu_i + eps z) with mu = alpha mu + (1 - alpha) g. With alpha = 0
    and eps = 0 this is S(theta_i - eta g_i); when every proposal is accepted active parameters take it, and
    lines 13 to 24 touch no other.
    """
    eta, g, mu, theta = sp.symbols("eta g mu theta", real=True)
    proposal = theta - eta * (sp.Rational(memory) * mu + (1 - sp.Rational(memory)) * g)
    settings, theta_0, slope = _noise_free(float(memory)), np.array([0.5, -0.25]), np.array([0.75, 0.5])
    draws = Draws(np.array([0]), np.zeros(2), np.zeros(2))
    reached = step(initial_state(theta_0, settings), settings, 0.0, slope, lambda t: 0.0, draws).state.theta
    expected = soft_quantize(theta_0[:1] - 0.5 * slope[:1], np.array([-1.0, 1.0]), 1.0)
    return proved_if(
        {
            "the proposal is theta - eta g": sp.expand(proposal - (theta - eta * g)) == 0,
            "the reference moves the active parameter to S of it": reached[0] == expected[0],
            "and leaves the other": reached[1] == theta_0[1],
        },
        "Theorem 6's update is Algorithm 1 without memory, noise and rejection",
    )


@evidence("T6-P2", method=Method.EXACT, reading="Algorithm 1 with its noise removed")
@control("without memory the two agree", memory=Fraction(0))
def averaging_shortens_the_first_step(memory: Fraction = Fraction(9, 10)) -> Outcome:
    """From mu = 0 the first average is (1 - alpha) g: the proposal is S(theta - eta (1 - alpha) g). S
    strictly increases on the hull for two levels, so it differs from S(theta - eta g) unless alpha = 0 or g =
    0.
    """
    theta, eta, slope = Fraction(1, 2), Fraction(1, 2), Fraction(3, 4)
    printed, run = theta - eta * slope, theta - eta * (1 - memory) * slope
    settings = _noise_free(float(memory))
    draws = Draws(np.array([0]), np.zeros(1), np.zeros(1))
    reached = step(initial_state([0.5], settings), settings, 0.0, [0.75], lambda t: 0.0, draws).state.theta
    both = soft_quantize(np.array([float(run), float(printed)]), np.array([-1.0, 1.0]), 1.0)
    return refuted_if(
        hypotheses={"both arguments lie inside the hull -1..1": max(abs(run), abs(printed)) < 1},
        violated={"the arguments of S differ": run != printed},
        reference={"the reference takes the averaged step": abs(reached[0] - both[0]) <= 2 * EPS},
        witness={"levels": "-1, 1", "theta": theta, "eta": eta, "gradient": slope, "alpha": memory},
        summary="Algorithm 1 without noise steps along the averaged gradient, not along the gradient",
        computed=f"S({run})",
        stated=f"S({printed})",
    )


def _noise_free(memory: float) -> Settings:
    return Settings(
        levels=np.array([-1.0, 1.0]),
        initial_temperature=1.0,
        schedule="fixed",
        selection="block",
        step_size=0.5,
        smoothing=memory,
        noise="zero",
        acceptance="always",
    )
