"""Hunts for energies and temperatures that break what is proved about acceptance tests and local chains.

A search never settles a claim. It drives the reference, not the algebra, so that a statement proved
about the mathematics but not true of the code would show here.
"""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from proofs.adversarial_search import Search, search
from proofs.outcome import Method, Outcome, survives_if
from proofs.registry import control, evidence
from reference.acceptance import acceptance_probability, metropolis_probability
from reference.markov_chain import (
    complete_generation,
    gibbs_distribution,
    neighbour_generation,
    reversible_eigenvalues,
    transition_matrix,
)
from reference.validation import FloatArray

EPS = float(np.finfo(float).eps)
# Cold, warm and hot chains; colder ones have weights whose products leave the range of float64.
_energies = st.lists(st.floats(-3.0, 3.0), min_size=2, max_size=8)
_temperatures = st.floats(-1.0, 3.0).map(lambda exponent: float(10.0**exponent))
_chains = st.tuples(_energies, _temperatures)


def _gap(energies: list[float], temperature: float, generation: FloatArray, acceptance: str) -> float:
    """One minus the second largest eigenvalue of the chain."""
    chain = transition_matrix(energies, temperature, generation, acceptance)
    return float(1 - reversible_eigenvalues(chain, gibbs_distribution(energies, temperature))[1])


def _outcome(found: Search, what: str) -> Outcome:
    return survives_if(
        {"no violation": not found.found_violation},
        f"{found.examples} {what}, nearest miss {-found.largest_excess:.2g} at {found.nearest}",
    )


@evidence("ACC-R1", method=Method.SEARCH)
@control("a factor of 1.9 between the two tests is not enough, and the search finds it", factor=1.9)
def no_energy_change_separates_the_tests_by_more_than_two(factor: float = 2.0) -> Outcome:
    """Hypothesis looks for dE and T at which the sigmoid exceeds Metropolis, or Metropolis exceeds twice the
    sigmoid. (`factor` replaces the two.)
    """

    def excess(example: tuple[float, float]) -> float:
        change, temperature = example
        sigmoid = float(acceptance_probability(change, temperature))
        metropolis = float(metropolis_probability(change, temperature))
        return max(sigmoid - metropolis, metropolis - factor * sigmoid) - 8 * EPS

    return _outcome(search(excess, st.tuples(st.floats(-3.0, 3.0), _temperatures)), "energy changes")


@evidence("ACC-R3", method=Method.SEARCH)
@control("a factor of 1.9 between the two gaps is not enough, and the search finds it", factor=1.9)
def no_chain_separates_the_gaps_by_more_than_two(factor: float = 2.0) -> Outcome:
    """Hypothesis looks for energies, a temperature and one of two symmetric generations for which the
    sigmoid's spectral gap exceeds Metropolis', or that one twice the sigmoid's. (`factor` replaces the two.)
    """

    def excess(example: tuple[tuple[list[float], float], bool]) -> float:
        (energies, temperature), complete = example
        generation = (complete_generation if complete else neighbour_generation)(len(energies))
        sigmoid = _gap(energies, temperature, generation, "sigmoid")
        metropolis = _gap(energies, temperature, generation, "metropolis")
        return max(sigmoid - metropolis, metropolis - factor * sigmoid) - 64 * len(energies) * EPS

    return _outcome(search(excess, st.tuples(_chains, st.booleans())), "chains")


@evidence("GDA-4", method=Method.SEARCH)
@control("ends that always propose their only neighbour make the generation asymmetric", ends="reflect")
def no_energies_move_the_gibbs_distribution(ends: str = "stay") -> Outcome:
    """Hypothesis looks for energies and a temperature at which a step of the chain with neighbouring
    proposals moves exp(-E/T)/Z. (`ends`: what the first and the last state propose.)
    """

    def excess(example: tuple[list[float], float]) -> float:
        energies, temperature = example
        law = gibbs_distribution(energies, temperature)
        after = law @ transition_matrix(energies, temperature, neighbour_generation(len(energies), ends))
        return float(np.abs(after - law).max()) - 16 * len(energies) * EPS

    return _outcome(search(excess, _chains), "chains")


@evidence("GDA-R1", method=Method.SEARCH)
@control("a least share of 0.55 is undercut, and the search finds it", least=0.55)
def no_energies_leave_the_interval_of_spectral_gaps(least: float = 0.5) -> Outcome:
    """Hypothesis looks for energies and a temperature at which the gap of the complete chain is not
    1/((K-1) max pi) with Metropolis, or not between half of that and that with the sigmoid. (`least`
    replaces the half.)
    """

    def excess(example: tuple[list[float], float]) -> float:
        energies, temperature = example
        count = len(energies)
        generation = complete_generation(count)
        law = gibbs_distribution(energies, temperature)
        exact = 1 / ((count - 1) * float(law.max()))
        metropolis = _gap(energies, temperature, generation, "metropolis")
        sigmoid = _gap(energies, temperature, generation, "sigmoid")
        return max(abs(metropolis - exact), sigmoid - exact, least * exact - sigmoid) - 64 * count * EPS

    return _outcome(search(excess, _chains), "chains")
