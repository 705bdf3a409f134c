"""What can be said instead where Algorithm 1 as printed fails: its change in loss, and its count."""

from __future__ import annotations

import sympy as sp
import z3

from proofs.outcome import Method, Outcome, proved_if
from proofs.passages import satisfiable
from proofs.registry import control, evidence
from reference.fraction import update_count
from reference.loss_change import data_block_change


@evidence("ALG-R1", method=Method.SYMBOLIC)
@control("with the old theta in the loss of the old block line 9 would see the step", one_theta=False)
def line_9_leaves_the_progress_out(one_theta: bool = True) -> Outcome:
    """Subtracting and adding L_{b-1}(theta_t) splits the change of the observed loss. The first part, line 9
    without its bars, is a function of the present theta alone, so it is the same whatever the step was; the
    second vanishes where the old and the present theta are equal. Line 9 is 0 for two equal blocks: L =
    theta^2/2 in both falls from 1/2 to 1/8 in a step of gradient descent with eta = 1/2, and DeltaL = 0.
    """
    now, before = sp.symbols("theta_t theta_before", real=True)
    block, previous = sp.Function("L_b"), sp.Function("L_previous")
    between_data = block(now) - previous(now if one_theta else before)
    between_steps = previous(now) - previous(before)
    return proved_if(
        {
            "the two parts add up": sp.expand(between_data + between_steps - (block(now) - previous(before)))
            == 0,
            "the first does not depend on the step": not between_data.has(before),
            "the second is 0 at rest": between_steps.subs(before, now) == 0,
            "two equal blocks: line 9 is 0 though the loss fell": data_block_change(0.125, 0.125) == 0.0,
        },
        "Line 9 is the part of the change in loss that the step has no part in",
    )


@evidence("ALG-R2", method=Method.SMT)
@control("with no parameters there is none to select", fewest=0)
def at_least_one_parameter(fewest: int = 1) -> Outcome:
    """With p = f n, 0 <= p <= n: floor(p) lies between 0 and n, so for n >= 1 the larger of it and 1 lies
    between 1 and n; it is another number than floor(p) exactly where floor(p) = 0, that is p < 1.
    """
    n, p = z3.Int("n"), z3.Real("p")
    setting = z3.And(n >= fewest, p >= 0, p <= z3.ToReal(n))
    down = z3.ToInt(p)
    count = z3.If(down < 1, z3.IntVal(1), down)
    return proved_if(
        {
            "between 1 and n": satisfiable(setting, z3.Or(count < 1, count > n)) is None,
            "another number exactly for f n < 1": satisfiable(setting, (count != down) != (p < 1)) is None,
            "the reference's count is 0 for n = 99 and 1 for n = 100 at f = 1/100": (
                update_count(0.01, 99),
                update_count(0.01, 100),
            )
            == (0, 1),
        },
        "max(1, floor(f n)) always selects a parameter, and is floor(f n) wherever f n >= 1",
    )
