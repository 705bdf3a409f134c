"""The radial basis kernel.

The paper's section on support vector machines, the display after its Eq. 17.

Claims that rest on it: SVM-7, SVM-11, SVM-13, SVM-14.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.validation import FloatArray, finite_array, finite_scalar


def radial_basis_kernel(distances: Any, gamma: Any) -> FloatArray:
    """Return the radial basis kernel.

    k_ij = exp(-gamma d_ij).

    Arguments:
        distances: squared distances d, any shape, in the squared units of the features.
        gamma: width parameter, scalar in (-inf, inf), in one over those units.  A negative one gives no kernel
            (see SVM-7); it is admitted because the paper's joint problem does not exclude it.

    Returns:
        Shape of ``distances``; inside [0, 1] for gamma >= 0 and distances >= 0.

    Raises:
        ValueError, TypeError: an argument is not finite, or the exponential overflows.

    Source: the display after Eq. 17.

    >>> radial_basis_kernel([[0.0, 4.0]], 0.0)
    array([[1., 1.]])
    """
    d = finite_array("distances", distances)
    width = finite_scalar("gamma", gamma)
    with np.errstate(over="ignore", under="ignore"):
        return finite_array("exp(-gamma distances)", np.exp(-width * d))
