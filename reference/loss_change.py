"""The change of the loss that drives the fraction rule, and what it is divided by.

The paper uses four different loss changes under one name:

=======================  =====================================  ==============================================
loss change              formula                                passage
=======================  =====================================  ==============================================
``absolute_change``      ``|L(t) - L(t-1)|``                    text at Eq. 15 (the default)
``decrease``             ``L(t-1) - L(t)``, signed              proof of Theorem 3
``data_block_change``    ``|L_b(theta) - L_{b-1}(theta)|``      Algorithm 1, line 9
``increase``             ``L(t+1) - L(t)``, signed              Theorem 4
=======================  =====================================  ==============================================

The divisor is the largest change so far (``running_maximum``, text at Eq. 15, the default) or the first drop
of the loss (``initial_drop``, proof of Theorem 3).

Claims that rest on it: FRA-3, FRA-4, ALG-5, ALG-6, T3-*, X-3, X-4.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.validation import FloatArray, finite_scalar, finite_vector, shown


def _difference(name: str, minuend: Any, subtrahend_name: str, subtrahend: Any) -> float:
    change = finite_scalar(name, minuend) - finite_scalar(subtrahend_name, subtrahend)
    if not np.isfinite(change):
        raise ValueError(
            f"{name} - {subtrahend_name} must be finite in float64, "
            f"got {shown(minuend)} - {shown(subtrahend)}"
        )
    return change


def absolute_change(previous_loss: Any, loss: Any) -> float:
    """Return the size of the change of the loss between consecutive iterations.

    |L(t) - L(t-1)|.

    Arguments:
        previous_loss: L(t-1), a finite scalar.
        loss: L(t), a finite scalar.

    Returns:
        A float of at least 0.

    Raises:
        ValueError, TypeError: a loss is not a finite real number, or the change exceeds float64.

    Source: text at Eq. 15.

    >>> absolute_change(2.0, 2.5)
    0.5
    """
    return abs(_difference("loss", loss, "previous_loss", previous_loss))


def decrease(previous_loss: Any, loss: Any) -> float:
    """Return by how much the loss fell, negative where it rose.

    L(t-1) - L(t).

    Arguments:
        previous_loss: L(t-1), a finite scalar.
        loss: L(t), a finite scalar.

    Returns:
        A float of either sign.

    Raises:
        ValueError, TypeError: as ``absolute_change``.

    Source: proof of Theorem 3.

    >>> decrease(2.0, 2.5)
    -0.5
    """
    return _difference("previous_loss", previous_loss, "loss", loss)


def data_block_change(loss_on_previous_block: Any, loss_on_block: Any) -> float:
    """Return the gap between the losses of two successive data blocks at one and the same theta.

    |L_b(theta) - L_{b-1}(theta)|.  It measures how the data differ, not progress, so it need not vanish at a
    stationary point.  For the first block the listing leaves L_0 undefined.

    Arguments:
        loss_on_previous_block: L_{b-1}(theta), a finite scalar.
        loss_on_block: L_b(theta), a finite scalar.

    Returns:
        A float of at least 0.

    Raises:
        ValueError, TypeError: as ``absolute_change``.

    Source: Algorithm 1, lines 8 and 9.

    >>> data_block_change(2.0, 2.5)
    0.5
    """
    return abs(_difference("loss_on_block", loss_on_block, "loss_on_previous_block", loss_on_previous_block))


def increase(loss: Any, next_loss: Any) -> float:
    """Return by how much the loss rises over the coming step, negative where it falls.

    L(t+1) - L(t).  Known only after step t, so it cannot choose the fraction of that step.

    Arguments:
        loss: L(t), a finite scalar.
        next_loss: L(t+1), a finite scalar.

    Returns:
        A float of either sign: minus the decrease of the next iteration.

    Raises:
        ValueError, TypeError: as ``absolute_change``.

    Source: Theorem 4.

    >>> increase(2.0, 1.5)
    -0.5
    """
    return _difference("next_loss", next_loss, "loss", loss)


def running_maximum(changes: Any) -> FloatArray:
    """Return the largest change seen up to each iteration, that iteration included.

    m_t = max(c_1, ..., c_t).  Because the current change counts, a positive change is at most its own
    divisor.

    Arguments:
        changes: c_1, ..., c_m, shape (m,), finite, of either sign.

    Returns:
        Shape (m,), non-decreasing.

    Raises:
        ValueError, TypeError: changes is not a finite vector.

    Source: text at Eq. 15.

    >>> running_maximum([1.0, 0.5, 2.0])
    array([1., 1., 2.])
    """
    return np.maximum.accumulate(finite_vector("changes", changes))


def initial_drop(losses: Any) -> float:
    """Return the drop of the loss over the first iteration.

    L(0) - L(1), negative where the loss rose at first; it then cannot be a divisor.

    Arguments:
        losses: L(0), L(1), ..., at least two, finite.

    Returns:
        A float of either sign.

    Raises:
        ValueError, TypeError: losses is not a finite vector, or holds fewer than two.

    Source: proof of Theorem 3.

    >>> initial_drop([3.0, 1.0, 0.5])
    2.0
    """
    values = finite_vector("losses", losses)
    if values.size < 2:
        raise ValueError(f"losses must hold at least two losses, got {shown(losses)}")
    return _difference("losses[0]", values[0], "losses[1]", values[1])
