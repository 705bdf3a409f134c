"""What soft quantization on tensors costs: operations, memory, reads on the host, compilations."""

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode

from gpu.closed_form import closed_form
from gpu.soft_quantization import soft_quantize
from tests.gpu.quantization_errors import (
    budget,
    largest_error,
)
from tests.gpu.strategies import (
    GridProblem,
)


class Ledger(TorchDispatchMode):
    """Count the operations, and the bytes of the largest tensor that one of them returns."""

    def __init__(self):
        super().__init__()
        self.operations, self.largest = 0, 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        results = func(*args, **(kwargs or {}))
        self.operations += 1
        for result in results if isinstance(results, (tuple, list)) else [results]:
            if isinstance(result, torch.Tensor):
                self.largest = max(self.largest, result.numel() * result.element_size())
        return results


def cost(count, method="closed_form", heat=0.01, as_tensor=True):
    theta = torch.linspace(-1.0, 1.0, 1000)
    with Ledger() as ledger:
        if method == "closed_form":
            vector = torch.tensor([heat], dtype=torch.float64)  # one element, but not read on the host
            closed_form(theta, 1.0, count, vector if as_tensor else heat)
        else:
            soft_quantize(theta, 1.0, count, heat, method)
    return ledger.operations, ledger.largest / (theta.numel() * theta.element_size())


@pytest.mark.parametrize("as_tensor", [True, False])
def test_operations_and_memory_do_not_depend_on_the_number_of_levels(as_tensor):
    assert (
        cost(16, as_tensor=as_tensor) == cost(1024, as_tensor=as_tensor) == cost(65536, as_tensor=as_tensor)
    )
    _, largest = cost(1024, as_tensor=as_tensor)
    assert largest <= 2.0  # the position within a cell takes float64


def test_the_literal_method_needs_k_numbers_per_parameter():
    assert cost(16, "dense")[1] >= 16
    assert cost(1024, "dense")[1] >= 1024


def test_a_temperature_on_a_device_is_not_read_by_the_host():
    with FakeTensorMode():
        theta = torch.empty(7, device="cuda")
        heat = torch.empty((), dtype=torch.float64, device="cuda")
        form = closed_form(theta, 1.0, 1024, heat)
        assert form.value.device == form.entropy.device == theta.device


# A warning of torch about torch, raised while its compiler is imported.
@pytest.mark.filterwarnings("ignore:.*torch.jit.script_method.*:DeprecationWarning")
@torch._dynamo.config.patch(error_on_recompile=True)
def test_one_compilation_serves_every_temperature():
    torch._dynamo.reset()
    compiled = torch.compile(closed_form, fullgraph=True)
    theta = torch.linspace(-1.2, 1.2, 1001)
    half_width = torch.tensor(1.0, dtype=torch.float64)
    for heat in (1e-6, 0.004, 0.05, 1.0, 30.0):
        temperature = torch.tensor(heat, dtype=torch.float64)
        form = compiled(theta, half_width, 256, temperature)
        problem = GridProblem(theta[::100].double().numpy(), 1.0, 256, heat)
        sample = [result[::100].double().numpy() for result in form]
        assert largest_error(problem, sample) <= budget(torch.float32)
        for one, other in zip(form, closed_form(theta, 1.0, 256, temperature), strict=True):
            torch.testing.assert_close(one, other, rtol=budget(torch.float32), atol=budget(torch.float32))


@torch._dynamo.config.patch(error_on_recompile=True)
def test_a_recompilation_would_be_noticed():
    torch._dynamo.reset()
    compiled = torch.compile(closed_form, backend="eager", fullgraph=True)
    compiled(torch.zeros(3), 1.0, 256, 0.1)
    with pytest.raises(torch._dynamo.exc.RecompileError):
        compiled(torch.zeros(3), 1.0, 255, 0.1)
