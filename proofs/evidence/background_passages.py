"""Passages on simulated annealing and GDA that disagree about what one iteration changes."""

from __future__ import annotations

import z3

from proofs.outcome import Method, Outcome
from proofs.passages import compare
from proofs.registry import control, evidence


@evidence("GDA-7", method=Method.SMT)
@control("one count alone is no conflict", without="L13: three changes were needed")
def two_or_three_modifications(without: str | None = None) -> Outcome:
    """L91 names two modifications: soft quantization and dynamic fractional updates. L13 names three: the
    fraction parameter, mean-field gradients, soft quantization. Whether mean-field gradients are one of
    them differs.
    """
    count, mean_field = z3.Int("modifications"), z3.Bool("mean_field_gradients")
    passages = {
        "L13: three changes were needed": z3.And(count == 3, mean_field),
        "L91: two modifications": z3.And(count == 2, z3.Not(mean_field)),
    }
    return compare(
        passages,
        "The introduction needs three changes of GDA, the method section two",
        without=without,
        computed="3 and 2",
    )


@evidence("X-15", method=Method.SMT)
@control("with a single parameter both are the same", parameters=1)
@control("one passage alone is no conflict", without="L147: one neighbouring state per step")
def annealing_updates_all_or_one(parameters: int = 2, without: str | None = None) -> Outcome:
    """Parameters that a step of simulated annealing can change: all n, or one. They agree for n = 1 only."""
    changed = z3.Int("changed")
    passages = {
        "L131, L143: all parameters in each step": changed == parameters,
        "L147: one neighbouring state per step": changed == 1,
    }
    return compare(
        passages,
        "Simulated annealing is said to change all parameters in a step, and one",
        without=without,
        computed=f"{parameters} and 1 for n = {parameters}",
    )


@evidence("X-16", method=Method.SMT, reading="all neurons in one iteration")
@control("taking turns is compatible with one parameter per iteration", together=False)
def gda_updates_one_neuron_or_all(together: bool = True) -> Outcome:
    """N = 3 neurons, K = 4 states. Neurons updated per iteration: one by L131; by L147 and L87 each of the
    three, if "simultaneously" covers the neurons, else any number with all four entries of a density at
    once.
    """
    neurons, entries = z3.Ints("neurons entries")
    passages = {
        "L131: one parameter per iteration": z3.And(neurons == 1, entries >= 1),
        "L147, L87: all K states of each neuron simultaneously": z3.And(
            entries == 4, neurons == 3 if together else z3.And(neurons >= 1, neurons <= 3)
        ),
    }
    return compare(
        passages,
        "GDA is said to change one parameter per iteration, and all neurons at once",
        computed="1 and 3 for N = 3",
    )


@evidence("X-16", method=Method.SMT, reading="the K states of one neuron")
@control("updating all neurons at once is not compatible", together=True)
def neurons_that_take_turns(together: bool = False) -> Outcome:
    """If only the K entries of one density change together and neurons take turns, both passages hold."""
    return gda_updates_one_neuron_or_all(together=together)
