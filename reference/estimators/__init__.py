"""The paper's classical learners as scikit-learn estimators; needs scikit-learn, which the rest does not."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_MODULES = {"DFGDAKMeans": "reference.estimators.k_means", "DFGDASVC": "reference.estimators.svc"}

__all__ = ["DFGDASVC", "DFGDAKMeans"]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)
