"""Where the hours saved on ImageNet can come from, if an epoch takes longer than that of SGD (z3)."""

from __future__ import annotations

import z3

from proofs.outcome import Method, Outcome
from proofs.passages import compare
from proofs.registry import control, evidence


@evidence("FRA-8", method=Method.SMT)
@control(
    "without the time of an epoch cheaper steps can save hours", without="Table 6, L59: cost of an epoch"
)
@control(
    "without the reason given the hours can come from fewer epochs",
    without="L136: cheaper steps are the reason",
)
def dearer_epochs_save_no_hours(without: str | None = None) -> Outcome:
    """Hours to the milestone = hours an epoch (c, taken in L59 as the cost per step) times epochs (e). Whatever
    weight w in [0, 1] splits the saving c_s e_s - c_d e_d = (w e_s + (1-w) e_d)(c_s - c_d) + ((1-w) c_s + w
    c_d)(e_s - e_d), its first part is due to the cost. With c_d > c_s that part is negative: more than the
    whole saving is due to fewer epochs, e_d < e_s/1.1. To be the main reason, cheaper steps would have to give
    at least half of the 4 hours or more. The same follows for every ratio c_d/c_s >= 1. (`without` drops a
    passage.)
    """
    sgd, ours, sgd_epochs, epochs, weight = z3.Reals("c_sgd c_dfgda e_sgd e_dfgda w")
    cost_part = (weight * sgd_epochs + (1 - weight) * epochs) * (sgd - ours)
    saved = sgd * sgd_epochs - ours * epochs
    positive = z3.And(sgd > 0, ours > 0, sgd_epochs > 0, epochs > 0, weight >= 0, weight <= 1)
    return compare(
        {
            "Table 6, L59: cost of an epoch": z3.And(
                positive, ours >= z3.Q(110, 100) * sgd, ours <= z3.Q(114, 100) * sgd
            ),
            "L59: 4 to 6 hours saved": z3.And(positive, saved >= 4, saved <= 6),
            "L136: cheaper steps are the reason": z3.And(positive, saved > 0, cost_part >= saved / 2),
        },
        "Epochs that take 12 percent longer than SGD's save no time: the hours must come from fewer epochs",
        without=without,
        computed="share of the cost in the saving < 0; epochs below 1/1.12 = 89.3 percent of SGD's",
        stated="main reason",
    )


@evidence("FRA-8", method=Method.SMT, reading="against itself with f = 1")
@control("an epoch that is no cheaper than with f = 1 saves nothing", cheaper=False)
def cheaper_than_all_parameters_is_compatible(cheaper: bool = True) -> Outcome:
    """Compared with the same method updating all parameters in each step at the same number of epochs, not with
    SGD, cheaper steps can give the hours: that method's epoch may be so long that it gains nothing on SGD.
    Nothing in the paper's tables gives its time; only that the passages can hold together is shown.
    (`cheaper`: whether f < 1 shortens the epoch.)
    """
    sgd, ours, full, sgd_epochs, epochs = z3.Reals("c_sgd c_dfgda c_all e_sgd e_dfgda")
    return compare(
        {
            "Table 6, L59: cost of an epoch": z3.And(
                sgd > 0, ours >= z3.Q(110, 100) * sgd, ours <= z3.Q(114, 100) * sgd
            ),
            "L59: 4 to 6 hours saved": z3.And(
                sgd_epochs > 0,
                epochs > 0,
                sgd * sgd_epochs - ours * epochs >= 4,
                sgd * sgd_epochs - ours * epochs <= 6,
            ),
            "L136: without the fraction less than half is saved": z3.And(
                full > 0, sgd * sgd_epochs - full * epochs <= 2
            ),
            "cost with all parameters": full > ours if cheaper else z3.And(full > 0, full <= ours),
        },
        "A method no dearer with all parameters would save as much",
    )
