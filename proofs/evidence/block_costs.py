"""What one block of parameters costs: the other blocks are needed for its gradient (memory and time)."""

from __future__ import annotations

import numpy as np
import sympy as sp

from proofs.outcome import Method, Outcome, refuted_if
from proofs.registry import control, evidence
from reference.masks import mask_of
from reference.updates import masked_step

a, b, n = sp.symbols("a b n", positive=True)


def _first_after_step(loss: sp.Expr, other: int) -> float:
    """The first parameter after a masked step of length 1/4 on it alone, from (1, other), by the reference."""
    slopes = [float(sp.diff(loss, v).subs({a: 1, b: other})) for v in (a, b)]
    return float(masked_step([1.0, float(other)], slopes, 0.25, mask_of([0], 2))[0])


@evidence("BLK-8", method=Method.SYMBOLIC)
@control("for a separable loss the block alone is enough", loss=(a**2 + b**2) / 2)
def one_block_needs_the_others(loss: sp.Expr = (a * b) ** 2 / 2) -> Outcome:
    """A network of two layers with one weight each, output a b at input 1, target 0, loss (a b)^2/2; the
    blocks are {a} and {b}. The gradient of the first block is a b^2. At a = 1 it is 1 if b = 1 and 4 if
    b = 2: the same resident block takes different steps, so the step cannot be computed without the other
    block. Forward and backward pass read all parameters, whichever block is updated. (`loss`: another one.)
    """
    slope = sp.diff(loss, a)
    ones, twos = (slope.subs({a: 1, b: value}) for value in (1, 2))
    return refuted_if(
        hypotheses={"the blocks {a}, {b} partition the parameters": loss.free_symbols == {a, b}},
        violated={
            "the gradient of block {a} depends on b": sp.diff(slope, b) != 0,
            "it differs between b = 1 and b = 2 at a = 1": ones != twos,
        },
        reference={
            "masked_step from b = 1": _first_after_step(loss, 1) == 1 - float(ones) / 4,
            "masked_step from b = 2": _first_after_step(loss, 2) == 1 - float(twos) / 4,
            "the two steps differ": _first_after_step(loss, 1) != _first_after_step(loss, 2),
        },
        witness={"loss": loss, "block": "{a}, a = 1", "other block": "b = 1 or b = 2"},
        summary="The step of a block is a function of all blocks; only gradients and averages shrink to a block",
        computed=f"gradient of the block {ones} or {twos}, depending on the other",
        stated="the block alone",
    )


@evidence("BLK-9", method=Method.SYMBOLIC)
@control("for a separable loss one parameter's step reads one parameter", coupled=False)
def a_step_reads_every_parameter(coupled: bool = True) -> Outcome:
    """L(theta) = (theta_1 + ... + theta_n)^2/2, one parameter selected, f = 1/n, K fixed: f n K = K. The partial
    derivative of L in the selected parameter is theta_1 + ... + theta_n, which changes whenever any single
    parameter changes, so whoever computes it reads n numbers: n/(f n K) = n/K has no bound. The gradient is
    the cost that the fraction does not touch. (That the guarantees do change is T6-R6 and T8-S1.)
    (`coupled`: False replaces the loss by the sum of theta_i^2/2.)
    """
    count = 6
    theta = sp.symbols(f"theta1:{count + 1}", real=True)
    loss = sum(theta) ** 2 / 2 if coupled else sum(t**2 for t in theta) / 2
    slope = sp.diff(loss, theta[0])
    read = sum(sp.diff(slope, t) != 0 for t in theta)
    levels = sp.symbols("K", positive=True)
    reads = n if read == count else sp.Integer(int(read))  # the same loss with n parameters in place of six
    point = np.arange(1.0, count + 1)
    slopes = [float(sp.diff(loss, t).subs(dict(zip(theta, point, strict=True)))) for t in theta]
    moved = masked_step(point, slopes, 0.125, mask_of([0], count))
    return refuted_if(
        hypotheses={"one of n parameters selected: f n = 1": sp.simplify((1 / n) * n) == 1},
        violated={
            "the step of one parameter depends on each of the others": read == count,
            "parameters read over f n K has no bound": sp.limit(reads / ((1 / n) * n * levels), n, sp.oo)
            == sp.oo,
        },
        reference={
            "masked_step moves one parameter by the sum of all": moved[0] == 1.0 - sum(point) / 8
            and bool(np.all(moved[1:] == point[1:]))
        },
        witness={"loss": "(theta_1 + ... + theta_n)^2/2", "f": "1/n", "K": "fixed"},
        summary="A step costs at least n whatever the fraction, because the gradient of one parameter needs all",
        computed="at least n",
        stated="O(f n K)",
    )
