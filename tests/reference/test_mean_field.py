"""The average of gradients: its geometric weights, its start at zero, and the parameters it leaves stale."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.mean_field import (
    WEIGHTINGS,
    geometric_weights,
    mean_field,
    selected_mean_field,
    started_weight,
)

EPS = float(np.finfo(np.float64).eps)
TINY = 5e-324  # the rounding unit of products that underflow
coefficients = st.floats(0.0, 1.0)
weightings = st.sampled_from(WEIGHTINGS)
gradients = st.lists(st.floats(-100.0, 100.0), min_size=1, max_size=12)


def unrolled(values, smoothing, weighting):
    average = np.zeros(1)
    for value in values:
        average = mean_field(average, [value], smoothing, weighting)
    return float(average[0])


@given(gradients, coefficients, weightings)
def test_the_recursion_from_zero_has_geometric_weights(values, smoothing, weighting):
    weights = geometric_weights(len(values), smoothing, weighting)
    # Three roundings per step on terms of at most max |g|.
    budget = 4 * len(values) * (EPS * np.max(np.abs(values)) + TINY)
    assert abs(unrolled(values, smoothing, weighting) - weights @ values) <= budget


def test_a_bias_corrected_average_would_fail_the_geometric_check():
    values, smoothing = [1.0, 2.0, 3.0], 0.9
    corrected = unrolled(values, smoothing, "history") / started_weight(3, smoothing)
    assert abs(corrected - geometric_weights(3, smoothing) @ values) > 1.0


@given(st.floats(-100.0, 100.0), st.integers(0, 60), coefficients, weightings)
def test_a_constant_gradient_is_reached_up_to_the_weight_of_the_start(value, steps, smoothing, weighting):
    expected = started_weight(steps, smoothing, weighting) * value
    budget = 4 * (steps + 1) * (EPS * abs(value) + TINY)
    assert abs(unrolled([value] * steps, smoothing, weighting) - expected) <= budget


@given(st.integers(0, 60), coefficients, weightings)
def test_the_weights_sum_to_the_started_weight(steps, smoothing, weighting):
    weights = geometric_weights(steps, smoothing, weighting)
    assert np.all(weights >= 0.0)
    assert abs(weights.sum() - started_weight(steps, smoothing, weighting)) <= 4 * (steps + 1) * EPS


@given(st.floats(-9.0, 9.0), st.floats(-9.0, 9.0), st.integers(0, 16))
def test_the_two_weightings_exchange_the_coefficient_and_its_complement(old, new, sixteenths):
    smoothing = sixteenths / 16
    one = mean_field([old], [new], smoothing, "history")
    assert np.array_equal(one, mean_field([old], [new], 1.0 - smoothing, "gradient"))


def test_the_two_weightings_are_different_algorithms():
    assert mean_field([0.0], [1.0], 0.9, "history")[0] == pytest.approx(0.1, rel=EPS)
    assert mean_field([0.0], [1.0], 0.9, "gradient")[0] == 0.9


def test_the_end_coefficients_copy_the_history_or_the_gradient():
    assert mean_field([3.0], [5.0], 1.0, "history").tolist() == [3.0]
    assert mean_field([3.0], [5.0], 0.0, "history").tolist() == [5.0]
    assert mean_field([3.0], [5.0], 1.0, "gradient").tolist() == [5.0]


@given(gradients, st.data(), coefficients, weightings)
def test_parameters_not_selected_keep_their_average_bit_for_bit(old, data, smoothing, weighting):
    new = data.draw(st.lists(st.floats(-100.0, 100.0), min_size=len(old), max_size=len(old)))
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=len(old), max_size=len(old))))
    result = selected_mean_field(old, new, mask, smoothing, weighting)
    assert np.array_equal(result[~mask], np.array(old)[~mask])
    assert np.array_equal(result[mask], mean_field(old, new, smoothing, weighting)[mask])


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: mean_field([0.0], [0.0, 1.0], 0.5), r"gradient must have shape \(1,\)"),
        (lambda: mean_field([0.0], [np.nan], 0.5), "gradient must be finite"),
        (lambda: mean_field([0.0], [0.0], 1.5), "smoothing must lie in"),
        (lambda: mean_field([0.0], [0.0], 0.5, "both"), "weighting must be one of"),
        (lambda: selected_mean_field([0.0], [0.0], [1], 0.5), "selected must be boolean"),
        (lambda: geometric_weights(-1, 0.5), "steps must be an integer of at least 0"),
        (lambda: started_weight(3, 0.5, "new"), "weighting must be one of"),
    ],
)
def test_bad_input_is_refused_by_name(call, named):
    with pytest.raises(ValueError, match=named):
        call()
