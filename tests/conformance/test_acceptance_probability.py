"""Acceptance: probabilities against closed forms in 50 digits, decisions against the shared uniform numbers."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from tests.conformance.behaviour import behaviour
from tests.conformance.objectives import START, coupled_quadratic
from tests.conformance.protocol import (
    Capability,
    Objective,
    Options,
    Trial,
    shared_uniform,
    unit_roundoff,
)


def closed_form(rule, trial):
    """The probability of the declared rule, in 50 digits."""
    with mpmath.workdps(50):
        change, temperature = mpmath.mpf(trial.energy_change), mpmath.mpf(trial.temperature)
        if rule == "sigmoid":
            return 1 / (1 + mpmath.exp(change / temperature))
        if rule == "metropolis":
            return min(mpmath.mpf(1), mpmath.exp(-change / temperature))
        return mpmath.mpf(change <= 0 or change <= mpmath.exp(-change / temperature) / 1024)


def deciding_change(rule, uniform, temperature):
    """The energy change whose probability is the uniform number: smaller ones are accepted."""
    with mpmath.workdps(50):
        u = mpmath.mpf(uniform)
        odds = mpmath.log((1 - u) / u) if rule == "sigmoid" else -mpmath.log(u)
        return float(temperature * odds)


def observed(implementation):
    """Points, losses and trials around each step of runs along the gradient and against it."""
    objective, _ = coupled_quadratic()
    noise = Capability.NOISE in set(implementation.capabilities)
    for direction in (1.0, -1.0):
        slope = Objective(objective.loss, lambda theta, d=direction: d * objective.gradient(theta))
        for temperature in (0.0625, 1.0, 32.0):
            options = Options(
                learning_rate=0.0625,
                f_min=0.25,
                noise=noise and temperature <= 1.0,
                temperature=temperature,
                acceptance=True,
            )
            run = implementation(slope, START.copy(), 3, options)
            for _ in range(6):
                before = run.theta.copy()
                run.step()
                yield objective, before, run.theta.copy(), list(run.last_trials)


@behaviour(Capability.ACCEPTANCE)
def test_every_reported_probability_is_the_closed_form_of_its_energy_change(implementation):
    signs = set()
    smallest = np.finfo(getattr(implementation, "dtype", np.float64)).tiny
    for _, _, _, trials in observed(implementation):
        for trial in trials:
            exact = closed_form(implementation.acceptance, trial)
            # A quotient rounded once carries its error, times its size, into the exponential.
            reduced = abs(trial.energy_change / trial.temperature)
            slack = 8 * unit_roundoff(implementation) * (1.0 + reduced) * exact + smallest
            assert abs(trial.probability - exact) <= slack
            signs.add(np.sign(trial.energy_change))
    assert {-1.0, 1.0} <= signs


@behaviour(Capability.ACCEPTANCE)
def test_the_accepted_energy_changes_add_up_to_the_change_of_the_loss(implementation):
    for objective, before, after, trials in observed(implementation):
        start, end = objective.loss(before), objective.loss(after)
        claimed = sum(trial.energy_change for trial in trials if trial.accepted)
        # Each loss is a sum of at most 3n products, bounded together by 4 |theta|^2.
        scale = 4.0 * max(before @ before, after @ after)
        slack = unit_roundoff(implementation) * 3 * before.size * (len(trials) + 2) * scale
        assert abs(end - start - claimed) <= slack


@behaviour(Capability.ACCEPTANCE)
def test_certain_decisions_are_certain_and_rejected_moves_leave_no_trace(implementation):
    for _, before, after, trials in observed(implementation):
        for trial in trials:
            assert trial.accepted or trial.probability < 1.0
            assert not trial.accepted or trial.probability > 0.0
        kept = sum(trial.accepted for trial in trials)
        assert np.count_nonzero(before != after) <= (kept if len(trials) > 1 else kept * before.size)


@behaviour(Capability.ACCEPTANCE, Capability.PLAIN_STEP, Capability.SHARED_UNIFORMS)
def test_the_decision_turns_exactly_where_the_probability_meets_the_uniform_number(implementation):
    eps = unit_roundoff(implementation)
    for seed in range(12):
        for temperature in (0.5, 4.0):
            uniform = shared_uniform(seed, 0, 0)
            turn = deciding_change(implementation.acceptance, uniform, temperature)
            # Relative errors of some eps in the probability, in u and in the loss, as a change of energy.
            margin = 16 * eps * (temperature / (1.0 - uniform) + abs(turn))
            for change, moves in ((turn - margin, True), (turn + margin, False)):
                # From 0 the only proposal is 1, and the loss there is the energy change wanted.
                objective = Objective(
                    lambda theta, c=change: c * float(theta[0]), lambda theta: -np.ones_like(theta)
                )
                options = Options(learning_rate=1.0, temperature=temperature, acceptance=True)
                run = implementation(objective, np.zeros(1), seed, options)
                run.step()
                assert (run.theta[0] == 1.0) == moves


@pytest.mark.parametrize(("rule", "probability"), [("sigmoid", 0.25), ("metropolis", 1.0 / 3.0)])
def test_the_closed_forms_at_the_deciding_change_give_the_uniform_number_back(rule, probability):
    change = deciding_change(rule, probability, 2.0)
    exact = closed_form(rule, Trial(change, 2.0, 0.0, False))
    assert abs(exact - probability) <= 4 * np.finfo(float).eps * probability
