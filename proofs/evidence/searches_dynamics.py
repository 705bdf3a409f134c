"""Hunts for runs that break what is proved about the dense, masked and blockwise updates.

A search never settles a claim. It drives the reference, not the algebra, so that a statement proved
about the mathematics but not true of the code would show here. Everywhere L = 1: the scale is free.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from proofs.adversarial_search import Search, search
from proofs.bounds import stationarity_bound_sharp
from proofs.chained_parabolas import ChainedParabolas
from proofs.outcome import Method, Outcome, survives_if
from proofs.registry import control, evidence
from reference.trajectories import blockwise_trajectory, dense_trajectory, masked_trajectory
from reference.validation import FloatArray

EPS = float(np.finfo(float).eps)
ROUNDINGS = 256  # our choice: operations in a run of at most a dozen steps, each with terms of order one
_unit = st.floats(0.01, 1.0)
_curvatures = st.one_of(st.sampled_from([-1.0, 1.0]), st.floats(-1.0, 1.0))
# Widths in units of half a step: the extremal functions bend half-way between two points of the run.
_bends = st.lists(st.tuples(st.sampled_from([0.5, 1.0, 2.0]), _curvatures), max_size=6)
_angles = st.floats(0.0, 3.2)  # half a turn: the other half is the mirror image
_quadratics = st.tuples(_unit, st.floats(0.05, 1.0), _angles)  # step, lesser eigenvalue, its axis
_starts = _angles.map(lambda angle: np.array([np.cos(angle), np.sin(angle)]))


def _hessian(lesser: float, angle: float) -> FloatArray:
    """Eigenvalues 1 and `lesser` in rotated axes."""
    axes = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.asarray(axes @ np.diag([1.0, lesser]) @ axes.T)


def _losses(hessian: FloatArray, run: FloatArray) -> FloatArray:
    return np.asarray(np.einsum("ti,ij,tj->t", run, hessian, run) / 2)


def _largest_rise(losses: Any) -> float:
    """The largest rise of a step relative to the loss before it; a loss that is 0 stays so or rises without bound."""
    before, rises = losses[:-1], np.diff(losses)
    at_rest = (before == 0) & (rises == 0)
    with np.errstate(divide="ignore"):
        return float((np.where(at_rest, 0.0, rises) / np.where(at_rest, 1.0, before)).max())


def _outcome(found: Search, what: str) -> Outcome:
    return survives_if(
        {"no violation": not found.found_violation},
        f"{found.examples} {what}, nearest miss {-found.largest_excess:.2g} at {found.nearest}",
    )


@evidence("T8-R1", method=Method.SEARCH)
@control("nine tenths of the bound is exceeded, and the search finds the function", share=0.9)
def no_function_keeps_its_gradients_above_the_bound(share: float = 1.0) -> Outcome:
    """Hypothesis bends a chain of parabolas so that the least squared slope among the points 0..N, N = 1..4,
    of a run with h in [1/4, 1] exceeds the sharp bound. (`share` scales the bound.)
    """

    def excess(example: tuple[float, int, list[tuple[float, float]]]) -> float:
        step, steps, bends = example
        function = ChainedParabolas([(width * step / 2, curvature) for width, curvature in bends])
        run = dense_trajectory([0.0], function.gradient, step, [1.0] * steps)
        least = min(float(function.gradient(point)[0]) ** 2 for point in run)
        bound = stationarity_bound_sharp(-function.minimum, 1.0, step, steps)
        return least - share * bound - ROUNDINGS * EPS * (1 + bound)

    return _outcome(
        search(excess, st.tuples(st.floats(0.25, 1.0), st.integers(1, 4), _bends)),
        "functions and steps",
    )


@evidence("T4-R4", method=Method.SEARCH)
@control("nine tenths of the second-order term are not enough, and the search finds the function", share=0.9)
def no_step_leaves_the_two_sided_descent_bound(share: float = 1.0) -> Outcome:
    """Hypothesis looks for a chain of parabolas and a step h in (0, 2] whose decrease of the loss differs
    from h |grad|^2 by more than h^2 |grad|^2 / 2. (`share` scales that difference.)
    """

    def excess(example: tuple[float, list[tuple[float, float]]]) -> float:
        step, bends = example
        function = ChainedParabolas([(width * step / 2, curvature) for width, curvature in bends])
        before, after = dense_trajectory([0.0], function.gradient, step, [1.0])
        decrease = function.value(float(before[0])) - function.value(float(after[0]))
        return abs(decrease - step) - share * step**2 / 2 - ROUNDINGS * EPS

    return _outcome(search(excess, st.tuples(st.floats(0.01, 2.0), _bends)), "steps")


@evidence("T7-Sa", method=Method.SEARCH, reading="without noise", version="dense")
@control("three times the learning rate: some steps exceed 2/L", stretch=3.0)
def no_dense_run_climbs(stretch: float = 1.0) -> Outcome:
    """Hypothesis looks for a chain of parabolas, eta <= 1/L and fractions f(t) in (0, 1] for which some step
    of the dense update raises the loss. (`stretch` multiplies the learning rate.)
    """

    def excess(example: tuple[float, tuple[float, ...], list[tuple[float, float]]]) -> float:
        step, fractions, bends = example
        function = ChainedParabolas([(width * step / 2, curvature) for width, curvature in bends])
        run = dense_trajectory([0.0], function.gradient, stretch * step, fractions)
        values = np.array([function.value(float(point[0])) for point in run])
        return float(np.diff(values).max()) - ROUNDINGS * EPS * (1 + float(np.abs(values).max()))

    fractions = st.tuples(_unit, _unit, _unit)
    return _outcome(search(excess, st.tuples(_unit, fractions, _bends)), "functions and fractions")


@evidence("T7-Sa", method=Method.SEARCH, reading="without noise", version="masked")
@control("three times the learning rate: some steps exceed 2/L", stretch=3.0)
def no_masked_run_climbs(stretch: float = 1.0) -> Outcome:
    """Hypothesis looks for a quadratic in the plane, a start, eta <= 1/L and masks for which some step of the
    masked update raises the loss. (`stretch` multiplies the learning rate.)
    """

    def excess(example: Any) -> float:
        (step, lesser, angle), start, masks = example
        hessian = _hessian(lesser, angle)
        run = masked_trajectory(start, lambda theta: hessian @ theta, stretch * step, masks)
        losses = _losses(hessian, run)
        return _largest_rise(losses) - ROUNDINGS * EPS

    masks = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=8)
    return _outcome(search(excess, st.tuples(_quadratics, _starts, masks)), "quadratics and masks")


@evidence("T7-Sa", method=Method.SEARCH, reading="without noise", version="blockwise")
@control("three times the learning rate: some steps exceed 2/L", stretch=3.0)
def no_blockwise_run_climbs(stretch: float = 1.0) -> Outcome:
    """Hypothesis looks for a quadratic in the plane, a start, eta <= 1/L and block orders for which some
    visit of a block raises the loss. (`stretch` multiplies the learning rate.)
    """

    def excess(example: Any) -> float:
        (step, lesser, angle), start, orders = example
        hessian = _hessian(lesser, angle)
        run = blockwise_trajectory(start, lambda x: hessian @ x, stretch * step, [[0], [1]], orders)
        losses = _losses(hessian, run)
        return _largest_rise(losses) - ROUNDINGS * EPS

    orders = st.lists(st.permutations([0, 1]), min_size=1, max_size=5)
    return _outcome(search(excess, st.tuples(_quadratics, _starts, orders)), "quadratics and orders")


@evidence("T7-R1", method=Method.SEARCH, version="masked")
@control("nine tenths of the bound is exceeded, and the search finds the run", share=0.9)
def no_masked_run_outspends_the_gap(share: float = 1.0) -> Outcome:
    """Hypothesis looks for a quadratic in the plane, a start, eta < 2/L and masks for which the squared
    selected gradients add up to more than gap / (eta (1 - L eta/2)). (`share` scales the bound.)
    """

    def excess(example: Any) -> float:
        (half, lesser, angle), start, masks = example
        step, hessian = 1.9 * half, _hessian(lesser, angle)
        run = masked_trajectory(start, lambda theta: hessian @ theta, step, masks)
        spent = float(np.sum(np.where(masks, run[:-1] @ hessian, 0.0) ** 2))
        # The sum over the rest of a run is non-negative: a prefix of masks is a test of the whole.
        bound = float(_losses(hessian, run)[0]) / (step * (1 - step / 2))
        return float(spent / bound - share - ROUNDINGS * EPS)

    masks = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=12)
    return _outcome(search(excess, st.tuples(_quadratics, _starts, masks)), "quadratics and masks")
