"""The radial basis kernel: definite for widths of one sign, and with features in no R^n."""

from __future__ import annotations

import sympy as sp
import z3

from proofs.outcome import Method, Outcome, proved_if
from proofs.passages import compare
from proofs.quantization_lemmas import zero
from proofs.registry import control, evidence


@evidence("SVM-7", method=Method.SYMBOLIC)
@control("for a negative gamma the coefficients alternate in sign", sign=-1)
def radial_basis_kernel_is_positive_semidefinite(sign: int = 1) -> Outcome:
    """exp(-g |x-z|^2) = u(x) u(z) exp(2 g x.z) with u(x) = exp(-g |x|^2). The last factor is the sum of
    (2 g)^k/k! (x.z)^k, with coefficients >= 0 for g >= 0; (x.z)^k is the inner product of the k-fold tensor
    powers of x and z (checked for k = 2 in the plane, and the step from k to k + 1 is one more factor
    sum_f x_f z_f), hence a Gram matrix; sums with non-negative coefficients, limits, and scaling rows and
    columns by u and by y keep x'Ax >= 0. At g = 0 the entry is y_i y_j; for distinct points it tends to 0
    off the diagonal and is 1 on it. (`sign` of gamma: a negative gamma gives no
    kernel, see SVM-11.)
    """
    x1, x2, z1, z2 = sp.symbols("x_1 x_2 z_1 z_2", real=True)
    size, k = sp.Symbol("g", positive=True), sp.Symbol("k", integer=True, nonnegative=True)
    g, inner, d = sign * size, x1 * z1 + x2 * z2, sp.Symbol("d", positive=True)
    distance = (x1 - z1) ** 2 + (x2 - z2) ** 2
    exponent = -g * (x1**2 + x2**2) - g * (z1**2 + z2**2) + 2 * g * inner
    product = sp.Symbol("p", real=True)
    second = sum(a * b * c * e for a, c in ((x1, z1), (x2, z2)) for b, e in ((x1, z1), (x2, z2)))
    first_terms = [sp.diff(sp.exp(2 * g * product), product, n).subs(product, 0) for n in range(4)]
    return proved_if(
        {
            "the exponent splits": zero(-g * distance - exponent),
            "Taylor coefficients are (2g)^k": all(
                zero(term - (2 * g) ** n) for n, term in enumerate(first_terms)
            ),
            "which are positive": ((2 * g) ** k).is_positive,
            "(x.z)^2 is an inner product of tensor squares": zero(inner**2 - second),
            "limit at gamma = 0 is 1": sp.limit(sp.exp(-g * d), size, 0) == 1,
            "limit for large gamma is 0": sp.limit(sp.exp(-g * d), size, sp.oo) == 0,
        },
        "Positive semidefinite for gamma >= 0, from y y' at 0 to the identity",
    )


def _determinant_is_not_zero(points: int) -> bool:
    """det exp(-gamma (i-j)^2), i, j < points, as a polynomial in r = exp(-gamma), against its closed form."""
    r = sp.Symbol("r", positive=True)
    gram = sp.Matrix(points, points, lambda i, j: r ** ((i - j) ** 2))
    vandermonde = sp.prod(r ** (-2 * j) - r ** (-2 * i) for j in range(points) for i in range(j))
    squares = sp.prod(r ** (2 * i**2) for i in range(points))
    return zero(gram.det(method="berkowitz") - vandermonde * squares)


@evidence("SVM-15", method=Method.SMT, reading="w by its coordinates")
@control(
    "with w in the span of the data there is no conflict", without="L189: the radial basis kernel, all data"
)
@control("an infinite vector is no conflict", without="L94: theta is a vector of R^n")
def weights_need_infinitely_many_coordinates(without: str | None = None) -> Outcome:
    """The Gram matrix of the points 0, 1, ..., m-1 on a line has the entries r^((i-j)^2) = r^(i^2) r^(j^2)
    t_i^j with t_i = r^(-2i), r = exp(-gamma): a Vandermonde matrix of distinct nodes with scaled rows and
    columns, so it is not singular (closed form checked for m <= 4). Features of m points then span m
    dimensions, for every m. A vector w of n coordinates has room for n. (L94 says R^n of a network's
    parameters; this reading takes it over to theta = (w, b, xi).)
    """
    if not all(_determinant_is_not_zero(points) for points in range(1, 5)):
        raise ArithmeticError("the determinant of the Gram matrix is not the Vandermonde product")
    coordinates, spanned, points = z3.Ints("n spanned m")
    return compare(
        {
            "L94: theta is a vector of R^n": z3.And(coordinates >= 1, points == coordinates + 1),
            "L187: w, with the coordinates of the feature space, is in theta": spanned <= coordinates,
            "L189: the radial basis kernel, all data": spanned == points,
        },
        "The feature space of the radial basis kernel has no finite number of coordinates",
        without=without,
        computed="m points on a line span m dimensions, for every m",
    )


@evidence("SVM-15", method=Method.SYMBOLIC, reading="w in the span of the data")
@control("a part of w outside the span that the scores see would matter", seen=True)
def weights_in_the_span_suffice(seen: bool = False) -> Outcome:
    """Split w = v + u with v in the span of the phi(x_j) and u orthogonal to it. The scores w'phi(x_i) are
    those of v, and |w|^2 = |v|^2 + |u|^2, so u = 0 at the optimum: w = sum_j c_j phi(x_j) with finitely many
    c_j, theta = (c, b, xi) in R^(2N+1). (`seen` gives u a component along phi(x_i).)
    """
    v1, u2, p1 = sp.symbols("v_1 u_2 p_1", real=True)
    w = sp.Matrix([v1, u2])
    feature = sp.Matrix([p1, 1 if seen else 0])  # coordinates: along the span, orthogonal to it
    return proved_if(
        {
            "the scores do not see u": zero(w.dot(feature) - v1 * p1),
            "|w|^2 = |v|^2 + |u|^2": zero(w.dot(w) - v1**2 - u2**2),
        },
        "Finitely many coefficients suffice: theta = (c, b, xi) with 2N + 1 entries",
    )
