"""Complete settings of ``DFGDA`` by name.

Twin: ``paper_settings`` of reference/settings.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gpu.dfgda import DFGDA
    from gpu.released import ReleasedDFGDA

AS_PRINTED: dict[str, Any] = {
    "lr": 0.01,
    "f_min": 0.01,
    "f_max": 0.5,
    "selection": "uniform",
    "quantizer": "closed_form",
    "schedule": "entropy",
    "initial_temperature": None,
    "floor_factor": 0.01,
    "entropy_normaliser": "initial",
    "noise": "linear",
    "acceptance": "exact",
    "acceptance_rule": "sigmoid",
    "energy": "regularized",
}


def as_printed(cls: type[DFGDA], params: Iterable[Any], **options: Any) -> DFGDA:
    """Return Algorithm 1 as printed: ``paper_settings`` of the reference, one loss evaluation for each element.

    With K = 257, kappa = 1, T_max = 5 sigma, f in [0.01, 0.5]; lr 0.01 is that of the authors' public code.  Its
    temperature does not fall and its quantizer maps weights close to zero; it is here to be looked at.

    Arguments:
        params: as for ``DFGDA``.
        options: options that differ.  ``acceptance="linearised"`` makes large models possible.
    """
    return cls(params, **(AS_PRINTED | options))


def released(params: Iterable[Any], **options: Any) -> ReleasedDFGDA:
    """Return the behaviour of the authors' public code, see ``gpu.released.ReleasedDFGDA``."""
    from gpu.released import ReleasedDFGDA

    return ReleasedDFGDA(params, **options)


def recommended(cls: type[DFGDA], params: Iterable[Any], **options: Any) -> DFGDA:
    """Return what the theory and the measurements support: the defaults of ``DFGDA``.

    All elements in every step, the average of gradients, and the first-order test in the limit T -> 0: an element
    moves if its move does not raise the loss to first order.  No noise, no quantizer, hence no temperature: none of
    them earned its cost.

    Arguments:
        params: as for ``DFGDA``.
        options: options that differ.
    """
    return cls(params, **options)
