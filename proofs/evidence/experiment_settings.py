"""Passages about the settings of the experiments that disagree: levels and fractions (z3)."""

from __future__ import annotations

import z3

from proofs.outcome import Method, Outcome, proved_if
from proofs.passages import compare, satisfiable
from proofs.registry import control, evidence


@evidence("IMP-3", method=Method.SMT)
@control(
    "without the single value for all experiments 1024 can be the best",
    without="L138: K = 512 in all experiments",
)
@control(
    "without experience of 1024 it need not have been run",
    without="L41: the best K was 1024 on some data sets, 512 on others",
)
def best_number_of_states_was_never_run(without: str | None = None) -> Outcome:
    """That 1024 states are best on a data set is known from an experiment with 1024 states on it. If all
    experiments have K = 512 there is none. (`without` drops a passage.)
    """
    tried, best = z3.Ints("K_of_an_experiment best_K_on_some_data_set")
    return compare(
        {
            "L41: the best K was 1024 on some data sets, 512 on others": best == 1024,
            "the best K is one that was tried": tried == best,
            "L138: K = 512 in all experiments": tried == 512,
        },
        "K = 1024 is the best on some data sets and was used in no experiment",
        without=without,
        computed="512 in all experiments (L138)",
        stated="1024 and 512",
    )


@evidence("IMP-3", method=Method.SMT, reading="trial runs are no experiments")
@control("a best value that is then used is one of an experiment", used=True)
def trial_runs_may_have_had_more_states(used: bool = False) -> Outcome:
    """If runs that only look for the best K are not counted as experiments, some of them can have had K = 1024
    while all reported ones have 512: then the best K is not the one reported. (`used`: the best K is used.)
    """
    tried, best, reported = z3.Ints("K_of_a_trial best_K reported_K")
    return compare(
        {
            "L41: the best K was 1024 on some data sets": z3.And(tried == 1024, best == tried),
            "L138: K = 512 in all experiments": reported == 512,
            "use of the best": reported == best if used else z3.BoolVal(True),
        },
        "The best K, used in an experiment, is not 512 on some data set",
    )


@evidence("IMP-8", method=Method.SMT)
@control("without the SVM section the pair can be frozen", without="L48: (0.02, 0.3) for the SVM on images")
@control("without the freeze the SVM can have its own pair", without="L42: frozen for all other benchmarks")
def the_frozen_pair_was_changed(without: str | None = None) -> Outcome:
    """The pair of L42 was chosen on CIFAR-10 and kept for all other benchmarks, vision included. The SVM study on
    12,000 images has another pair. Whether the images are those of CIFAR-10 (the text does not say) makes no
    difference: on CIFAR-10 the pair is the chosen one. (`without` drops a passage.)
    """
    low, high, svm_low, svm_high = z3.Reals("f_min f_max svm_f_min svm_f_max")
    return compare(
        {
            "L42: (0.01, 0.50) on CIFAR-10": z3.And(low == z3.Q(1, 100), high == z3.Q(1, 2)),
            "L42: frozen for all other benchmarks": z3.And(svm_low == low, svm_high == high),
            "L48: (0.02, 0.3) for the SVM on images": z3.And(
                svm_low == z3.Q(2, 100), svm_high == z3.Q(3, 10)
            ),
        },
        "The SVM study, on images, does not have the pair frozen for all benchmarks",
        without=without,
        computed="(0.02, 0.3) in the SVM study",
        stated="(0.01, 0.50) everywhere",
    )


@evidence("CPX-1", method=Method.SMT)
@control(
    "without the practical values 512 can be everywhere", without="L119: 256 or 1024 by size of the network"
)
@control(
    "without the statement for all experiments others are possible", without="L138: 512 in all experiments"
)
def number_of_states_is_not_512_everywhere(without: str | None = None) -> Outcome:
    """L119 gives the K used in practice: 256 for small and medium networks, 1024 for ImageNet and Kinetics. An
    experiment on ImageNet then has 1024 states, by L138 it has 512. (`without` drops a passage.)
    """
    imagenet, small = z3.Ints("K_on_ImageNet K_of_a_small_network")
    return compare(
        {
            "L138: 512 in all experiments": z3.And(imagenet == 512, small == 512),
            "L119: 256 or 1024 by size of the network": z3.And(imagenet == 1024, small == 256),
        },
        "By another passage no experiment has K = 512",
        without=without,
        computed="256 and 1024 (L119)",
        stated="512",
    )


@evidence("CPX-3", method=Method.SMT, reading="f = 1 occurs")
@control("without the bound f can be 1", without="L41, L42: f <= f_max = 1/2 in all experiments")
def all_parameters_are_never_updated(without: str | None = None) -> Outcome:
    """The fraction never exceeds f_max (FRA-5), which is 1/2 in all experiments, in the first epochs too (L136
    has it near 1/2 there). By Eq. 15 it does not even exceed 0.32 (FRA-R1). (`without` drops a passage.)
    """
    fraction = z3.Real("f_in_the_first_epochs")
    return compare(
        {
            "L41, L42: f <= f_max = 1/2 in all experiments": z3.And(fraction > 0, fraction <= z3.Q(1, 2)),
            "L141: f = 1 in the first epochs": fraction == 1,
        },
        "f cannot be 1 in the first epochs: it is at most 1/2 there",
        without=without,
        computed="at most 0.3197",
        stated=1,
    )


@evidence("CPX-3", method=Method.SMT, reading="as an upper bound")
@control("a fraction above 1 exceeds n K", largest=2)
def the_worst_case_bounds_the_cost(largest: int = 1) -> Outcome:
    """For 0 < f <= 1 and k <= f n the k K exponentials of the quantizer are at most n K."""
    fraction, size, levels, selected = z3.Reals("f n K k")
    valid = z3.And(fraction > 0, fraction <= largest, size >= 1, levels >= 1, selected <= fraction * size)
    return proved_if(
        {"no f, n, K and k exceed n K": satisfiable(valid, selected * levels > size * levels) is None},
        "n K bounds the cost of the quantizer for every fraction",
        computed="at most n K",
        stated="O(n K)",
    )
