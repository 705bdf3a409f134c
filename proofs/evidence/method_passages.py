"""Passages that describe the method or its experiments differently, set side by side (z3).

How many parameters each method changes, how many modifications there are, who picks the subset, how long the
training runs, what a table shows.
"""

from __future__ import annotations

import z3

from proofs.outcome import Method, Outcome
from proofs.passages import compare
from proofs.registry import control, evidence


@evidence("FRA-1", method=Method.SMT)
@control("without the complexity section nothing disagrees", without="L147: annealing proposes one state")
def annealing_changes_one_state_per_step(without: str | None = None) -> Outcome:
    """The section on the fraction rule lets simulated annealing update all n parameters in each iteration;
    the complexity section lets it propose one neighbouring state per step. They agree for n = 1 only.
    """
    changed, n = z3.Ints("changed_by_annealing n")
    return compare(
        {
            "L131: annealing updates all parameters": changed == n,
            "L147: annealing proposes one state": changed == 1,
            "more than one parameter": n >= 2,
        },
        "Simulated annealing changes all parameters per step in one section and one in another",
        without=without,
        computed="1 per step (L147)",
        stated="all (L131)",
    )


@evidence("FRA-1", method=Method.SMT)
@control("without the complexity section nothing disagrees", without="L147: all neurons in one pass")
def gda_updates_every_neuron(without: str | None = None) -> Outcome:
    """Likewise GDA: one parameter per iteration (L131), against all states of every neuron in one
    deterministic pass (L147).
    """
    changed, n = z3.Ints("changed_by_gda n")
    return compare(
        {
            "L131: GDA updates one parameter": changed == 1,
            "L147: all neurons in one pass": changed == n,
            "more than one parameter": n >= 2,
        },
        "GDA changes one parameter per iteration in one section and all in another",
        without=without,
    )


@evidence("X-18", method=Method.SMT)
@control("without the methods section there are three", without="L91: two modifications")
def number_of_modifications(without: str | None = None) -> Outcome:
    """The introduction lists three adaptations (adjustable fraction, mean-field gradients, soft
    quantization), the methods section two (soft quantization, fractional updates).
    """
    fraction, mean_field, quantizer = z3.Bools("fraction mean_field quantizer")
    count = z3.Sum([z3.If(item, 1, 0) for item in (fraction, mean_field, quantizer)])
    return compare(
        {
            "L13: three modifications": z3.And(fraction, mean_field, quantizer),
            "L91: two modifications": z3.And(fraction, quantizer, count == 2),
        },
        "The mean-field gradient is a modification of GDA in one list and missing from the other",
        without=without,
        computed="2 (L91)",
        stated="3 (L13)",
    )


@evidence("X-19", method=Method.SMT)
@control(
    "without the random permutation the update is deterministic", without="L135: random permutation of blocks"
)
def who_picks_the_subset(without: str | None = None) -> Outcome:
    """The introduction makes the temperature test the only random element and lets entropy choose the
    subset; the block schedule draws the subset by a fresh random permutation, and the listing does not say
    how.
    """
    random_subset, by_entropy = z3.Bools("subset_is_random subset_follows_from_entropy")
    return compare(
        {
            "L17: entropy chooses, only the test is random": z3.And(by_entropy, z3.Not(random_subset)),
            "L135: random permutation of blocks": random_subset,
        },
        "The subset is a deterministic function of the entropy in one passage and random in another",
        without=without,
    )


@evidence("X-19", method=Method.SMT)
@control("without the contribution list there is one signal", without="L24: network performance decides")
def what_picks_the_subset(without: str | None = None) -> Outcome:
    """Two runs with the same theta and T have the same entropy, whatever their losses (the entropy does not
    look at the loss). A subset that follows from the entropy is then the same in both; one that follows
    from the performance of the network differs when that does.
    """
    entropy, other_entropy, loss, other_loss = z3.Reals("entropy other_entropy loss other_loss")
    subset, other_subset = z3.Ints("subset other_subset")
    return compare(
        {
            "L17: entropy decides": z3.Implies(entropy == other_entropy, subset == other_subset),
            "L24: network performance decides": z3.Implies(loss != other_loss, subset != other_subset),
            "equal entropies, different losses": z3.And(entropy == other_entropy, loss != other_loss),
        },
        "Two different signals are said to select the parameters",
        without=without,
    )


@evidence("X-34", method=Method.SMT)
@control("without the milestone at 147 epochs nothing disagrees", without="L53: fixed temperature at 147")
def milestone_after_the_end_of_training(without: str | None = None) -> Outcome:
    """A target reached at epoch 147 needs a run of at least 147 epochs; the schedule has 100."""
    length, milestone = z3.Ints("training_epochs milestone_epoch")
    return compare(
        {
            "L46: schedule of 100 epochs": length == 100,
            "L53: fixed temperature at 147": milestone == 147,
            "a milestone lies within the run": milestone <= length,
        },
        "A milestone at epoch 147 lies outside a schedule of 100 epochs",
        without=without,
        computed="147 epochs",
        stated="100 epochs",
    )


@evidence("X-37", method=Method.SMT)
@control(
    "without the description of the table it may cover everything",
    without="L46: one number per optimizer and budget",
)
def table_three_cannot_cover_all_benchmarks(without: str | None = None) -> Outcome:
    """Fifteen of the sixteen datasets are other than CIFAR-10, so a table that shows results on all of them
    has at least fifteen numbers per optimizer and budget; the table is described as having one.
    """
    datasets, numbers = z3.Ints("datasets_shown numbers_per_optimizer_and_budget")
    return compare(
        {
            "L42: Table 3 covers all other benchmarks": datasets >= 15,
            "L46: one number per optimizer and budget": numbers == 1,
            "a table shows one number per dataset": numbers >= datasets,
        },
        "One number per optimizer and budget cannot show the results on fifteen benchmarks",
        without=without,
        computed="1",
        stated="at least 15",
    )
