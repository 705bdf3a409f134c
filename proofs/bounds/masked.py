"""How long a masked step on a quadratic may be: sure descent, expected descent, mean-square stability.

The update is theta <- theta - eta M H theta, M the 0/1 diagonal of a uniform random k-subset of n
coordinates, drawn anew in every step. Claims resting on this: MSK-*.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from reference.validation import FloatArray, finite_array, positive_integer, shown


def sure_descent_step_limit(hessian: object, subset_size: object) -> float:
    """Largest learning rate for which no masked step raises theta'H theta/2, for any subset at any point.

        2 / max over k-subsets S of lambda_max(H_SS)

    Arguments as in `mean_square_step_limit`. Looks at all k-subsets: meant for small n.
    Attained: theta = H^-1 v with v an eigenvector of the extremal H_SS, and that subset (MSK-R1).

    >>> sure_descent_step_limit([[2, 1], [1, 1]], 1)
    1.0
    """
    matrix, size = _arguments(hessian, subset_size)
    subsets = combinations(range(len(matrix)), size)
    return float(2 / max(np.linalg.eigvalsh(matrix[np.ix_(chosen, chosen)])[-1] for chosen in subsets))


def expected_descent_step_limit(hessian: object, subset_size: object) -> float:
    """Largest learning rate for which a masked step does not raise theta'H theta/2 on average, at any point.

        2 / lambda_max(c H + (1 - c) diag H),   c = (k - 1) / (n - 1)

    Arguments as in `mean_square_step_limit`. Attained: theta = H^-1 v, v the top eigenvector (MSK-R2).

    >>> expected_descent_step_limit([[2, 1], [1, 1]], 1)
    1.0
    """
    matrix, size = _arguments(hessian, subset_size)
    mixed = _share(len(matrix), size) * matrix
    np.fill_diagonal(mixed, np.diag(matrix))
    return float(2 / np.linalg.eigvalsh(mixed)[-1])


def mean_square_step_limit(hessian: object, subset_size: object) -> float:
    """Supremum of the learning rates for which the masked iteration is mean-square stable.

        1 / lambda_max(F^(1/2) B F^(1/2)) on symmetric n x n matrices,
        F: diagonal kept, other entries times c = (k - 1) / (n - 1)   (F = identity for n = 1),
        B: entry (i, j) in the eigenbasis of H times l_i l_j / (l_i + l_j)

    E|theta_t|^2 -> 0 from every start exactly for learning rates strictly between 0 and this number (MSK-R3).

    hessian:     H, shape (n, n), n >= 1, symmetric positive definite
    subset_size: k, an integer from 1 to n
    Returns a positive float, not increasing in k, equal to 2/lambda_max(H) for k = n (MSK-R4). The cost grows
    like n^6 for 1 < k < n (an eigenvalue problem of size n(n+1)/2), like n^3 otherwise.
    Raises ValueError or TypeError for anything else than such a matrix and such an integer.

    >>> round(mean_square_step_limit([[1, 0.5], [0.5, 1]], 1), 12)   # equal curvatures, any coupling
    2.0
    """
    matrix, size = _arguments(hessian, subset_size)
    n = len(matrix)
    scale = float(np.max(np.abs(matrix)))  # keeps products of eigenvalues inside the float range
    values, vectors = np.linalg.eigh(matrix / scale)
    if size == n:
        return float(2 / values[-1] / scale)
    gains = values[:, np.newaxis] * (values / (values[:, np.newaxis] + values))
    if size == 1:
        # c = 0: only the diagonals of Y matter, and the map is the n x n matrix of B(e_j e_j')_ii.
        squares = vectors[:, np.newaxis, :] * vectors[np.newaxis, :, :]
        reduced = np.einsum("ija,ab,ijb->ij", squares, gains, squares)
        return float(1 / np.linalg.eigvalsh(reduced)[-1] / scale)
    rows, columns = np.triu_indices(n)
    weights = np.where(rows == columns, 1.0, np.sqrt(2.0))  # orthonormal basis of the symmetric matrices
    rotation = vectors[rows][:, rows] * vectors[columns][:, columns]
    rotation = (rotation + vectors[rows][:, columns] * vectors[columns][:, rows]) / 2
    rotation *= weights[:, np.newaxis] * weights * np.sqrt(gains[rows, columns])
    rotation *= np.where(rows == columns, 1.0, np.sqrt(_share(n, size)))[:, np.newaxis]
    return float(1 / np.linalg.eigvalsh(rotation @ rotation.T)[-1] / scale)


def _share(n: int, size: int) -> float:
    """Probability that one more coordinate is chosen, given that a certain one is."""
    return 1.0 if n == 1 else (size - 1) / (n - 1)


def _arguments(hessian: object, subset_size: object) -> tuple[FloatArray, int]:
    matrix = finite_array("hessian", hessian)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.size == 0:
        raise ValueError(f"hessian must be a square matrix, got shape {matrix.shape}")
    if not np.array_equal(matrix, matrix.T):
        raise ValueError(f"hessian must equal its transpose, got {shown(hessian)}")
    smallest = float(np.linalg.eigvalsh(matrix / np.max(np.abs(matrix)))[0]) if np.any(matrix) else 0.0
    if not smallest > 0.0:
        raise ValueError(
            f"hessian must be positive definite, got smallest eigenvalue {smallest} times the largest entry"
        )
    size = positive_integer("subset_size", subset_size)
    if size > len(matrix):
        raise ValueError(f"subset_size must be at most n = {len(matrix)}, got {size}")
    return matrix, size
