"""A model whose loss is linear in its parameters, so that gradients averaged over processes are exact.

Process r of two sees the integer coefficients C_r, and the loss sum(C_r theta); one process alone sees both, and the
mean of the two losses.  The gradient (C_0 + C_1) / 2 is the same number in every arrangement.
"""

import torch
from torch import nn

from gpu import DFGDA
from tests.gpu.networks_of_two_groups import FINE, SCHEDULES, SELECTIONS

SHAPES = [[(5, 3), (3,)], [(1, 4), (6,)]]  # uneven over two processes; one of them gets nothing of (1, 4)
STEPS = 4

CASES = {
    **{f"selection {name}": SCHEDULES["geometric"] | SELECTIONS[name] for name in SELECTIONS},
    **{f"schedule {name}": SCHEDULES[name] | SELECTIONS["sweep"] for name in ("entropy", "compounding")},
    "schedule stale entropy": SCHEDULES["stale entropy"] | SELECTIONS["uniform"],
    "scale from the weights": FINE | {"half_width": None, "initial_temperature": None, "floor_factor": 1e-3},
    # Noise that makes some moves bad ones: where all are accepted, a wrong trial does not show.
    "block of everything": {"acceptance": "block", "noise": "root", "initial_temperature": 0.01},
    "block of blocks": {"acceptance": "block"}
    | SCHEDULES["compounding"]
    | SELECTIONS["block"]
    | {"noise": "root"},
    # Random moves, whose decay decides: the shards alone would often decide differently.
    "block with decay and penalty": {
        "acceptance": "block",
        "acceptance_rule": "descent",
        "energy": "regularized",
        "weight_decay": 50.0,
        "lr": 1e-4,
        "noise": "linear",
        "initial_temperature": 0.05,
    }
    | SELECTIONS["uniform"],
}
RULE = {"acceptance_rule": "metropolis", "on_nonfinite": "skip"}


def coefficients(step, rank):
    """Return the integers that process ``rank`` sees in a step, for each layer and parameter."""
    found = []
    for layer, shapes in enumerate(SHAPES):
        row = []
        for place, shape in enumerate(shapes):
            count = torch.Size(shape).numel()
            index = torch.arange(count) + 31 * layer + 7 * place + 13 * step + 5 * rank
            row.append(((index * index * 37) % 17 - 8).reshape(shape).to(torch.float64))
        found.append(row)
    return found


class Layer(nn.Module):
    def __init__(self, shapes, number):
        super().__init__()
        sizes = [torch.Size(shape).numel() for shape in shapes]
        self.weight, self.bias = (
            nn.Parameter(
                torch.linspace(-1.1, 0.9, size, dtype=torch.float64).mul(3 + number).sin().reshape(shape)
            )
            for size, shape in zip(sizes, shapes, strict=True)
        )

    def forward(self, row):
        return (self.weight * row[0]).sum() + (self.bias * row[1]).sum()


class Linear(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = (Layer(shapes, number) for number, shapes in enumerate(SHAPES))

    def forward(self, rows):
        return self.first(rows[0]) + self.second(rows[1])


def optimizer_of(layers, optimizer_class, **options):
    return optimizer_class(
        [{"params": list(layer.parameters())} for layer in layers], **({"lr": 0.01} | RULE | options)
    )


class Training:
    """A model, its optimizer, and the loss that this process sees.

    ranks: whose coefficients it sees; two of them for a process alone.
    curved: whether the loss is squared, so that gradients differ between the trials of a step.
    """

    def __init__(self, model, layers, ranks, curved=False, optimizer_class=DFGDA, **options):
        self.model, self.ranks, self.curved, self.number = model, ranks, curved, 0
        self.parameters = [parameter for layer in layers for parameter in layer.parameters()]
        self.optimizer = optimizer_of(layers, optimizer_class, **options)

    def loss(self):
        losses = [self.model(coefficients(self.number, rank)) for rank in self.ranks]
        loss = losses[0] if len(losses) == 1 else (losses[0] + losses[1]) / 2
        return loss.square() if self.curved else loss

    def closure(self):
        self.optimizer.zero_grad()
        loss = self.loss()
        loss.backward()
        return loss

    def run(self, steps, without_gradients=False):
        for _ in range(steps):
            self.optimizer.step(self.closure, loss_closure=self.loss if without_gradients else None)
            self.number += 1
        return self

    def outcome(self):
        """Return everything that a run arrives at, as whole tensors."""
        memories = [self.optimizer.state[parameter] for parameter in self.parameters]
        return {
            "parameters": [whole(parameter) for parameter in self.parameters],
            "averages": [whole(memory["mean_field"]) for memory in memories],
            "half_widths": [memory.get("half_width") for memory in memories],
            "groups": [
                {name: value for name, value in group.items() if name not in ("params", "param_names")}
                for group in self.optimizer.param_groups
            ],
        }


def whole(tensor):
    held = tensor.detach()
    return held.full_tensor() if hasattr(held, "full_tensor") else held.clone()


def alone(ranks=(0, 1), **options):
    """Return the training in one process."""
    model = Linear()
    return Training(model, [model.first, model.second], ranks, **options)
