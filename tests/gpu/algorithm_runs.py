"""Runs of ``DFGDA`` beside those of the reference with shared random numbers: by the plain form, and by the kernel."""

from __future__ import annotations

import math

import numpy as np
import torch

from gpu import DFGDA
from reference.blocks import even_partition
from reference.levels import uniform_levels
from reference.settings import Settings
from reference.state import initial_state
from reference.training import run

EPS = float(np.finfo(np.float64).eps)
HALF_WIDTH, LEVELS = 2.0, 33
SEED = 11

# Rounding errors of a step, at most a few hundred operations on numbers below 100, grow over a trajectory by the
# expansion of the map; ten decimal digits are left after 200 steps.
ONE_STEP = 2**12 * EPS
TRAJECTORY = 2**20 * EPS

# Options of the optimizer beside the settings of the reference, in pairs that mean the same.
COOLED = (
    {
        "selection": "uniform",
        "f_min": 0.1,
        "f_max": 0.5,
        "quantizer": "closed_form",
        "half_width": HALF_WIDTH,
        "level_count": LEVELS,
        "schedule": "entropy",
        "entropy_normaliser": "initial",
        "initial_temperature": 0.05,
        "floor_factor": 0.01,
        "noise": "linear",
    },
    {
        "f_min": 0.1,
        "f_max": 0.5,
        "levels": uniform_levels(HALF_WIDTH, LEVELS),
        "schedule": "entropy",
        "initial_temperature": 0.05,
        "floor_factor": 0.01,
        "noise": "linear",
    },
)
PAIRS = {
    "gradient descent": (
        {"smoothing": 0.0, "acceptance": "none"},
        {"smoothing": 0.0, "acceptance": "always", "comparison": "joint", "schedule": "fixed"},
    ),
    "averages and noise": (
        {"noise": "langevin", "acceptance": "none", "schedule": "geometric", "initial_temperature": 0.01},
        {
            "noise": "langevin",
            "acceptance": "always",
            "comparison": "joint",
            "schedule": "geometric",
            "initial_temperature": 0.01,
        },
    ),
    "masked": (
        {"selection": "uniform", "f_min": 0.1, "f_max": 0.7, "acceptance": "none", "smoothing": 0.5},
        {"f_min": 0.1, "f_max": 0.7, "acceptance": "always", "comparison": "joint", "smoothing": 0.5},
    ),
    "joint": (
        {"selection": "uniform", "f_min": 0.2, "f_max": 0.8, "acceptance": "block", "refreshed": "all"},
        {"f_min": 0.2, "f_max": 0.8, "comparison": "joint", "refreshed": "all"},
    ),
    "decrease": (
        {
            "selection": "uniform",
            "f_min": 0.2,
            "f_max": 0.8,
            "acceptance": "exact",
            "loss_change": "decrease",
            "divisor": "initial_drop",
            "weighting": "gradient",
        },
        {
            "f_min": 0.2,
            "f_max": 0.8,
            "loss_change": "decrease",
            "divisor": "initial_drop",
            "weighting": "gradient",
        },
    ),
    "blockwise": (
        {"selection": "block", "block_count": 3, "f_min": 0.2, "f_max": 0.8, "acceptance": "exact"},
        {"selection": "block", "f_min": 0.2, "f_max": 0.8},
    ),
    "quantized": (
        COOLED[0] | {"acceptance": "none"},
        COOLED[1] | {"acceptance": "always", "comparison": "joint"},
    ),
    "algorithm": (
        COOLED[0] | {"acceptance": "exact", "energy": "regularized"},
        COOLED[1] | {"energy": "regularized"},
    ),
    "algorithm, other readings": (
        {
            "selection": "uniform",
            "f_min": 0.1,
            "f_max": 0.5,
            "quantizer": "literal",
            "half_width": HALF_WIDTH,
            "level_count": LEVELS,
            "schedule": "entropy",
            "entropy_normaliser": "observed_maximum",
            "entropy_order": "stale",
            "initial_temperature": 0.05,
            "floor_factor": 0.02,
            "noise": "root",
            "noise_placement": "outside",
            "acceptance": "block",
            "acceptance_rule": "metropolis",
            "energy": "regularized",
            "penalty_form": "squared",
            "penalty_reduction": "mean",
        },
        {
            "f_min": 0.1,
            "f_max": 0.5,
            "levels": uniform_levels(HALF_WIDTH, LEVELS),
            "schedule": "entropy",
            "entropy_normaliser": "observed_maximum",
            "entropy_order": "stale",
            "initial_temperature": 0.05,
            "floor_factor": 0.02,
            "noise": "root",
            "noise_placement": "outside",
            "comparison": "joint",
            "acceptance": "metropolis",
            "energy": "regularized",
            "penalty_form": "squared",
            "penalty_reduction": "mean",
        },
    ),
}
OPTIMIZER = {
    "lr": 0.1,
    "initial_temperature": 0.5,
    "acceptance_rule": "sigmoid",
    "cooling_ratio": 0.97,
    "seed": SEED,
}
REFERENCE = {
    "levels": None,
    "step_size": 0.1,
    "initial_temperature": 0.5,
    "noise": "zero",
    "energy": "loss",
    "cooling_ratio": 0.97,
    "schedule": "fixed",
    "floor_factor": 0.0,
    "f_min": 1.0,
    "f_max": 1.0,
}


def both(name, objective, **changed):
    """A fast run and the reference's first state, settings and blocks."""
    fast, plain = PAIRS[name]
    parameter = torch.nn.Parameter(torch.tensor(objective.start))
    optimizer = DFGDA([parameter], **(OPTIMIZER | fast | changed))
    chosen = Settings(**(REFERENCE | plain))
    blocks = even_partition(objective.start.size, 3) if name == "blockwise" else None
    return parameter, optimizer, initial_state(objective.start, chosen), chosen, blocks


def largest_gap(name, objective, steps, **changed):
    """The largest difference over a trajectory: parameters, averages, temperature, fraction; inf if decisions part."""
    parameter, optimizer, state, chosen, blocks = both(name, objective, **changed)
    gap, accepted = 0.0, 0

    def closure():
        optimizer.zero_grad()
        loss = objective.function(parameter)
        loss.backward()
        return loss

    for _ in range(steps):
        optimizer.step(closure, loss_closure=lambda: objective.function(parameter))
        state, (taken,) = run(state, chosen, objective, 1, SEED, 1 if blocks is None else 3, blocks)
        accepted += int(taken.accepted.sum())
        row = optimizer.status()[0]
        memory = optimizer.state[parameter].get("mean_field")
        averages = 0.0 if memory is None else np.abs(memory.numpy() - state.mean_field).max()
        pairs = [
            np.abs(parameter.detach().numpy() - state.theta).max(),
            averages,
            abs(row["temperature"] - state.temperature),
            abs(row["fraction"] - taken.fraction),
            0.0
            if state.entropy is None or math.isnan(row["entropy"])
            else abs(row["entropy"] - state.entropy),
        ]
        gap = max(gap, *(float(pair) for pair in pairs))
        if row["accepted"] != accepted:
            return math.inf
    return gap
