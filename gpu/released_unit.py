"""One parameter tensor under the released rules: its average, and its candidate.

Twin: the loop over the tensors in reference/released.py.  Differences: any floating dtype and device; 16-bit
entries are worked on in float32; the normals come from ``random_streams.py``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

from gpu.mean_field import mean_field
from gpu.random_streams import NOISE_STREAM, RandomStream
from gpu.released_rules import released_soft_quantize


class ReleasedUnit(NamedTuple):
    """What is tried, and kept or restored, as a whole.

    Attributes:
        name: of the parameter, for errors.
        theta: the parameter, any shape, not empty.
        group: its parameter group: lr, smoothing, level_count and seed are read.
        first_entry: number of its first entry among all parameters.

    >>> group = {"lr": 1.0, "smoothing": 0.75, "level_count": 2, "seed": 0}
    >>> theta = torch.tensor([0.0, 2.0])
    >>> theta.grad = torch.tensor([0.0, 4.0])
    >>> unit = ReleasedUnit("theta", theta, group, 0)
    >>> unit.averaged(None).tolist(), unit.candidate(unit.averaged(None), 1e-6, 0).round().tolist()
    ([0.0, 1.0], [0.0, 1.0])
    """

    name: str
    theta: Tensor
    group: dict[str, Any]
    first_entry: int

    def averaged(self, before: Tensor | None) -> Tensor:
        """Return the average of gradients after the gradient that the parameter holds now.

        Arguments:
            before: the average so far, the shape of the parameter; None for zero.

        Raises:
            ValueError: the gradient is missing, not dense or not finite.
        """
        gradient = self.theta.grad
        if gradient is None or gradient.layout != torch.strided:
            given = "none" if gradient is None else f"layout {gradient.layout}"
            raise ValueError(
                f"the gradient of {self.name} must be a dense tensor after each call, got {given}"
            )
        if not torch.isfinite(gradient).all():
            raise ValueError(f"the gradient of {self.name} must be finite, got {_first_nonfinite(gradient)}")
        work = _working_dtype(self.theta)
        old = torch.zeros_like(self.theta) if before is None else before
        return mean_field(old.to(work), gradient.to(work), self.group["smoothing"]).to(self.theta.dtype)

    def candidate(self, average: Tensor, temperature: float, step: int) -> Tensor:
        """Return S(x - lr m + T z), in the working dtype.

        Arguments:
            average: m, the shape of the parameter.
            temperature: T, a Python number, positive.
            step: number of the step, which numbers the normals z.

        Raises:
            ValueError: x - lr m + T z has no finite range.
        """
        work, lr = _working_dtype(self.theta), self.group["lr"]
        entries = torch.arange(self.theta.numel(), device=self.theta.device).reshape(self.theta.shape)
        stream = RandomStream(self.group["seed"], NOISE_STREAM)
        normals = stream.normals(step, self.first_entry + entries, dtype=work)
        step_size = lr.reshape(()) if isinstance(lr, Tensor) else lr
        moved = self.theta.to(work) - step_size * average.to(work) + temperature * normals
        low, high = torch.aminmax(moved)
        if not torch.isfinite(high - low):
            raise ValueError(
                f"the candidate of {self.name} must have a finite range in {work}, got [{low}, {high}]"
            )
        return released_soft_quantize(moved, self.group["level_count"], temperature)


def _working_dtype(theta: Tensor) -> torch.dtype:
    if not theta.is_floating_point():
        raise TypeError(f"parameters must be real floating-point tensors, got {theta.dtype}")
    return torch.float64 if theta.dtype == torch.float64 else torch.float32


def _first_nonfinite(values: Tensor) -> float:
    return float(values[~torch.isfinite(values)][0])
