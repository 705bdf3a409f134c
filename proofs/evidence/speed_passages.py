"""Passages about cost and about the fraction rule that disagree: cheaper or dearer steps, two names (z3)."""

from __future__ import annotations

import z3

from proofs.outcome import Method, Outcome
from proofs.passages import compare
from proofs.registry import control, evidence


@evidence("X-23", method=Method.SMT)
@control("without the measured time steps can be cheaper", without="L59: 12 percent longer than SGD")
@control(
    "without the comparison with SGD's kind they can be dearer", without="L131, L134, L148: cheaper steps"
)
def steps_are_cheaper_and_dearer(without: str | None = None) -> Outcome:
    """L131 names gradient descent among the methods that update all parameters in each iteration and are
    costly; L134 lets the blocks lower the load of an iteration, L148 the selective update the cost,
    significantly, against methods that update all. SGD updates all. L59 takes the time of an epoch for the
    cost of a step, and it is 12 percent above that of SGD. (`without` drops a passage.)
    """
    sgd, ours = z3.Reals("cost_of_SGD cost_of_DFGDA")
    positive = z3.And(sgd > 0, ours > 0)
    return compare(
        {
            "L131, L134, L148: cheaper steps": z3.And(positive, ours < sgd),
            "L59: 12 percent longer than SGD": z3.And(
                positive, ours >= z3.Q(110, 100) * sgd, ours <= z3.Q(114, 100) * sgd
            ),
        },
        "A step is cheaper than one of methods that update all parameters, and 12 percent dearer than SGD's",
        without=without,
        computed="1.12 times the cost of SGD (L59)",
        stated="less than methods that update all parameters",
    )


@evidence("X-23", method=Method.SMT, reading="against itself with f = 1")
@control("an entropy of a fifth of a step exceeds the whole excess", entropy_percent=20)
def the_three_costs_can_hold_together(entropy_percent: int = 3) -> Outcome:
    """Compared with the same method at f = 1 a step can be cheaper and yet 12 percent dearer than SGD's, 3 percent
    being the entropy and the rest other work. (`entropy_percent`: its share of the step.)
    """
    sgd, ours, full, entropy, other = z3.Reals("SGD DFGDA at_f_1 entropy other")
    return compare(
        {
            "L59: 12 percent longer than SGD": z3.And(
                sgd > 0, ours * 100 >= 110 * sgd, ours * 100 <= 114 * sgd
            ),
            "L129: 3 percent for the entropy": z3.And(entropy * 100 == entropy_percent * ours),
            "what comes on top of SGD's work": z3.And(other >= 0, ours == sgd + entropy + other),
            "L136: cheaper than at f = 1": z3.And(ours < full),
        },
        "The entropy alone exceeds what a step costs beyond SGD's",
    )


@evidence("INT-22", method=Method.SMT, reading="one name")
@control("without the list of contributions there is one name", without="L24: DFPU")
def one_rule_two_names(without: str | None = None) -> Outcome:
    """The rule that sets the fraction is introduced as DAFPU (L14, L15) and listed among the contributions as DFPU
    (L24). A rule with one name does not have both. (`without` drops a passage.)
    """
    name = z3.String("name_of_the_fraction_rule")
    return compare(
        {"L14: DAFPU": name == z3.StringVal("DAFPU"), "L24: DFPU": name == z3.StringVal("DFPU")},
        "One rule goes by two names; what decides it is the subject of the other readings",
        without=without,
        computed="DAFPU and DFPU",
        stated="one rule",
    )


@evidence("INT-22", method=Method.SMT, reading="performance is the loss")
@control("without the list of contributions there is one signal", without="L24: network performance decides")
@control("with equal losses the signals agree", other_loss=1)
def performance_is_not_the_change_of_the_loss(without: str | None = None, other_loss: int = 2) -> Outcome:
    """Two networks whose losses fell by 1, to 1 and to 2, perform differently. By L14 and L133 the fraction
    follows from the change of the loss, so it is the same; by L24 the update follows from the performance,
    so that where performance differs the fraction must be free to differ: taken as a one-to-one function of
    the loss, it does. (`without` drops a passage; `other_loss`: that of the second network.)
    """
    fraction, other = z3.Reals("fraction other_fraction")
    change, other_change, loss, second = z3.Reals("change other_change loss other_loss")
    return compare(
        {
            "L14, L133: the change of the loss decides": z3.Implies(
                change == other_change, fraction == other
            ),
            "L24: network performance decides": z3.Implies(loss != second, fraction != other),
            "two networks": z3.And(change == 1, other_change == 1, loss == 1, second == other_loss),
        },
        "Equal changes of the loss at different losses: one passage has one fraction, the other two",
        without=without,
        computed="loss change (L14, L133)",
        stated="network performance (L24)",
    )


@evidence("INT-22", method=Method.SMT, reading="performance means its change")
@control("performance as the loss itself is not compatible", change_counts=False)
def performance_as_its_change_is_compatible(change_counts: bool = True) -> Outcome:
    """If the performance that decides is how fast the loss falls, both passages name one signal, under two names
    of the rule (DFPU in L24, DAFPU in L14). (`change_counts`: whether it is.)
    """
    fraction, other, change, other_change, loss, second = z3.Reals("f g change other_change loss other_loss")
    signal = (change != other_change) if change_counts else (loss != second)
    return compare(
        {
            "L14, L133: the change of the loss decides": z3.Implies(
                change == other_change, fraction == other
            ),
            "L24: performance decides": z3.Implies(signal, fraction != other),
            "two networks": z3.And(change == 1, other_change == 1, loss == 1, second == 2),
        },
        "The loss and its change are two signals",
    )
