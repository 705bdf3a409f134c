"""Elements are numbered through the whole model, and the numbers go on past 2^32."""

import pytest
import torch

from gpu import DFGDA
from gpu.random_streams import NOISE_STREAM, ORDER_STREAM, RandomStream
from tests.gpu.bitwise import identical
from tests.gpu.networks_of_two_groups import SCHEDULES, SELECTIONS

SIZE = 12
BEFORE = (0, 2**32 - 5, 2**33 + 1)  # the second run crosses 2^32 in the middle


def behind(before, **options):
    """Return an optimizer whose second group starts at an index, and the parameter of that group."""
    spare = torch.zeros(1).expand(before)  # so many elements in the memory of one; it never gets a gradient
    parameter = torch.nn.Parameter(torch.linspace(-1.0, 1.0, SIZE, dtype=torch.float64))
    groups = [{"params": [spare], "smoothing": 0.0}, {"params": [parameter]}]
    return DFGDA(groups if before else groups[1:], lr=0.1, **options), parameter


@pytest.mark.parametrize("before", BEFORE)
def test_the_noise_of_an_element_is_that_of_its_index(before):
    temperature = 0.25
    optimizer, parameter = behind(
        before,
        noise="linear",
        schedule="fixed",
        initial_temperature=temperature,
        smoothing=0.0,
        acceptance="none",
    )
    start = parameter.detach().clone()
    parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    normals = RandomStream(0, NOISE_STREAM).normals(0, before + torch.arange(SIZE))
    # One rounding of a product and one of a sum of numbers below 4 in size.
    assert bool(
        (
            (parameter.detach() - start - temperature * normals).abs() <= 4 * torch.finfo(torch.float64).eps
        ).all()
    )


@pytest.mark.parametrize("before", BEFORE)
def test_a_random_subset_has_its_size_and_is_that_of_its_indices(before):
    optimizer, parameter = behind(before, selection="uniform", f_min=0.25, f_max=0.25)
    start = parameter.detach().clone()
    parameter.grad = torch.ones_like(parameter)
    optimizer.step()
    words = RandomStream(0, ORDER_STREAM).first_words(0, before + torch.arange(SIZE))
    smallest = set(torch.sort(words).indices[: SIZE // 4].tolist())
    assert set(torch.nonzero(parameter.detach() != start).flatten().tolist()) == smallest


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("selection", SELECTIONS)
@pytest.mark.parametrize("acceptance", ["linearised", "block", "exact"])
def test_every_option_works_past_two_to_the_32(acceptance, selection, schedule):
    results = []
    for before in (BEFORE[2], BEFORE[2], BEFORE[0]):
        options = SCHEDULES[schedule] | SELECTIONS[selection]
        optimizer, parameter = behind(before, acceptance=acceptance, acceptance_rule="sigmoid", **options)

        def closure(parameter=parameter, optimizer=optimizer):
            optimizer.zero_grad()
            loss = (parameter - 0.3).square().sum()
            loss.backward()
            return loss

        for _ in range(3):
            optimizer.step(closure)
        results.append(parameter.detach())
    assert identical(results[0], results[1])
    assert not identical(results[0], results[2])
