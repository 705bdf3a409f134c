"""Hunts for counterexamples to statements that are proved elsewhere: a second, independent line of defence.

A search never settles a claim. It drives the reference, not the algebra, so that a statement proved
about the mathematics but not true of the code would show here.
"""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from proofs.adversarial_search import search
from proofs.bounds import (
    final_temperature_paper,
    initial_temperature_paper,
    soft_quantization_modulus,
    temperature_floor,
)
from proofs.outcome import Method, Outcome, survives_if
from proofs.registry import control, evidence
from reference.entropy import level_entropy
from reference.levels import uniform_levels
from reference.soft_quantization import level_probabilities, soft_quantize
from reference.validation import FloatArray

EPS = float(np.finfo(float).eps)
_shares = st.floats(0.001, 0.999)
_positions = st.floats(-1.25, 1.25)  # in units of the grid's half-width: inside, at the ends and beyond
_level_sets = st.lists(st.integers(-1000, 1000), min_size=2, max_size=12, unique=True).map(
    lambda q: np.array(sorted(q), dtype=float)
)


def _distances(theta: float, levels: FloatArray) -> FloatArray:
    return np.sort(np.abs(theta - levels))


@evidence("T1-S1", method=Method.SEARCH, reading="uniform grid")
@control("a fifth of the stated temperature is not enough, and the search finds it", heat=0.2)
def no_grid_beats_the_initial_temperature(heat: float = 1.0) -> Outcome:
    """Hypothesis looks for K, tolerance and theta for which the paper's initial temperature leaves a level
    probability of a uniform grid farther than the tolerance from 1/K. (`heat` scales the temperature.)
    """

    def excess(example: tuple[int, float, float]) -> float:
        count, share, theta = example
        levels, tolerance = uniform_levels(1.0, count), share * (1 - 1 / count)
        distances = _distances(theta, levels)
        spread = float(distances[-1] - distances[0])
        if spread == 0:  # both levels of a pair at the same distance: uniform at every temperature
            return -tolerance
        temperature = heat * initial_temperature_paper(spread, count, tolerance)
        law = level_probabilities([theta], levels, temperature)[0]
        return float(np.abs(law - 1 / count).max()) - tolerance - 16 * EPS

    found = search(excess, st.tuples(st.integers(2, 200), _shares, _positions))
    return survives_if(
        {"no violation": not found.found_violation},
        f"{found.examples} grids, nearest miss {-found.largest_excess:.2g} at (K, share, theta) = {found.nearest}",
    )


@evidence("T2-S1", method=Method.SEARCH)
@control("a thousand times the stated temperature is too hot, and the search finds it", heat=1000.0)
def no_levels_beat_the_final_temperature(heat: float = 1.0) -> Outcome:
    """Hypothesis looks for levels, tolerance and theta for which the paper's final temperature leaves more
    than the tolerance off the nearest level. (`heat` scales the temperature.)
    """

    def excess(example: tuple[FloatArray, float, float]) -> float:
        levels, tolerance, share = example
        theta = float(levels[0] + share * (levels[-1] - levels[0]))
        distances = _distances(theta, levels)
        gap = float(distances[1] - distances[0])
        if gap == 0:  # a midpoint has no final temperature (T2-S5)
            return -1.0
        temperature = heat * final_temperature_paper(gap, levels.size, tolerance)
        law = level_probabilities([theta], levels, temperature)[0]
        others = float(np.delete(law, int(np.argmax(law))).sum())
        return others - tolerance * (1 + 64 * EPS)

    found = search(excess, st.tuples(_level_sets, _shares, _shares))
    return survives_if(
        {"no violation": not found.found_violation},
        f"{found.examples} level sets, nearest miss {-found.largest_excess:.2g}",
    )


@evidence("T5-R1", method=Method.SEARCH)
@control("half of the modulus is exceeded, and the search finds it", share=0.5)
def no_step_beats_the_modulus(share: float = 1.0) -> Outcome:
    """Hypothesis looks for levels, temperature, theta and perturbation that move the soft-quantized value by
    more than D tanh(min(|delta|, D)/(2T)). (`share` scales the modulus.)
    """

    def excess(example: tuple[FloatArray, float, float, float]) -> float:
        levels, log_temperature, position, step = example
        temperature, width = float(10**log_temperature), float(levels[-1] - levels[0])
        theta, delta = levels[0] + position * width, step * width
        before, after = soft_quantize([theta, theta + delta], levels, temperature)
        rounding = 64 * EPS * (np.abs(levels).max() + width * abs(theta) / temperature)
        moved = abs(float(after) - float(before))
        return moved - share * soft_quantization_modulus(levels, temperature, float(delta)) - float(rounding)

    unit = st.floats(-0.5, 1.5)
    found = search(excess, st.tuples(_level_sets, st.floats(-1, 4), unit, unit))
    return survives_if(
        {"no violation": not found.found_violation},
        f"{found.examples} perturbations, none beyond the modulus",
    )


@evidence("SCH-R1", method=Method.SEARCH)
@control("a floor half a percent higher is crossed, and the search finds it", lift=1.005)
def no_parameters_cross_the_temperature_floor(lift: float = 1.0) -> Outcome:
    """Hypothesis chooses the parameters anew at each of eight steps of the entropy schedule, on grids of the
    paper's range (kappa in [1/2, 1]), and tries to get below the proved floor. (`lift` raises the floor.)
    """
    start = 5.0

    def excess(example: tuple[int, float, list[float]]) -> float:
        count, kappa, steps = example
        levels, temperature = uniform_levels(kappa, count), start
        for theta in steps:
            temperature = start * float(level_entropy([theta], levels, temperature)[0]) / np.log(count)
        return lift * temperature_floor(start, 2 * kappa, count) - temperature - 64 * EPS * start

    found = search(
        excess,
        st.tuples(
            st.sampled_from([255, 256, 512]),
            st.floats(0.5, 1.0),
            st.lists(_positions, min_size=8, max_size=8),
        ),
    )
    return survives_if(
        {"no violation": not found.found_violation},
        f"{found.examples} trajectories, nearest {-found.largest_excess / start:.2g} T_max above the floor",
    )
