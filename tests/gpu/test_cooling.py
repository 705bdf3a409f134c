"""The entropy that cools: of all elements, or of the selected ones scaled up, at the temperature of the step."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gpu import DFGDA
from reference.entropy import level_entropy
from reference.levels import uniform_levels

EPS = float(np.finfo(np.float64).eps)
HALF_WIDTH, LEVELS = 1.5, 5

NOTHING = {"selection": "uniform", "f_min": 0.01, "f_max": 0.01}  # floor(22 / 100) elements
SELECTIONS = {
    "uniform": {"selection": "uniform", "f_min": 0.4, "f_max": 0.4},
    "block": {"selection": "block", "block_count": 3},
    "sweep": {"selection": "sweep", "tile_size": 4, "f_min": 0.4, "f_max": 0.4},
    "everything": {"selection": "sweep"},
}


def run(seed, scope, selection, order="current", steps=3, **options):
    """An optimizer after some steps, and before the last one; the middle parameter has no gradient."""
    generator = torch.Generator().manual_seed(seed)
    shapes = [(7,), (3, 2), (9,)]
    parameters = [
        torch.nn.Parameter(torch.randn(shape, generator=generator, dtype=torch.float64)) for shape in shapes
    ]
    optimizer = DFGDA(
        parameters,
        lr=0.1,
        quantizer="closed_form",
        level_count=LEVELS,
        half_width=HALF_WIDTH,
        schedule="entropy",
        initial_temperature=0.3,
        entropy_scope=scope,
        entropy_order=order,
        acceptance="none",
        seed=seed,
        **(SELECTIONS | {"nothing": NOTHING})[selection],
        **options,
    )
    group = optimizer.param_groups[0]
    for _ in range(steps):
        before = [parameter.detach().clone() for parameter in parameters], {**group}
        for parameter in parameters[::2]:
            parameter.grad = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
        optimizer.step()
    return parameters, group, before


def entropies(parameters, temperature):
    flat = torch.cat([parameter.detach().reshape(-1) for parameter in parameters]).numpy()
    return level_entropy(flat, uniform_levels(HALF_WIDTH, LEVELS), float(temperature))


def error_in_budgets(computed, terms, expected):
    # Each entropy is exact to a few roundings of at most max(1, log K) (half_width / T enters as in its own
    # tests), and rounded to 2^-52 or finer in a sum.
    return abs(float(computed) - expected) / (64 * EPS * terms.size * max(1.0, math.log(LEVELS)))


@pytest.mark.parametrize("selection", SELECTIONS)
@settings(max_examples=10)
@given(st.integers(0, 2**32))
def test_the_entropy_of_all_elements_counts_also_those_that_rest(selection, seed):
    parameters, group, (_, before) = run(seed, "all", selection)
    terms = entropies(parameters, before["temperature"])
    assert error_in_budgets(group["entropy"], terms, terms.sum()) <= 1.0
    resting = entropies(parameters[1:2], before["temperature"])
    assert error_in_budgets(group["entropy"], terms, terms.sum() - resting.sum()) > 1.0


@pytest.mark.parametrize("selection", SELECTIONS)
@settings(max_examples=10)
@given(st.integers(0, 2**32))
def test_the_entropy_of_the_selected_elements_is_scaled_up_to_all(selection, seed):
    parameters, group, (old, before) = run(seed, "selected", selection)
    moved = torch.cat([(p != q).reshape(-1) for p, q in zip(parameters, old, strict=True)]).numpy()
    terms = entropies(parameters, before["temperature"])
    expected = terms[moved].mean() * terms.size
    assert int(group["tried"]) - int(before["tried"]) == moved.sum()
    assert error_in_budgets(group["entropy"], terms, expected) <= 1.0


@settings(max_examples=10)
@given(st.integers(0, 2**32), st.sampled_from(sorted(SELECTIONS)))
def test_a_stale_order_cools_by_the_old_entropy_and_measures_at_the_new_temperature(seed, selection):
    parameters, group, (_, before) = run(seed, "all", selection, order="stale")
    terms = entropies(parameters, group["temperature"])
    assert error_in_budgets(group["entropy"], terms, terms.sum()) <= 1.0
    largest = terms.size * math.log(LEVELS)
    expected = 0.3 * float(before["entropy"]) / largest
    floor = 0.3 * group["floor_factor"]
    assert float(group["temperature"]) == pytest.approx(max(expected, floor), rel=8 * EPS)


@settings(max_examples=10)
@given(st.integers(0, 2**32), st.sampled_from(["all", "selected"]), st.sampled_from(sorted(SELECTIONS)))
def test_the_current_order_cools_by_the_new_entropy(seed, scope, selection):
    _, group, (_, before) = run(seed, scope, selection)
    expected = 0.3 * float(group["entropy"]) / (22 * math.log(LEVELS))
    floor = 0.3 * group["floor_factor"]
    assert float(group["temperature"]) == pytest.approx(max(expected, floor), rel=8 * EPS)
    assert group["observed_entropy"] == torch.fmax(before["observed_entropy"], group["entropy"])


def test_a_step_that_selects_nothing_measures_nothing_and_keeps_the_temperature():
    parameters, group, (old, before) = run(0, "selected", "nothing", steps=3)
    assert all(torch.equal(p, q) for p, q in zip(parameters, old, strict=True))
    assert group["step"] == 3
    assert group["temperature"] == before["temperature"] == 0.3
    for name in ("entropy", "observed_entropy"):
        assert torch.equal(group[name].nan_to_num(-1.0), before[name].nan_to_num(-1.0))
