"""The released optimizer beside the reference over 200 steps, state by state, with shared random numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from gpu import released, released_unit
from gpu.mean_field import mean_field
from gpu.released import ReleasedDFGDA
from reference.random_streams import RandomStream
from reference.released import ReleasedSettings, ReleasedState, released_initial_state, released_step
from reference.training import NOISE_STREAM, ORDER_STREAM
from tests.gpu.objectives import LOSSES

EPS = float(np.finfo(np.float64).eps)

# The tensors into which the flat vector of a problem is cut: the released code tries and keeps whole tensors.
SHAPES = {
    "quadratic": [(2, 3), (5,), (1,)],
    "rosenbrock": [(2, 2), (1,), (1,)],
    "network": [(4, 5), (5,), (5, 3), (3,)],
}

# As the scripts set them, on few levels and on their 1024; and a colder run that tries a share of the tensors.
VERSIONS = {
    "few levels": {"temperature": 1.0, "lr": 0.01, "level_count": 16},
    "as in the scripts": {"temperature": 1.0, "lr": 0.01},
    "cold, a share of the tensors": {"temperature": 0.1, "lr": 0.3, "level_count": 16, "f_min": 0.0},
}

# The same growth as for the other versions: ten decimal digits are left after 200 steps.
TRAJECTORY = 2**20 * EPS


def reference_states(objective, shapes, seed, steps, temperature, lr, **options):
    """The states of the reference, one after each step, each with the number of tensors tried in the step."""
    ends = np.cumsum([math.prod(shape) for shape in shapes])

    def cut(flat):
        return [part.reshape(shape) for part, shape in zip(np.split(flat, ends[:-1]), shapes, strict=True)]

    def flat(tensors):
        return np.concatenate([tensor.ravel() for tensor in tensors])

    settings = ReleasedSettings(step_size=lr, **options)
    first = released_initial_state(cut(objective.start))
    state = ReleasedState(first.tensors, first.mean_fields, temperature)
    for step in range(steps):
        taken = released_step(
            state,
            settings,
            lambda tensors: objective.loss(flat(tensors)),
            lambda tensors: cut(objective.gradient(flat(tensors))),
            RandomStream(seed, ORDER_STREAM).permutation(step, len(shapes)),
            cut(RandomStream(seed, NOISE_STREAM).normals(step, np.arange(ends[-1]))),
        )
        state = taken.state
        yield state, len(taken.selected)


def largest_gap(loss, steps, seed=1, **options):
    """The largest difference over a trajectory: parameters, averages, temperature, losses; inf if counts part."""
    objective, shapes = LOSSES[loss](), SHAPES[loss]
    sizes = [math.prod(shape) for shape in shapes]
    parts = torch.tensor(objective.start).split(sizes)
    tensors = [torch.nn.Parameter(part.reshape(shape)) for part, shape in zip(parts, shapes, strict=True)]
    optimizer, calls = ReleasedDFGDA(tensors, seed=seed, **options), 0

    def closure():
        nonlocal calls
        calls += 1
        optimizer.zero_grad()
        value = objective.function(torch.cat([tensor.reshape(-1) for tensor in tensors]))
        value.backward()
        return value

    gap, wanted_calls = 0.0, 0
    for state, tried in reference_states(objective, shapes, seed, steps, **options):
        optimizer.step(closure)
        wanted_calls += 1 + tried
        group = optimizer.param_groups[0]
        held = [tensor.detach().numpy() for tensor in tensors]
        held += [optimizer.state[tensor]["mean_field"].numpy() for tensor in tensors]
        held += [np.array(group["temperature"]), np.array(group["losses"])]
        wanted = [*state.tensors, *state.mean_fields, np.array(state.temperature), np.array(state.losses)]
        gap = max(gap, *(float(np.abs(x - y).max()) for x, y in zip(held, wanted, strict=True)))
        if calls != wanted_calls:
            return math.inf
    return gap


@pytest.mark.parametrize("loss", sorted(LOSSES))
@pytest.mark.parametrize("name", sorted(VERSIONS))
def test_two_hundred_steps_are_those_of_the_reference(name, loss):
    assert largest_gap(loss, 200, **VERSIONS[name]) <= TRAJECTORY


class NeighboursNumbers(released.RandomStream):
    """Every entry gets the normal number of the next one."""

    def normals(self, step, indices, dtype=torch.float64):
        return super().normals(step, indices + 1, dtype)


class ReversedOrder(released.RandomStream):
    """The tensors are tried from the last to the first."""

    def permutation(self, step, size, device=None):
        return super().permutation(step, size, device).flip(0)


# What is planted: a module, the rule of it that is replaced, and the wrong rule made of the right one.
WRONG = {
    "accept sign": (released, "released_acceptance", lambda rule: lambda change, heat: rule(-change, heat)),
    "every candidate kept": (released, "released_acceptance", lambda rule: lambda change, heat: True),
    "temperature off by one percent": (
        released_unit,
        "released_soft_quantize",
        lambda rule: lambda candidate, count, heat: rule(candidate, count, 1.01 * heat),
    ),
    "next temperature off by one percent": (
        released,
        "released_temperature",
        lambda rule: lambda *arguments: 1.01 * rule(*arguments),
    ),
    "one level missing": (
        released_unit,
        "released_soft_quantize",
        lambda rule: lambda candidate, count, heat: rule(candidate, count - 1, heat),
    ),
    "smoothing weights exchanged": (
        released_unit,
        "mean_field",
        lambda rule: lambda before, slope, alpha: mean_field(before, slope, alpha, "gradient"),
    ),
    "entropy of one tensor only": (
        released,
        "released_entropy",
        lambda rule: lambda tensors, heat: rule(tensors[:1], heat),
    ),
    "previous and current loss exchanged": (
        released,
        "released_fraction",
        lambda rule: lambda losses, *bounds: rule([*losses[:-2], *losses[-1:], *losses[-2:-1]], *bounds),
    ),
    "noise shifted by one": (released_unit, "RandomStream", lambda stream: NeighboursNumbers),
    "order reversed": (released, "RandomStream", lambda stream: ReversedOrder),
}
# A loss that moves, and a share of the tensors that follows its changes.
SENSITIVE = {"loss": "quadratic", "steps": 30, **VERSIONS["cold, a share of the tensors"]}


@pytest.mark.parametrize("name", WRONG)
def test_a_planted_error_leaves_the_reference(name, monkeypatch):
    module, rule, wrong = WRONG[name]
    monkeypatch.setattr(module, rule, wrong(getattr(module, rule)))
    assert largest_gap(**SENSITIVE) > TRAJECTORY


def test_without_the_planted_errors_the_same_run_agrees():
    assert largest_gap(**SENSITIVE) <= TRAJECTORY
