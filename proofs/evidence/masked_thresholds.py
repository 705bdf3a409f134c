"""Thresholds of masked steps compared: with each other, with the dense law, and in closed form for n = 2."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import sympy as sp

from proofs.bounds import mean_square_step_limit
from proofs.evidence.masked_quadratics import filtered, masks, mean, symmetric_symbols
from proofs.outcome import Method, Outcome, proved_if
from proofs.registry import control, evidence
from reference.trajectories import dense_trajectory

EPS = np.finfo(float).eps


@evidence("MSK-R4", method=Method.SYMBOLIC)
@control("a matrix that is not positive definite breaks the chain", second=Fraction(-1))
def chain_of_thresholds(second: Fraction = Fraction(2)) -> Outcome:
    """lambda_max <= trace for positive eigenvalues. A principal block has a Rayleigh quotient of H as largest
    eigenvalue. (k/n)(c H + (1-c) diag H) = E[M H M] (MSK-R2), and x'M H M x <= max_S lambda_max(H_SS) |Mx|^2
    with E|Mx|^2 = (k/n)|x|^2; this orders sure and expected descent. For eta below the expected threshold P =
    H is a Lyapunov matrix: A(H) - eta H F(H) H = H (2I - eta F(H)) H > 0, so eta <= eta* (MSK-R3). The mean
    follows E theta <- (I - eta f H) E theta and must tend to 0, so eta* <= 2/(f lambda_max). F grows with c,
    so does lambda_max(B^(1/2) F B^(1/2)): eta* does not increase with k; for c = 1 it is 1/max(l_i l_j/(l_i +
    l_j)) = 2/lambda_max, since the harmonic mean is at most the maximum. For H = lI, B halves: eta* = 2/l for
    every k.
    """
    eta, c, smaller, excess = sp.symbols("eta c l s", positive=True)
    n = 3
    hessian = symmetric_symbols("h", n)
    lyapunov = 2 * hessian * hessian - eta * hessian * filtered(hessian, c) * hessian
    factored = hessian * (2 * sp.eye(n) - eta * filtered(hessian, c)) * hessian
    larger = smaller + excess
    room = sp.simplify(larger / 2 - smaller * larger / (smaller + larger))
    chances = [
        (mean(masks(m, k)), sp.Rational(k, m) * sp.eye(m)) for m in (1, 2, 3, 4) for k in range(1, m + 1)
    ]
    example = sp.diag(1, sp.Rational(second))
    limits = [mean_square_step_limit(np.diag([3.0, 3.0, 3.0]), k) for k in (1, 2, 3)]
    return proved_if(
        {
            "lambda_max <= trace": max(example.eigenvals()) <= example.trace(),
            "A(H) - eta H F(H) H = H (2I - eta F(H)) H": (lyapunov - factored).expand() == sp.zeros(n, n),
            "l_i l_j/(l_i + l_j) <= max(l_i, l_j)/2": room.is_positive,
            "E[M] = (k/n) I, all subsets, n <= 4": all(average == dense for average, dense in chances),
            "F grows with c: its derivative is the off-diagonal projection": sp.diff(filtered(hessian, c), c)
            == hessian - sp.diag(*hessian.diagonal()),
            "the computed limit is 2/3 for 3I and every k": all(
                abs(limit * 3 / 2 - 1) <= 8 * EPS for limit in limits
            ),
        },
        "Trace, dense, sure, expected, mean-square and dense-with-f thresholds are ordered",
        computed="2/tr H <= 2/lambda_max <= sure <= expected <= eta* <= 2/(f lambda_max)",
        stated="dense law: eta f lambda_max <= 2",
    )


@evidence("MSK-R5", method=Method.SYMBOLIC)
@control("with both coordinates updated the limit is another", subset_size=2)
def two_coordinates_one_updated(subset_size: int = 1) -> Outcome:
    """For k = 1 only the diagonal of Y counts (c = 0): 1/eta* is the largest eigenvalue of the 2 x 2 matrix
    N_ij = (H A^-1(e_j e_j') H)_ii. In two dimensions A^-1(Q) = (Q + det(H) H^-1 Q H^-1)/(2 tr H), hence N =
    [[a^2 + D, b^2], [b^2, d^2 + D]]/(2(a + d)), D = ad - b^2, with trace 2t/2 and determinant D/4. At a = d
    the root is |b^2|/(2a), and 1/eta* = a/2.
    """
    a, b, d = sp.symbols("a b d", positive=True)
    hessian = sp.Matrix([[a, b], [b, d]])
    det, total = hessian.det(), a + d
    inverse = hessian.inv()
    solves = True
    columns = []
    for j in range(2):
        q = sp.zeros(2, 2)
        q[j, j] = 1
        x = (q + det * inverse * q * inverse) / (2 * total)
        solves &= sp.simplify(hessian * x + x * hessian - q) == sp.zeros(2, 2)
        columns.append([sp.simplify((hessian * x * hessian)[i, i]) for i in range(2)])
    matrix = sp.Matrix(columns).T
    tau = total / 2 - b**2 / total
    numbers = {a: 2, b: 1, d: 1}
    closed = 2 / (tau + sp.sqrt(tau**2 - det))
    computed = mean_square_step_limit([[2.0, 1.0], [1.0, 1.0]], subset_size)
    return proved_if(
        {
            "the Lyapunov equation is solved": solves,
            "trace of N is t": sp.simplify(matrix.trace() - tau) == 0,
            "determinant of N is det(H)/4": sp.simplify(matrix.det() - det / 4) == 0,
            "at a = d it is 2/a": sp.simplify(closed.subs(d, a).subs(a, b + sp.Symbol("e", positive=True)))
            - 2 / (b + sp.Symbol("e", positive=True))
            == 0,
            "the computed limit agrees for [[2, 1], [1, 1]]": abs(computed / float(closed.subs(numbers)) - 1)
            <= 8 * EPS,
        },
        "Closed form for two coordinates; with equal curvatures the coupling does not matter",
        computed=f"2/(t + sqrt(t^2 - det H)), {computed:.4f} for [[2, 1], [1, 1]]",
        stated=f"dense law 2/(f lambda_max): {8 / (3 + math.sqrt(5)):.4f}",
        tightness=float(closed.subs(numbers)) * (3 + math.sqrt(5)) / 8,
    )


@evidence("MSK-R6", method=Method.EXACT)
@control("at eta = 1 the masked steps are stable too", rate=Fraction(1))
def dense_stable_masked_unstable(rate: Fraction = Fraction(5, 4)) -> Outcome:
    """H = [[2, 1], [1, 1]], k = 1 of n = 2, eta = 5/4. Dense with f = 1/2: I - eta H/2 has eigenvalues 1 - 5
    l/8 with l = (3 +- sqrt 5)/2, both inside (-1, 1). Masked: the second moment (v11, v12, v22) is mapped
    linearly; the characteristic polynomial of that 3 x 3 map, exact, is negative at 1 and positive for large
    arguments: it has a root above 1. Entries of the map keep positive semidefinite matrices, so E|theta_t|^2
    grows.
    """
    eta, z = sp.Rational(rate), sp.Symbol("z")
    hessian = sp.Matrix([[2, 1], [1, 1]])
    moment = symmetric_symbols("v", 2)
    unit = sp.eye(2)
    after = mean([(unit - eta * m * hessian) * moment * (unit - eta * hessian * m) for m in masks(2, 1)])
    entries = [moment[0, 0], moment[0, 1], moment[1, 1]]
    linear = sp.Matrix([after[0, 0], after[0, 1], after[1, 1]]).expand().jacobian(entries)
    characteristic = sp.Poly(linear.charpoly(z).as_expr(), z)
    largest = max(float(root) for root in characteristic.nroots() if root.is_real)
    dense = [1 - eta * value / 2 for value in hessian.eigenvals()]
    matrix = np.array([[2.0, 1.0], [1.0, 1.0]])
    run = dense_trajectory([1.0, -1.0], lambda t: matrix @ t, float(rate), [0.5] * 400)
    v, second = np.eye(2), [np.diag([1.0, 0.0]), np.diag([0.0, 1.0])]
    for _ in range(400):
        steps = [np.eye(2) - float(rate) * m @ matrix for m in second]
        v = sum(s @ v @ s.T for s in steps) / 2
    return proved_if(
        {
            "dense eigenvalues lie inside (-1, 1)": all(abs(value) < 1 for value in dense),
            "the second moment has an eigenvalue above 1": characteristic.eval(1) < 0,
            "the computed limit lies below eta": mean_square_step_limit(matrix, 1) < float(rate),
            "reference: 400 dense steps tend to 0": float(np.max(np.abs(run[-1]))) < EPS,
            "400 masked steps, all subsets averaged, have E|theta|^2 above 10": float(np.trace(v)) > 10,
        },
        "Dense steps with eta f converge while the masked steps they stand for are mean-square unstable",
        computed=f"second moment grows by {largest:.4f} per step",
        stated=f"dense steps shrink by {max(abs(float(value)) for value in dense):.4f}",
    )
