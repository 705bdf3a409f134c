"""A small problem in two groups, whose closure counts its calls: shared by the tests of the optimizer as a whole."""

import torch
from torch.nn import Parameter

# Levels close enough, and a temperature low enough, that quantized weights can follow a gradient.
FINE = {"quantizer": "closed_form", "level_count": 2**16, "half_width": 4.0, "initial_temperature": 1e-4}

SELECTIONS = {
    "everything": {},
    "uniform": {"selection": "uniform", "f_min": 0.2, "f_max": 0.8},
    "block": {"selection": "block", "f_min": 0.3, "f_max": 0.6},
    "sweep": {"selection": "sweep", "tile_size": 2, "f_min": 0.2, "f_max": 0.8},
}
SCHEDULES = {
    "geometric": {"schedule": "geometric", "initial_temperature": 1e-4, "noise": "langevin"},
    "fixed": {"schedule": "fixed", "initial_temperature": 1e-4, "noise": "linear"},
    "entropy": {"schedule": "entropy", "noise": "linear", **FINE},
    "stale entropy": {"schedule": "entropy", "entropy_order": "stale", "noise": "root", **FINE},
    "compounding": {"schedule": "compounding", "noise": "linear", **FINE},
}
ACCEPTANCES = ("none", "linearised", "block", "exact")


class TwoGroups:
    """A network 3-2-1 on generic points: its layers are two groups of 8 and 3 elements."""

    def __init__(self, dtype=torch.float64):
        self.inputs = torch.linspace(-1.0, 2.0, 15, dtype=dtype).reshape(5, 3)
        self.targets = (self.inputs @ torch.tensor([0.7, -0.4, 0.2], dtype=dtype)).sin()
        first = torch.linspace(-0.9, 1.1, 6, dtype=dtype).reshape(2, 3).cos()
        self.layers = [
            [Parameter(first), Parameter(torch.tensor([0.3, -0.2], dtype=dtype))],
            [
                Parameter(torch.tensor([[0.8, -0.6]], dtype=dtype)),
                Parameter(torch.tensor([0.1], dtype=dtype)),
            ],
        ]
        self.calls = 0

    @property
    def parameters(self):
        return [parameter for layer in self.layers for parameter in layer]

    @property
    def groups(self):
        return [{"params": layer} for layer in self.layers]

    def loss(self):
        self.calls += 1
        (weight, bias), (last, offset) = self.layers
        hidden = torch.tanh(torch.nn.functional.linear(self.inputs, weight, bias))
        return (torch.nn.functional.linear(hidden, last, offset).squeeze(1) - self.targets).square().mean()

    def closure(self):
        for parameter in self.parameters:
            parameter.grad = None
        value = self.loss()
        value.backward()
        return value
