"""Run by test_dfgda_resume.py as a process of its own: go on from saved states, and save where that leads.

Arguments: the file to read, the file to write, the number of steps.  A run is known by its
optimizer, as package.module:Name, and by its name.
"""

import sys
from pkgutil import resolve_name

import torch

from gpu import DFGDA
from tests.gpu.networks_of_two_groups import TwoGroups


def resumed(saved, steps, optimizer_class=DFGDA):
    """Return parameters and state after some more steps."""
    problem = TwoGroups()
    # Other options than those of the saved run: loading brings its own.
    optimizer = optimizer_class(problem.groups, lr=0.5, seed=99)
    with torch.no_grad():
        for parameter, value in zip(problem.parameters, saved["parameters"], strict=True):
            parameter.copy_(value)
    optimizer.load_state_dict(saved["state"])
    for _ in range(steps):
        optimizer.step(problem.closure)
    return {"parameters": [p.detach() for p in problem.parameters], "state": optimizer.state_dict()}


if __name__ == "__main__":
    source, target, steps = sys.argv[1:]
    runs = torch.load(source, weights_only=True)
    ends = {
        (optimizer, name): resumed(saved, int(steps), resolve_name(optimizer))
        for (optimizer, name), saved in runs.items()
    }
    torch.save(ends, target)
