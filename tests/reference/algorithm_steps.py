"""Runs of Algorithm 1 on one smooth loss, with numbers that belong to a seed."""

import numpy as np

from reference.algorithm import step
from reference.levels import uniform_levels
from reference.random_streams import RandomStream
from reference.state import Draws, initial_state

LEVELS = uniform_levels(1.0, 9)


def loss(theta):
    return float(np.sum(1.0 - np.cos(theta)) + theta @ theta / 8)


def slope(theta):
    return np.sin(theta) + theta / 4


def draws(seed, number, size):
    indices = np.arange(size)
    return Draws(
        RandomStream(seed, 0).permutation(number, size),
        RandomStream(seed, 1).normals(number, indices),
        RandomStream(seed, 2).uniforms(number, indices),
    )


def follow(state, choice, count, seed=0, **others):
    """The steps from a state, with the loss above."""
    taken = []
    for _ in range(count):
        theta = state.theta
        outcome = step(
            state, choice, loss(theta), slope(theta), loss, draws(seed, state.step, theta.size), **others
        )
        taken.append(outcome)
        state = outcome.state
    return taken


def start(choice, size=6, seed=3):
    return initial_state(0.5 * RandomStream(seed, 9).normals(0, np.arange(size)), choice)
