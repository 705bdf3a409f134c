"""What the paper says, in float64 NumPy: one equation, one function. NumPy only, no global state.

Only the folder ``estimators``, which nothing here imports, needs scikit-learn too.

The names below cover the quantizer, the schedules, the fraction rule, acceptance and random streams.
The update rules and the algorithms are in modules of their own:

    reference.updates, reference.trajectories   dense, masked and blockwise updates
    reference.algorithm, reference.training     Algorithm 1: one step, and the loop
    reference.released                          what the authors' public code does
    reference.gda, reference.markov_chain       generalized deterministic annealing on K-state neurons
    reference.networks                          shapes and initial weights of real networks
    reference.step_costs                        exact counts of one step of Algorithm 1
    reference.first_order_test                  the acceptance test to first order (ours)
    reference.support_vector_machine            primal, dual, and the solvers beside it
    reference.k_means, reference.lloyd          the objective, its update, and the annealed runs
    reference.distances                         squared distances, for both learners
    reference.image_restoration                 annealing, descent and energies on images
    (folder) estimators                         the learners behind scikit-learn's interface
"""

from reference.acceptance import acceptance_probability, metropolis_probability
from reference.blocks import block_count, even_partition, greedy_partition
from reference.entropy import level_entropy, total_entropy
from reference.fraction import update_count, update_fraction
from reference.levels import scaled_levels, uniform_levels
from reference.markov_chain import transition_matrix
from reference.networks import initial_network, initial_weights, network_tensors
from reference.noise import noise_scale
from reference.random_streams import RandomStream, philox4x32
from reference.soft_quantization import level_probabilities, soft_quantize
from reference.temperature import (
    clamp_temperature,
    compounding_temperature,
    entropy_temperature,
    fixed_temperature,
    geometric_temperature,
    initial_temperature,
    largest_entropy,
    smallest_temperature,
)

__all__ = [
    "RandomStream",
    "acceptance_probability",
    "block_count",
    "clamp_temperature",
    "compounding_temperature",
    "entropy_temperature",
    "even_partition",
    "fixed_temperature",
    "geometric_temperature",
    "greedy_partition",
    "initial_network",
    "initial_temperature",
    "initial_weights",
    "largest_entropy",
    "level_entropy",
    "level_probabilities",
    "metropolis_probability",
    "network_tensors",
    "noise_scale",
    "philox4x32",
    "scaled_levels",
    "smallest_temperature",
    "soft_quantize",
    "total_entropy",
    "transition_matrix",
    "uniform_levels",
    "update_count",
    "update_fraction",
]
