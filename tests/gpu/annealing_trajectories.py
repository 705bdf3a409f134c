"""Trajectories of the optimizer by the annealing kernel and by the plain form: shared by interpreter and device."""

from __future__ import annotations

import math

import torch

from gpu import DFGDA
from gpu.fused_step import kernel_used

COUNTS = ("step", "sweep", "position", "tried", "accepted", "refused")
STEPS = 20
QUANTIZED = {
    "quantizer": "closed_form",
    "half_width": 2.0,
    "level_count": 33,
    "initial_temperature": 0.1,
    "floor_factor": 0.5,
}
TRAJECTORIES = {
    "defaults": {},
    "no memory, always": {"smoothing": 0.0, "acceptance": "none", "weight_decay": 0.01, "noise": "linear"},
    "sweep on the device": {
        "f_min": 0.3,
        "f_max": 0.3,
        "tile_size": 32,
        "acceptance_rule": "metropolis",
        "initial_temperature": 0.01,
        "noise": "langevin",
    },
    "sweep on the host": {"f_min": 0.3, "f_max": 0.3, "tile_size": 48},
    "block on the device, a tensor without levels": {
        "selection": "block",
        "f_min": 0.25,
        "f_max": 0.25,
        "acceptance_rule": "sigmoid",
        "noise": "linear",
        "schedule": "compounding",
        **QUANTIZED,
        "half_width": None,
        "scale": "tensor",
    },
    "subset, entropy of the selected": {
        "selection": "uniform",
        "f_min": 0.4,
        "f_max": 0.4,
        "schedule": "entropy",
        "entropy_scope": "selected",
        "energy": "regularized",
        "penalty_form": "distance_times_temperature",
        "acceptance_rule": "doubled_sigmoid",
        "weighting": "gradient",
        "refreshed": "all",
        **QUANTIZED,
    },
    "skipped steps": {"on_nonfinite": "skip", "f_min": 0.5, "f_max": 0.5, "tile_size": 16, "maximize": True},
}


class Model:
    """A quadratic of three tensors: one is a transposed matrix, one has a single element, one is long."""

    def __init__(self, dtype, maximize, device):
        generator = torch.Generator().manual_seed(3)
        shapes = ((5, 7), (1,), (131,))
        starts = [torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes]
        targets = [torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes]
        starts[0], targets[0] = starts[0].T, targets[0].T
        self.parameters = [torch.nn.Parameter(start.to(device, dtype)) for start in starts]
        self.targets, self.sign = [target.to(device, dtype) for target in targets], -1.0 if maximize else 1.0

    def differentiate(self, broken):
        for parameter, target in zip(self.parameters, self.targets, strict=True):
            parameter.grad = self.sign * (parameter.detach() - target)
        if broken:
            self.parameters[1].grad[0] = math.nan


def trajectory(options, dtype, use, device="cpu"):
    """Parameters and numbers of the optimizer after each step; the gradient of the fifth is no number."""
    model = Model(dtype, options.get("maximize", False), device)
    optimizer = DFGDA(model.parameters, lr=0.5, seed=2**63 + 5, **options)
    with kernel_used(use):
        for step in range(STEPS):
            model.differentiate(broken=options.get("on_nonfinite") == "skip" and step == 4)
            optimizer.step()
            yield (
                [parameter.detach().double().clone() for parameter in model.parameters],
                optimizer.status()[0],
            )


def is_exact(options):
    """Whether a trajectory meets no exponential, logarithm or cosine, so that nothing may differ."""
    return "quantizer" not in options and options.get("noise") is None
