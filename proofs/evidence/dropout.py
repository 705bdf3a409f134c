"""Dropout and the fraction rule: where in a step each of them acts."""

from __future__ import annotations

import numpy as np
import sympy as sp
import z3

from proofs.outcome import Method, Outcome, proved_if
from proofs.passages import compare
from proofs.registry import control, evidence
from reference.updates import masked_step


@evidence("INT-7", method=Method.SMT, reading="no influence at all")
@control("if dropout hinders no update nothing disagrees", without="L15: dropout keeps neurons from updating")
def dropout_acts_on_updates_too(without: str | None = None) -> Outcome:
    """One paragraph says that dropout acts in the forward pass only, that the forward pass has no (direct)
    influence on the updates, and that dropout prevents neurons from updating. If no influence is meant, direct
    or not, the first two leave every update as it is without dropout; the third does not: a neuron that would
    move does not. (`without` drops a passage.)
    """
    plain, dropped = z3.Reals("update_without_dropout update_with_dropout")
    return compare(
        {
            "L15: forward pass only, which has no say in updates": dropped == plain,
            "L15: dropout keeps neurons from updating": z3.And(plain != 0, dropped == 0),
        },
        "Dropout is said to act where updates are not decided, and to prevent updates",
        without=without,
        computed="a dropped unit has no update (INT-8 shows it on two weights)",
        stated="forward pass only",
    )


@evidence("INT-7", method=Method.SYMBOLIC, reading="where the mask is applied")
@control("a mask on the activations changes the loss too", fraction_rule_masks="activations")
def the_masks_are_applied_in_different_stages(fraction_rule_masks: str = "gradient") -> Outcome:
    """Two units, weights v_1, v_2, input x, output m_1 v_1 x + m_2 v_2 x, loss (output - y)^2/2. Dropout sets m to
    0 or 1 in the forward pass, and the loss at given weights depends on m. The fraction rule leaves the forward
    pass alone and multiplies the gradient by the mask afterwards: the loss at given weights does not depend on
    it, the step does. (Back-propagation then carries dropout's mask into the gradient: INT-8.)
    """
    v1, v2, x, y, m1, m2 = sp.symbols("v1 v2 x y m1 m2")

    def loss_with(first: sp.Expr, second: sp.Expr) -> sp.Expr:
        return (first * v1 * x + second * v2 * x - y) ** 2 / 2

    dropout = loss_with(m1, m2)
    plain = loss_with(m1, m2) if fraction_rule_masks == "activations" else loss_with(sp.S(1), sp.S(1))
    slope = [sp.diff(plain, weight) * mask for weight, mask in ((v1, m1), (v2, m2))]
    point = {v1: 1, v2: 1, x: 1, y: 0}
    gradient = [float(sp.diff(loss_with(sp.S(1), sp.S(1)), weight).subs(point)) for weight in (v1, v2)]
    moved = masked_step([1.0, 1.0], gradient, 0.5, np.array([True, False])).tolist()
    return proved_if(
        {
            "dropout: the loss depends on the mask": sp.diff(dropout, m1) != 0,
            "fraction rule: it does not": not plain.has(m1, m2),
            "fraction rule: the step does": slope[0].has(m1),
            "the reference moves the selected weight only": moved == [0.0, 1.0],
        },
        "Dropout masks activations before the loss, the fraction rule masks the step after the gradient",
    )
