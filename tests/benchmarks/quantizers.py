"""Ways to compute the soft-quantized value and the entropy of every parameter on a uniform grid.

Each maker takes (levels, half_width, temperature), prepares what does not depend on the parameters, and returns
a function from parameters, shape (n,), to value and entropy, both of shape (n,).  A maker raises ``Unavailable``
where its library is missing.
"""

from __future__ import annotations

import torch

# Entries of an (n, K) array that a literal method is given at most: its time per element does not depend on n
# beyond the caches (bench_cost_of_soft_quantization.py), and more would only take longer.  Our choice.
LITERAL_ENTRIES = 2**22


class Unavailable(Exception):
    """The library a candidate needs is not installed, or does not run on the device."""


def gpu_method(method):
    """A method of gpu.soft_quantize on the uniform grid."""

    def make(levels, half_width, temperature):
        from gpu.soft_quantization import soft_quantize

        count = levels.numel()
        return lambda theta: soft_quantize(theta, half_width, count, temperature, method=method)

    return make


def eager(levels, half_width, temperature):
    """The closed form in plain PyTorch."""
    from gpu.closed_form import closed_form

    count = levels.numel()
    return lambda theta: closed_form(theta, half_width, count, temperature)


def compiled(levels, half_width, temperature):
    """The closed form under torch.compile, for these shapes."""
    from gpu.closed_form import closed_form

    torch._dynamo.reset()
    count, function = levels.numel(), torch.compile(closed_form, dynamic=False)
    return lambda theta: function(theta, half_width, count, temperature)


def keops(levels, half_width, temperature):
    """Symbolic (n, K) arrays that are never stored: two reductions over the levels."""
    try:
        import pykeops
        from pykeops.torch import LazyTensor
    except ImportError as error:
        raise Unavailable("pykeops is not installed") from error
    if levels.is_cuda and not pykeops.config.gpu_available:
        raise Unavailable("pykeops finds no CUDA toolkit to compile with")
    row = LazyTensor(levels.view(1, -1, 1))

    def quantize(theta):
        energy = (LazyTensor(theta.view(-1, 1, 1)) - row).abs() / temperature
        means = (-energy).sumsoftmaxweight(row.concat(energy), dim=1)
        log_sum = (-energy).logsumexp(dim=1).view(-1)
        # H = log Z + mean energy, Z being the sum of the weights.
        return means[:, 0], log_sum + means[:, 1]

    return quantize


def numba_loop(fastmath):
    """One pass over the levels per parameter, nothing stored, compiled to machine code."""

    def make(levels, half_width, temperature):
        try:
            import numba
        except ImportError as error:
            raise Unavailable("numba is not installed") from error
        if levels.device.type != "cpu":
            raise Unavailable("the numba loop runs on the CPU only")
        import numpy as np

        @numba.njit(fastmath=fastmath)
        def stream(theta, levels, inverse, value, entropy):
            for i in range(theta.size):
                nearest = abs(theta[i] - levels[0])
                for k in range(1, levels.size):
                    nearest = min(nearest, abs(theta[i] - levels[k]))
                total = weighted = energies = 0.0 * inverse
                for k in range(levels.size):
                    energy = (abs(theta[i] - levels[k]) - nearest) * inverse
                    weight = np.exp(-energy)
                    total += weight
                    weighted += weight * levels[k]
                    energies += weight * energy
                value[i] = weighted / total
                entropy[i] = np.log(total) + energies / total

        grid = levels.numpy()
        inverse = grid.dtype.type(1.0 / temperature)

        def quantize(theta):
            value, entropy = torch.empty_like(theta), torch.empty_like(theta)
            stream(theta.numpy(), grid, inverse, value.numpy(), entropy.numpy())
            return value, entropy

        return quantize

    return make


def memory_copy(levels, half_width, temperature):
    """Floor: read every parameter, write two numbers for it."""
    outputs = {}

    def copy(theta):
        if not outputs:
            outputs.update(value=torch.empty_like(theta), entropy=torch.empty_like(theta))
        return outputs["value"].copy_(theta), outputs["entropy"].copy_(theta)

    return copy


def exponential(levels, half_width, temperature):
    """Floor: one exponential per parameter."""
    return lambda theta: (torch.exp(theta), theta)


def normal_numbers(levels, half_width, temperature):
    """Floor of the noise: one standard normal number per parameter."""
    outputs = {}

    def draw(theta):
        if not outputs:
            outputs["value"] = torch.empty_like(theta)
        return outputs["value"].normal_(), theta

    return draw


# Name -> (maker, whether the time grows with K, whether value and entropy are computed).
QUANTIZERS = {
    "dense": (gpu_method("dense"), True, True),
    "chunked": (gpu_method("chunked"), True, True),
    "pykeops": (keops, True, True),
    "numba": (numba_loop(False), True, True),
    "numba fastmath": (numba_loop(True), True, True),
    "closed form, eager": (eager, False, True),
    "closed form, compiled": (compiled, False, True),
    "memory copy": (memory_copy, False, False),
    "one exponential": (exponential, False, False),
    "one normal number": (normal_numbers, False, False),
}
TRITON = {"triton": (gpu_method("triton"), False, True)}  # on CUDA
