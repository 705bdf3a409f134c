"""An example of an adapter: ``torch.optim.SGD``, and two variants that promise too much.

pytest tests/conformance --implementation tests.conformance.wrapped_sgd:WrappedSGD
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, ClassVar

from tests.conformance.protocol import Capability, FloatArray, Objective, Options


class WrappedSGD:
    """Plain SGD: a gradient step that can be saved; no fraction, mask, noise, quantizer or test."""

    capabilities: ClassVar[set[Capability]] = {Capability.PLAIN_STEP, Capability.RESUME}
    momentum: ClassVar[float] = 0.0

    def __init__(self, objective: Objective, start: FloatArray, seed: int, options: Options) -> None:
        # Imported here, so that the suite can be collected where torch is absent.
        import torch

        self.torch, self.objective = torch, objective
        self.parameter = torch.nn.Parameter(torch.tensor(start, dtype=torch.float64))
        self.optimizer = torch.optim.SGD([self.parameter], lr=options.learning_rate, momentum=self.momentum)

    @property
    def theta(self) -> FloatArray:
        return self.parameter.detach().numpy().copy()

    def step(self) -> None:
        self.parameter.grad = self.torch.tensor(self.objective.gradient(self.theta))
        self.optimizer.step()

    def state_dict(self) -> Mapping[str, Any]:
        return {"theta": self.theta, "optimizer": copy.deepcopy(self.optimizer.state_dict())}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.optimizer.load_state_dict(copy.deepcopy(state["optimizer"]))
        with self.torch.no_grad():
            self.parameter.copy_(self.torch.tensor(state["theta"]))


class WrappedMomentumSGD(WrappedSGD):
    """SGD with momentum 0.9 that still claims a plain step: not descent, and not gradient descent."""

    momentum = 0.9


class ForgetfulMomentumSGD(WrappedMomentumSGD):
    """Saves the parameters and leaves the momentum buffer behind."""

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        with self.torch.no_grad():
            self.parameter.copy_(self.torch.tensor(state["theta"]))


class BoastfulSGD(WrappedSGD):
    """Claims a mask, a quantizer and noise, ignores their options and reports that it updates everything."""

    capabilities: ClassVar[set[Capability]] = {
        *WrappedSGD.capabilities,
        Capability.FRACTION,
        Capability.FRACTION_RULE,
        Capability.MASK,
        Capability.QUANTIZER,
        Capability.NOISE,
    }
    last_fraction = 1.0
