"""The first-order test of ``DFGDA`` beside the reference, and the guarantees that its docstring names."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gpu import DFGDA
from reference.first_order_test import first_order_step
from reference.mean_field import mean_field

EPS = float(np.finfo(np.float64).eps)
RECORD = json.loads((Path(__file__).parents[2] / "proofs" / "recorded_verdicts.json").read_text())
entries = st.floats(-4.0, 4.0, allow_subnormal=False)
vectors = st.lists(st.tuples(entries, entries, entries), min_size=1, max_size=8).map(np.array)


def fast_step(theta, gradient, memory, **options):
    """One step of the optimizer from a given average of gradients."""
    parameter = torch.nn.Parameter(torch.tensor(theta))
    optimizer = DFGDA([parameter], **options)
    parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    optimizer.state[parameter]["mean_field"].copy_(torch.tensor(memory))
    parameter.grad = torch.tensor(gradient)
    optimizer.step()
    return parameter.detach().numpy()


@given(columns=vectors, lr=st.floats(0.0, 2.0), curvature=st.sampled_from([0.0, 0.5, 3.0]))
def test_a_step_is_that_of_the_reference(columns, lr, curvature):
    theta, gradient, memory = columns.T
    fast = fast_step(theta, gradient, memory, lr=lr, smoothing=0.75, curvature=curvature)
    averaged = mean_field(memory, gradient, 0.75)
    slow, _ = first_order_step(theta, gradient, averaged, lr, curvature)
    moves = -lr * averaged
    margin = np.abs(gradient * moves + curvature * moves**2 / 2)
    scale = np.abs(theta) + np.abs(gradient) * np.abs(moves) + curvature * moves**2 + 1.0
    # The proposal is rounded before the test, so a test within that error may fall either way.
    decided = margin > 8 * EPS * (1.0 + curvature + np.abs(gradient)) * scale
    assert np.all(np.abs(fast - slow)[decided] <= 4 * EPS * scale[decided])
    assert np.all(np.minimum(np.abs(fast - theta), np.abs(fast - theta - moves)) <= 4 * EPS * scale)


def losses_of(lr, steps=60, **options):
    """Losses on an ill-conditioned quadratic of smoothness 3, from far away with a misleading average."""
    scales = torch.linspace(0.01, 3.0, 20, dtype=torch.float64)
    parameter = torch.nn.Parameter(torch.ones(20, dtype=torch.float64))
    optimizer = DFGDA([parameter], lr=lr, smoothing=0.9, **options)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = (scales * parameter**2).sum() / 2
        loss.backward()
        losses.append(loss.item())
        optimizer.step()
    return np.array(losses)


@pytest.mark.parametrize("lr", [0.1, 1.0, 30.0, 1e4])
def test_with_curvature_at_least_the_smoothness_the_loss_never_rises(lr):
    losses = losses_of(lr, curvature=3.0)
    assert np.all(np.diff(losses) <= 16 * EPS * losses[:-1])


def test_without_curvature_a_long_step_raises_the_loss():
    assert np.any(np.diff(losses_of(30.0)) > 0.0)


def test_every_row_that_the_docstring_names_is_proved():
    named = set(re.findall(r"\b[A-Z]+\d?-R\d+\b", DFGDA.__doc__))
    assert len(named) >= 12
    assert all(cell["verdict"] == "proved" for name in named for cell in RECORD[name])
