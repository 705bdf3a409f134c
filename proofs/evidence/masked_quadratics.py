"""Masked gradient steps on a quadratic: exact thresholds for descent and for stability.

theta <- theta - eta M H theta with M the 0/1 diagonal of a uniform random k-subset of n coordinates. The
second moment follows a linear map on symmetric matrices; its stability is an explicit eigenvalue condition.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from typing import Any

import sympy as sp

from proofs.outcome import Method, Outcome, proved_if
from proofs.registry import control, evidence
from reference.updates import masked_step


def symmetric_symbols(name: str, n: int) -> Any:
    """A symmetric n x n matrix of symbols."""
    return sp.Matrix(n, n, lambda i, j: sp.Symbol(f"{name}{min(i, j)}{max(i, j)}", real=True))


def masks(n: int, k: int) -> list[Any]:
    """The diagonal 0/1 matrices of all k-subsets of n coordinates."""
    return [sp.diag(*[int(i in chosen) for i in range(n)]) for chosen in combinations(range(n), k)]


def mean(matrices: list[Any]) -> Any:
    """The average of exact matrices."""
    return sum(matrices[1:], matrices[0]) / len(matrices)


def filtered(matrix: Any, share: Any) -> Any:
    """F: the diagonal kept, the rest multiplied by the share c."""
    return share * matrix + (1 - share) * sp.diag(*matrix.diagonal())


def share(n: int, k: int) -> Any:
    """c = (k - 1)/(n - 1), the probability of one more coordinate given that one is chosen; 1 for n = 1."""
    return sp.Integer(1) if n == 1 else sp.Rational(k - 1, n - 1)


@evidence("MSK-R1", method=Method.SYMBOLIC)
@control("a step longer than the threshold can raise the loss", excess=Fraction(1, 10))
def sure_descent_threshold(excess: Fraction = Fraction(0)) -> Outcome:
    """With g = H theta a step on S changes L by -eta |g_S|^2 + eta^2 g_S' H_SS g_S/2. H is invertible, so g_S
    can be any vector; the change is at most 0 for all of them exactly if eta lambda_max(H_SS) <= 2. Over all
    S of size k this is the stated threshold. Attained: g_S the top eigenvector of the extremal block, e.g. H
    = diag(2, 1), k = 1, theta = (1, 0): at eta = 1 the step reflects theta and keeps L.
    """
    eta = sp.Symbol("eta", positive=True)
    n = 3
    hessian, theta = symmetric_symbols("h", n), sp.Matrix(sp.symbols("t0:3", real=True))
    exact = True
    for k in range(1, n + 1):
        for mask in masks(n, k):
            g = hessian * theta
            after = theta - eta * mask * g
            change = (after.T * hessian * after - theta.T * hessian * theta)[0] / 2
            formula = (-eta * g.T * mask * g + eta**2 * g.T * mask * hessian * mask * g / 2)[0]
            exact &= sp.expand(change - formula) == 0
    rate = Fraction(1) + excess
    moved = Fraction(1) - rate * 2
    reached = masked_step([1.0, 0.0], [2.0, 0.0], float(rate), [True, False])
    return proved_if(
        {
            "the change of L is -eta|g_S|^2 + eta^2 g_S'H_SS g_S/2": exact,
            "at the threshold of diag(2, 1), k = 1, L does not rise": moved**2 <= 1,
            "and stays the same in the extremal direction": moved**2 == 1,
            "reference: the step reflects theta": reached.tolist() == [float(moved), 0.0],
        },
        "Descent for every subset and point exactly up to 2/max lambda_max(H_SS)",
        computed="eta <= 2/max_S lambda_max(H_SS)",
    )


@evidence("MSK-R2", method=Method.SYMBOLIC)
@control("subsets drawn with unequal probabilities average differently", weight=2)
def expected_descent_threshold(weight: int = 1) -> Outcome:
    """A coordinate is in the subset with probability C(n-1, k-1)/C(n, k) = k/n, two given ones with
    probability C(n-2, k-2)/C(n, k) = k(k-1)/(n(n-1)). So E[M A M] = (k/n)(c A + (1-c) diag A) with c =
    (k-1)/(n-1), and the mean change of L is (k/n) g'(-eta I + eta^2 (c H + (1-c) diag H)/2) g, at most 0 for
    all g exactly for eta lambda_max(c H + (1-c) diag H) <= 2. (`weight` counts the first subset more than
    once.)
    """
    n, k = sp.symbols("n k", integer=True, positive=True)
    single = sp.combsimp(sp.binomial(n - 1, k - 1) / sp.binomial(n, k))
    pair = sp.combsimp(sp.binomial(n - 2, k - 2) / sp.binomial(n, k))
    agree = True
    for size in (1, 2, 3, 4):
        for chosen in range(1, size + 1):
            matrix, drawn = symmetric_symbols("a", size), masks(size, chosen)
            drawn += drawn[:1] * (weight - 1)
            average = mean([m * matrix * m for m in drawn])
            expected = sp.Rational(chosen, size) * filtered(matrix, share(size, chosen))
            agree &= (average - expected).expand() == sp.zeros(size, size)
    return proved_if(
        {
            "one coordinate is chosen with probability k/n": sp.simplify(single - k / n) == 0,
            "two with probability k(k-1)/(n(n-1))": sp.simplify(pair - k * (k - 1) / (n * (n - 1))) == 0,
            "E[M A M] = (k/n)(c A + (1-c) diag A), all subsets, n <= 4": agree,
        },
        "Descent on average exactly up to 2/lambda_max(c H + (1-c) diag H)",
        computed="eta <= 2/lambda_max(c H + (1-c) diag H)",
    )


@evidence("MSK-R3", method=Method.SYMBOLIC)
@control("the same subset in every step has another second moment", fixed_subset=True)
def mean_square_threshold(fixed_subset: bool = False) -> Outcome:
    """Let p = k/n, A(P) = HP + PH, F as in MSK-R2, N(P) = E[(I - eta H M) P (I - eta M H)]. Then E|theta_t|^2
    = theta_0' N^t(I) theta_0, and N(P) = P - eta p (A(P) - eta H F(P) H).

    (1) If E|theta_t|^2 -> 0 for all starts, N^t -> 0, so P = sum N^t(I) converges, P is positive definite and
    P - N(P) = I. Conversely if P - N(P) is positive definite for some positive definite P, then N(P) <= (1-d)
    P for some d > 0; N keeps the order, so N^t(I) <= const (1-d)^t P -> 0. (2) P - N(P) > 0 means A(P) > eta
    H F(P) H. The right side is positive semidefinite and grows with eta: a P that serves eta serves every
    smaller one. The stable rates are an interval. (3) A^-1 keeps the order (A^-1(Q) is the integral of
    exp(-Ht) Q exp(-Ht)); in the eigenbasis it divides entry (i, j) by l_i + l_j. So (1) says: P > eta T(P)
    for some P > 0, with T(P) = A^-1(H F(P) H) = B(F(P)). As in (1) this holds exactly if the powers of eta T
    tend to 0: eta times the spectral radius of B F is below 1. (4) F and B are self-adjoint and positive
    semidefinite for <X, Y> = tr(XY), so B F has the non-zero eigenvalues of F^(1/2) B F^(1/2), whose largest
    is 1/eta*.
    """
    eta = sp.Symbol("eta", positive=True)
    identity_holds = True
    for n, k in ((1, 1), (2, 1), (2, 2), (3, 1), (3, 2)):
        hessian, matrix = symmetric_symbols("h", n), symmetric_symbols("p", n)
        drawn = masks(n, k)[:1] if fixed_subset else masks(n, k)
        unit = sp.eye(n)
        step = mean([(unit - eta * hessian * m) * matrix * (unit - eta * m * hessian) for m in drawn])
        lyapunov = hessian * matrix + matrix * hessian
        formula = matrix - eta * sp.Rational(k, n) * (
            lyapunov - eta * hessian * filtered(matrix, share(n, k)) * hessian
        )
        identity_holds &= (step - formula).expand() == sp.zeros(n, n)
    first, second, entry, t = sp.symbols("l_i l_j q t", positive=True)
    inverse = sp.integrate(sp.exp(-first * t) * entry * sp.exp(-second * t), (t, 0, sp.oo))
    return proved_if(
        {
            "N(P) = P - eta p (A(P) - eta H F(P) H)": identity_holds,
            "A^-1 divides by l_i + l_j": sp.simplify(inverse - entry / (first + second)) == 0
            and sp.simplify((first + second) * inverse - entry) == 0,
            "B multiplies by l_i l_j/(l_i + l_j)": sp.simplify(
                inverse.subs(entry, first * second) - first * second / (first + second)
            )
            == 0,
            "the gain is positive": (first * second / (first + second)).is_positive,
        },
        "Mean-square stable exactly for 0 < eta < eta*, an explicit eigenvalue condition",
        computed="1/eta* = lambda_max(F^(1/2) B F^(1/2))",
    )
