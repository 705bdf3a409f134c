"""Two neurons updated at once: iterated hyperbolic tangents, and how often they end on the cycle."""

from math import atanh, tanh

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofs.evidence.coupled_neurons import SWAP, pair
from reference.coupled_neurons import joint_energy, mean_field_energies
from reference.gda import decisions, sweep

EPS = float(np.finfo(np.float64).eps)
spins = st.floats(-0.99, 0.99).filter(lambda m: abs(m) > 0.01)
temperatures = st.floats(0.1, 0.9)


def swept(first, second, temperature, order="simultaneous", coupling=1.0):
    own, couplings = pair(-coupling)
    densities = np.array([[(1 - m) / 2, (1 + m) / 2] for m in (first, second)])
    after = sweep(densities, lambda d: mean_field_energies(d, own, couplings), temperature, SWAP, order=order)
    return after[:, 1] - after[:, 0], joint_energy(decisions(after), own, couplings)


@given(spins, spins, st.floats(0.1, 5.0), st.floats(0.1, 3.0))
def test_a_sweep_at_once_is_a_pair_of_exchanged_hyperbolic_tangents(first, second, temperature, coupling):
    found, _ = swept(first, second, temperature, coupling=coupling)
    expected = [tanh(coupling * second / temperature), tanh(coupling * first / temperature)]
    slope = 1 + coupling / temperature
    assert np.max(np.abs(found - expected)) <= 16 * EPS * slope


@given(spins, spins, st.lists(st.floats(0.1, 2.0), min_size=1, max_size=6))
def test_the_sign_of_the_product_is_kept_by_every_schedule_and_both_signs_change_places(
    first, second, schedule
):
    here = np.array([first, second])
    for temperature in schedule:
        there, energy = swept(*here, temperature)
        if np.any(np.abs(there) < 64 * EPS):  # below the rounding of a density the sign is not known
            return
        assert np.array_equal(np.sign(there), np.sign(here[::-1]))
        assert energy == (1.0 if first * second < 0 else -1.0)
        here = there


@given(spins, spins, temperatures)
def test_below_the_coupling_the_sizes_tend_to_the_solution_of_artanh_m_over_m(first, second, temperature):
    """Iterated by hand to the solution, then compared with its equation solved by bisection."""
    a, b = first, second
    for _ in range(2000):
        a, b = tanh(b / temperature), tanh(a / temperature)
    low, high = 1e-9, 1 - 2**-50
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if atanh(middle) / middle < 1 / temperature else (low, middle)
    assert abs(abs(a) - low) <= 2**-30
    assert abs(abs(b) - low) <= 2**-30
    assert (a * b < 0) == (first * second < 0)


@given(spins, spins, temperatures)
def test_one_neuron_after_the_other_agrees_at_once(first, second, temperature):
    found, energy = swept(first, second, temperature, order="sequential")
    assert np.sign(found[0]) == np.sign(found[1]) == np.sign(second)
    assert energy == -1.0


def test_half_of_all_starts_end_on_the_cycle():
    """On a symmetric grid of starts exactly the half with opposite signs does; the planted order has none."""
    places = [-0.75, -0.25, 0.25, 0.75]
    ends = {}
    for order in ("simultaneous", "sequential"):
        last = []
        for first in places:
            for second in places:
                here = np.array([first, second])
                for _ in range(30):
                    here, energy = swept(*here, 0.5, order=order)
                last.append(energy)
        ends[order] = last.count(1.0) / len(last)
    assert ends == {"simultaneous": 0.5, "sequential": 0.0}


@pytest.mark.parametrize("temperature", [1.0, 1.5])
def test_from_the_coupling_on_both_spins_decay(temperature):
    a, b = 0.9, -0.1
    for _ in range(4000):
        a, b = tanh(b / temperature), tanh(a / temperature)
    # At T = c the decay is slow: a_n^2 ~ 3/(2 n), from m - m^3/3.
    assert max(abs(a), abs(b)) <= 1.05 * (3 / (2 * 4000)) ** 0.5
