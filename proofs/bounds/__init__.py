"""Bounds as functions: the paper's (`*_paper`) beside the best possible (`*_sharp`).

Each sharp bound is proved in `proofs/evidence/`, attained by the example named in its docstring, and
derived a second time in `tests/theorems/`.
"""

from proofs.bounds.temperature import (
    final_temperature_paper,
    final_temperature_sharp,
    final_temperature_sharp_uniform,
    initial_temperature_paper,
    initial_temperature_sharp,
    initial_temperature_sharp_uniform,
)

__all__ = [
    "final_temperature_paper",
    "final_temperature_sharp",
    "final_temperature_sharp_uniform",
    "initial_temperature_paper",
    "initial_temperature_sharp",
    "initial_temperature_sharp_uniform",
]
