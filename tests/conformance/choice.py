"""Which implementations the suite runs on."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

from tests.conformance.protocol import ACCEPTANCE_RULES, Capability

REFERENCE = (
    "tests.conformance.reference_updates:Dense",
    "tests.conformance.reference_updates:Masked",
    "tests.conformance.reference_blockwise:Blockwise",
    "tests.conformance.reference_algorithm:Algorithm",
    "tests.conformance.reference_released:Released",
)
FAST = (
    "tests.conformance.fast_optimizer:FastAlgorithm",
    "tests.conformance.fast_optimizer:FastSweep",
)


def default_implementations() -> tuple[str, ...]:
    """Every version in the reference, and the fast optimizer where torch is installed."""
    return REFERENCE if importlib.util.find_spec("torch") is None else (*REFERENCE, *FAST)


def resolve(address: str) -> Any:
    """Return what ``package.module:Name`` names, if it declares what it offers.

    Raises ValueError naming the address where it is malformed, or cannot be found or used.
    """
    module, colon, name = address.partition(":")
    if not (colon and module and name):
        raise ValueError(f"--implementation must be package.module:Name, got {address!r}")
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise ValueError(f"--implementation {address!r} cannot be imported: {error}") from error
    declared = getattr(found, "capabilities", None)
    if not callable(found) or declared is None or isinstance(declared, str):
        raise ValueError(
            f"--implementation {address!r} must be callable and have `capabilities`, a collection of words "
            "(tests/conformance/protocol.py)"
        )
    known = [str(word) for word in Capability]
    if unknown := sorted(set(declared) - set(known)):
        raise ValueError(f"capabilities of {address!r} must be among {known}, got {unknown}")
    rule = getattr(found, "acceptance", None)
    if Capability.ACCEPTANCE in declared and rule not in ACCEPTANCE_RULES:
        raise ValueError(f"acceptance of {address!r} must be one of {ACCEPTANCE_RULES}, got {rule!r}")
    return found
