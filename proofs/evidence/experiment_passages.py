"""Passages about the results that disagree, or only seem to: epochs, losses, errors, orders of data sets."""

from __future__ import annotations

from fractions import Fraction

import sympy as sp
import z3

from proofs.ball_arithmetic import ball
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.passages import compare
from proofs.registry import control, evidence


@evidence("CNV-10", method=Method.SMT)
@control("without the milestone at 147 all fits in 100 epochs", without="L53: 62, 99 and 147 epochs")
@control("without the length of training 147 epochs are possible", without="L46: 100 epochs")
def a_milestone_beyond_the_training_budget(without: str | None = None) -> Outcome:
    """Three schedules are compared on ImageNet by the epoch at which they reach 80 percent; an epoch that is
    reached is at most the length of the run. (`without` drops a passage.)
    """
    length, milestones = z3.Int("epochs_of_training"), z3.Ints("entropy geometric fixed")
    return compare(
        {
            "L46: 100 epochs": length == 100,
            "L53: 62, 99 and 147 epochs": z3.And(
                [m == value for m, value in zip(milestones, (62, 99, 147), strict=True)]
            ),
            "milestones lie within the run": z3.And([m <= length for m in milestones]),
        },
        "A run of 100 epochs reaches nothing at epoch 147",
        without=without,
        computed=147,
        stated=100,
    )


@evidence("CNV-10", method=Method.SMT, reading="a longer run for Table 5")
@control("if that run has 100 epochs too it does not", longer=False)
def a_longer_run_for_the_fixed_temperature(longer: bool = True) -> Outcome:
    """If the schedules of Table 5 had runs of their own, of 147 epochs or more, both passages hold; the text
    mentions no such runs. (`longer`: whether they may exceed 100 epochs.)
    """
    table3, table5 = z3.Ints("epochs_of_table_3 epochs_of_table_5")
    return compare(
        {
            "L46: 100 epochs": table3 == 100,
            "L53: a milestone at 147 epochs": table5 >= 147,
            "the runs of Table 5": table5 >= table3 if longer else table5 == table3,
        },
        "Runs of equal length cannot have a milestone at 147 and 100 epochs",
    )


@evidence("CNV-11", method=Method.EXACT)
@control("without RMSProp there are five", missing="RMSProp")
def six_optimizers_are_named(missing: str | None = None) -> Outcome:
    """The paragraph on Figure 2 (L45) names DF-GDA, Shampoo, Adam, RMSProp, SGD with momentum and simulated
    annealing, and so does the one on Table 3 (L46). (Table 1, L18, has no RMSProp.)
    """
    figure = {"DF-GDA", "Shampoo", "Adam", "RMSProp", "SGD", "simulated annealing"} - {missing}
    table = {"DF-GDA", "Shampoo", "Adam", "SGD", "RMSProp", "simulated annealing"}
    return proved_if(
        {"six names": len(figure) == 6, "the same as for Table 3": figure == table},
        "Six optimizers are named for Figure 2, the same six for Table 3",
        computed=len(figure),
        stated=6,
    )


@evidence("CNV-6", method=Method.SYMBOLIC)
@control("relative to DF-GDA the other optimizer has an increase", reference="DF-GDA")
def every_reference_has_no_increase(reference: str = "SGD") -> Outcome:
    """The increase of x over the reference x is x/x - 1 = 0 for every x > 0: the row of zeros is the choice of the
    reference, and any optimizer has it relative to itself. SGD with twice the error of DF-GDA, 40 and 20
    percent, has 0 percent at every budget when SGD is the reference. (`reference`: relative to whom.)
    """
    error = {"DF-GDA": Fraction(20, 100), "SGD": Fraction(40, 100)}
    increase = error["SGD"] / error[reference] - 1
    x = sp.symbols("x", positive=True)
    return refuted_if(
        hypotheses={"the optimizer is worse": error["SGD"] > error["DF-GDA"]},
        violated={
            "it has 0 percent increase all the same": increase == 0,
            "as has every x > 0": sp.simplify(x / x - 1) == 0,
        },
        witness={"errors": "DF-GDA 20 %, SGD 40 %", "reference": reference, "increase of SGD": increase},
        summary="Zero increase relative to itself confirms nothing: every optimizer has it",
        computed="0 for every optimizer",
        stated="0, confirming sample efficiency",
    )


@evidence("CNV-6", method=Method.SYMBOLIC, reading="the number")
@control("relative to another error it is not 0", shift=1)
def the_increase_over_itself_is_zero(shift: int = 0) -> Outcome:
    """x/x - 1 = 0 for every error x > 0, at every budget."""
    x = sp.symbols("x", positive=True)
    return proved_if(
        {"x/x - 1 = 0": sp.simplify(x / (x + shift) - 1) == 0},
        "The increase of DF-GDA over DF-GDA is 0 at every budget",
        computed=0,
        stated="0 %",
    )


@evidence("X-21", "FRC-2", method=Method.SMT)
@control("without the later sections there is one order", without="L55, L61: USPS simpler than MNIST-M")
@control("without the section on temperature there is one order", without="L51: MNIST-M simpler than USPS")
def which_of_two_data_sets_is_simpler(without: str | None = None) -> Outcome:
    """L51: MNIST and MNIST-M cool fast because of their simpler structures, SVHN and USPS at a moderate rate,
    so MNIST-M is simpler than USPS. L55: MNIST-M is like the complex sets, in contrast to simpler ones like
    USPS and MNIST, and L61 has MNIST-M among the more complex ones, USPS among the fundamental ones. One
    order of the two by complexity cannot have both. (`without` drops a passage.)
    """
    mnist_m, usps = z3.Reals("complexity_of_MNIST-M complexity_of_USPS")
    return compare(
        {
            "L51: MNIST-M simpler than USPS": mnist_m < usps,
            "L55, L61: USPS simpler than MNIST-M": usps < mnist_m,
        },
        "MNIST-M is simpler than USPS where it cools fast, and harder where many parameters are updated",
        without=without,
        computed="rapid cooling and a high fraction",
        stated="one complexity",
    )


@evidence("CNV-4", method=Method.SMT)
@control("with nothing to make up for it the cost leaves DF-GDA behind", advantage=False)
def a_cost_can_be_made_up_for(advantage: bool = True) -> Outcome:
    """Let a uniform rate take an amount c > 0 off the speed of an optimizer. SGD is then slower than a method with
    a rate per parameter and the same base speed, and DF-GDA, with one eta (L153, L168), can still be the
    fastest if its other parts add more than c. The passages are compatible; what adds it is not shown by them.
    (`advantage`: whether its other parts may add anything.)
    """
    base, cost, extra, sgd, ours, adaptive = z3.Reals("base cost extra SGD DFGDA adaptive")
    return compare(
        {
            "L45: SGD is slowest, at the cost of its uniform rate": z3.And(
                cost > 0, sgd == base - cost, adaptive == base, sgd < adaptive, sgd < ours
            ),
            "L105, L153: one eta for all parameters": z3.And(
                ours == base - cost + extra, extra >= 0 if advantage else extra == 0
            ),
            "L45: DF-GDA has the fastest descent": ours > adaptive,
        },
        "With the same cost and nothing else DF-GDA is as slow as SGD",
    )


@evidence("CNV-4", method=Method.SMT, reading="a sufficient reason")
@control("with a rate per parameter the reason spares DF-GDA", uniform=False)
@control("without the reason given nothing disagrees", without="L45: a uniform rate makes an optimizer slow")
def the_uniform_rate_is_shared(uniform: bool = True, without: str | None = None) -> Outcome:
    """If a uniform learning rate makes an optimizer the slowest, DF-GDA is slow too: its listing has one eta for
    all parameters (L153, L168). It is said to be the fastest. (`uniform`: whether DF-GDA has one eta;
    `without` drops a passage.)
    """
    sgd_uniform, ours_uniform, sgd_slow, ours_slow = z3.Bools("SGD_uniform DFGDA_uniform SGD_slow DFGDA_slow")
    return compare(
        {
            "L45: a uniform rate makes an optimizer slow": z3.And(
                sgd_uniform,
                sgd_slow,
                z3.Implies(sgd_uniform, sgd_slow),
                z3.Implies(ours_uniform, ours_slow),
            ),
            "L105, L153: one eta for all parameters": ours_uniform if uniform else z3.Not(ours_uniform),
            "L45: DF-GDA has the fastest descent": z3.Not(ours_slow),
        },
        "The reason given for the slowness of SGD holds for DF-GDA as well",
        without=without,
        computed="DF-GDA has a uniform learning rate",
        stated="slow because of it",
    )


@evidence("CMP-3", "X-22", method=Method.BALL)
@control("with a share of 1/10 on the true class the loss is below 2.5", share=Fraction(1, 10))
def a_large_loss_allows_any_accuracy(share: Fraction = Fraction(8, 100)) -> Outcome:
    """Mean cross-entropy and top-1 accuracy bind each other little. With 1000 classes let every prediction give
    0.08 to its first choice and 0.92/999 to each other class. Right, the loss is -log 0.08 > 2.5; wrong, it
    is -log(0.92/999), larger. So the mean loss is above 2.5 at every accuracy, 80 percent included. The two
    passages are compatible: a model can be right and unsure. (`share` goes to the first choice. Whether
    annealing got there is not decided by this.)
    """
    rest = (1 - share) / 999
    right, wrong = -ball(share).log(), -ball(rest).log()
    mean = right * ball(Fraction(8, 10)) + wrong * ball(Fraction(2, 10))
    return proved_if(
        {
            "the first choice is the largest": share > rest,
            "probabilities sum to 1": share + 999 * rest == 1,
            "loss of a right prediction above 2.5": right > ball(Fraction(5, 2)),
            "mean loss above 2.5 at 80 percent": mean > ball(Fraction(5, 2)),
        },
        "A validation loss above 2.5 and a top-1 accuracy of 80 percent can occur together",
        computed=f"loss {float(mean):.2f} at 80 percent",
        stated="> 2.5 and 80 %",
    )
