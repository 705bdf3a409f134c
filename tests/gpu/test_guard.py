"""The bound on what a step can propose, and the temperature, where levels lie far outside of the parameters."""

import pytest
import torch

from gpu import DFGDA

ROOM = torch.finfo(torch.float16).max


def far_levels(value, half_width, **options):
    """Four weights of one size and two signs, with the two levels -half_width and half_width, and their optimizer."""
    signs = torch.tensor([1.0, -1.0, 1.0, -1.0], dtype=torch.float16)
    weight = torch.nn.Parameter(value * signs)
    weight.grad = -1e-3 * signs
    optimizer = DFGDA(
        [weight],
        lr=1e-3,
        quantizer="closed_form",
        level_count=2,
        half_width=half_width,
        acceptance="none",
        schedule="entropy",
        **options,
    )
    return weight, optimizer


@pytest.mark.parametrize("half_width", [0.6 * ROOM, 1.5 * ROOM])
def test_levels_that_may_leave_the_type_refuse_the_step(half_width):
    weight, optimizer = far_levels(1000.0, half_width, initial_temperature=100.0)
    before = weight.detach().clone()
    with pytest.raises(RuntimeError, match=r"may leave torch\.float16"):
        optimizer.step()
    assert torch.equal(weight, before)


def test_levels_with_room_to_spare_are_taken():
    weight, optimizer = far_levels(1000.0, 0.25 * ROOM, initial_temperature=100.0)
    optimizer.step()
    assert weight.isfinite().all()
    assert torch.equal(weight.abs(), torch.full_like(weight, 0.25 * ROOM))


@pytest.mark.parametrize("normaliser", ["initial", "observed_maximum", "log_levels"])
def test_without_any_entropy_the_temperature_is_a_number(normaliser):
    """Two levels ten thousand temperatures apart: every entropy underflows to 0, and 0/0 says nothing."""
    _, optimizer = far_levels(
        1000.0, 0.25 * ROOM, initial_temperature=1.0, entropy_normaliser=normaliser, floor_factor=0.5
    )
    for _ in range(3):
        optimizer.step()
        (status,) = optimizer.status()
        assert status["entropy"] == 0.0
        assert status["temperature"] == (0.5 if normaliser == "log_levels" else 1.0)
