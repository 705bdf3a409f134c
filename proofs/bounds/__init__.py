"""Bounds as functions: the paper's (`*_paper`) beside the best possible (`*_sharp`).

Each sharp bound is proved in `proofs/evidence/`, attained by the example named in its docstring, and
derived a second time in `tests/theorems/`.
"""

from proofs.bounds.blockwise import epoch_fall_coefficient, stationary_epochs
from proofs.bounds.drift import (
    expected_time_bounded_decrease,
    expected_time_geometric,
    expected_time_paper,
    expected_time_sharp,
)
from proofs.bounds.fraction import fraction_excess, fraction_range, freezing_ratio
from proofs.bounds.masked import (
    expected_descent_step_limit,
    mean_square_step_limit,
    sure_descent_step_limit,
)
from proofs.bounds.quantization import (
    soft_quantization_displacement,
    soft_quantization_lipschitz,
    soft_quantization_modulus,
    total_variation_modulus,
)
from proofs.bounds.schedule import (
    critical_ratio,
    entropy_range_uniform,
    temperature_floor,
    temperature_floor_uniform,
)
from proofs.bounds.stationarity import (
    hitting_time_paper,
    hitting_time_sharp,
    stationarity_bound_paper,
    stationarity_bound_sharp,
)
from proofs.bounds.temperature import (
    final_temperature_paper,
    final_temperature_sharp,
    final_temperature_sharp_uniform,
    initial_temperature_paper,
    initial_temperature_sharp,
    initial_temperature_sharp_uniform,
)
from proofs.bounds.uniform_grid import (
    closed_form_uniform,
    non_expansive_temperature,
    soft_quantization_lipschitz_uniform,
)

__all__ = [
    "closed_form_uniform",
    "critical_ratio",
    "entropy_range_uniform",
    "epoch_fall_coefficient",
    "expected_descent_step_limit",
    "expected_time_bounded_decrease",
    "expected_time_geometric",
    "expected_time_paper",
    "expected_time_sharp",
    "final_temperature_paper",
    "final_temperature_sharp",
    "final_temperature_sharp_uniform",
    "fraction_excess",
    "fraction_range",
    "freezing_ratio",
    "hitting_time_paper",
    "hitting_time_sharp",
    "initial_temperature_paper",
    "initial_temperature_sharp",
    "initial_temperature_sharp_uniform",
    "mean_square_step_limit",
    "non_expansive_temperature",
    "soft_quantization_displacement",
    "soft_quantization_lipschitz",
    "soft_quantization_lipschitz_uniform",
    "soft_quantization_modulus",
    "stationarity_bound_paper",
    "stationarity_bound_sharp",
    "stationary_epochs",
    "sure_descent_step_limit",
    "temperature_floor",
    "temperature_floor_uniform",
    "total_variation_modulus",
]
