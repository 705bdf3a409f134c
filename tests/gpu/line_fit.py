"""A line fitted to points: the problem on which torch's machinery runs both optimizers."""

import torch
from torch.nn import Parameter

STEPS = 4


def line(device, dtype=torch.float64, contiguous=True):
    """Return weight and bias of a line, and the closure of its squared distance to points; generic numbers."""
    inputs = torch.linspace(-1.0, 2.0, 15, dtype=torch.float64).reshape(5, 3)
    targets = (inputs @ torch.tensor([0.7, -0.4, 0.2], dtype=torch.float64)).sin()
    inputs, targets = inputs.to(device, dtype), targets.to(device, dtype)
    start = torch.tensor([[1.3, -0.9, 0.8], [0.4, 1.1, -1.7]], dtype=dtype, device=device)
    weight = Parameter(start if contiguous else start.t().contiguous().t())
    bias = Parameter(torch.tensor([0.6, -0.35], dtype=dtype, device=device))

    def distance():
        return ((inputs @ weight.t() + bias - targets.unsqueeze(1)) ** 2).mean()

    return weight, bias, distance


def closure_of(optimizer, loss, parameters, maximize=False):
    """Return a closure that lowers a loss, or raises its negative."""

    def closure():
        optimizer.zero_grad()
        value = -loss() if maximize else loss()
        value.backward()
        return value

    return closure


def run(optimizer, loss, steps=STEPS, maximize=False):
    closure = closure_of(optimizer, loss, None, maximize)
    return [optimizer.step(closure).detach() for _ in range(steps)]


def parameters_of(optimizer):
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]


def made(info, optim_input, device, dtype=torch.float64, named=False, **line_options):
    """Return an optimizer of a line and its loss."""
    weight, bias, loss = line(device, dtype, **line_options)
    params = [("weight", weight), ("bias", bias)] if named else [weight, bias]
    return info.optim_cls(params, **optim_input.kwargs), loss


def without_params(state_dict):
    """Return the groups of a state without names, which another optimizer need not share."""
    return [{k: v for k, v in group.items() if k != "param_names"} for group in state_dict["param_groups"]]
