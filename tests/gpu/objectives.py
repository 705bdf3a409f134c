"""Losses that NumPy and PyTorch see alike: a function of a float64 tensor, and its gradient by autograd.

The two sides of a comparison share the loss, so that what differs can only be the optimizer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch


@dataclass(frozen=True)
class SharedLoss:
    """A smooth loss of a flat vector, with a start; an ``Objective`` for the reference."""

    name: str
    function: object
    start: np.ndarray
    sample_count: int = 3  # the loss does not look at them: enough for three data blocks

    def loss(self, theta, samples=None):
        with torch.no_grad():
            return float(self.function(torch.tensor(theta)))

    def gradient(self, theta, samples=None):
        leaf = torch.tensor(theta, requires_grad=True)
        self.function(leaf).backward()
        return leaf.grad.numpy()


def quadratic(size=12):
    scales = torch.linspace(0.2, 3.0, size, dtype=torch.float64)
    rng = np.random.default_rng(5)
    target = torch.tensor(rng.normal(size=size))
    return SharedLoss("quadratic", lambda x: (scales * (x - target) ** 2).sum() / 2, rng.normal(size=size))


def rosenbrock(size=6):
    def function(x):
        return (10.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2).sum() / 20

    return SharedLoss("Rosenbrock", function, np.linspace(-1.0, 1.2, size))


def network_on_iris():
    """A network of 4-5-3 units with cross-entropy on Fisher's iris data."""
    from sklearn.datasets import load_iris

    samples, labels = load_iris(return_X_y=True)
    inputs = torch.tensor((samples - samples.mean(0)) / samples.std(0))
    classes = torch.tensor(labels)

    def function(x):
        hidden = torch.tanh(inputs @ x[:20].view(4, 5) + x[20:25])
        return torch.nn.functional.cross_entropy(hidden @ x[25:40].view(5, 3) + x[40:43], classes)

    return SharedLoss("network on iris", function, np.random.default_rng(7).normal(size=43) * 0.5)


LOSSES = {"quadratic": quadratic, "rosenbrock": rosenbrock, "network": network_on_iris}
