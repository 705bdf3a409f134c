"""The total entropy as a sum of integers: exact, independent of order and cutting, within n 2^-56."""

import math
from fractions import Fraction

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from torch._subclasses.fake_tensor import DataDependentOutputException, FakeTensorMode

import reference.entropy
from gpu.closed_form import closed_form
from gpu.dfgda import DFGDA
from gpu.entropy import fixed_point, from_fixed_point
from gpu.group import Group
from reference.levels import uniform_levels

BELOW_32 = math.nextafter(32.0, 0.0)
ENTROPIES = st.lists(st.floats(0.0, 32.0, exclude_max=True, allow_subnormal=False), max_size=30)
DTYPES = [torch.float16, torch.bfloat16, torch.float32, torch.float64]


def as_tensor(values, dtype=torch.float64):
    # Rounding to a shorter dtype may reach 32, which lies outside the range.
    tensor = torch.tensor(values, dtype=torch.float64).to(dtype)
    return torch.where(tensor < 32, tensor, torch.ones((), dtype=dtype))


def number_of(words):
    """The rational number that two integers stand for."""
    coarse, fine = words.tolist()
    return Fraction(coarse, 2**24) + Fraction(fine, 2**56)


def exact_sum(tensor):
    return sum((Fraction(value) for value in tensor.double().tolist()), Fraction(0))


@given(ENTROPIES, st.sampled_from(DTYPES))
@example(values=[BELOW_32] * 3, dtype=torch.float64)
@example(values=[2.0**-56, 2.0**-57], dtype=torch.float64)
def test_each_entry_counts_as_itself_rounded_down_to_a_multiple_of_2_to_the_minus_56(values, dtype):
    tensor = as_tensor(values, dtype)
    words = fixed_point(tensor)
    assert words.dtype == torch.int64
    rounded = sum(
        (Fraction(math.floor(Fraction(v) * 2**56), 2**56) for v in tensor.double().tolist()), Fraction()
    )
    assert number_of(words) == rounded
    assert 0 <= exact_sum(tensor) - rounded <= len(values) * Fraction(1, 2**56)
    assert 0 <= words[1] < 2**32


@given(ENTROPIES, st.lists(st.integers(0, 30), max_size=4), st.randoms())
def test_the_sum_is_the_same_in_any_order_and_any_cutting(values, cuts, random):
    tensor = as_tensor(values)
    shuffled = values.copy()
    random.shuffle(shuffled)
    assert torch.equal(fixed_point(as_tensor(shuffled)), fixed_point(tensor))
    ends = [0, *sorted(min(cut, len(values)) for cut in cuts), len(values)]
    parts = [fixed_point(tensor[ends[i] : ends[i + 1]]) for i in range(len(ends) - 1)]
    random.shuffle(parts)
    together = torch.stack(parts).sum(dim=0)
    assert number_of(together) == number_of(fixed_point(tensor))
    assert torch.equal(from_fixed_point(together), from_fixed_point(fixed_point(tensor)))


def test_a_sum_of_floats_depends_on_the_order_and_is_rejected_by_the_same_comparison():
    values = [1.0, 2.0**-53, 2.0**-53]
    forwards, backwards = (torch.tensor(order, dtype=torch.float64) for order in (values, values[::-1]))
    assert torch.equal(fixed_point(forwards), fixed_point(backwards))
    assert (forwards[0] + forwards[1]) + forwards[2] != (backwards[0] + backwards[1]) + backwards[2]


@given(st.integers(0, 2**53 - 1), st.integers(0, 2**32 - 1))
def test_the_number_read_back_is_the_nearest_float(coarse, fine):
    words = torch.tensor([coarse, fine])
    assert Fraction(from_fixed_point(words).item()) == Fraction(float(number_of(words)))


def test_the_stated_ranges_are_those_in_which_no_sum_overflows():
    largest = fixed_point(torch.tensor([BELOW_32], dtype=torch.float64))
    assert largest.tolist()[0] == 2**29 - 1
    # One call: the low words, each at most 2^32 - 1, before their carry.
    assert 2**31 * (2**32 - 1) < 2**63 <= (2**31 + 1) * (2**32 - 1)
    # All calls: the high words with every carry, and low words of 2^31 calls.
    entries = 2**34
    assert entries * (2**29 - 1) + entries * (2**32 - 1) // 2**32 < 2**63 <= (entries + 2**6) * (2**29 - 1)
    extreme = torch.tensor([2**63 - 2**31, 2**31 * (2**32 - 1)])
    assert from_fixed_point(extreme).item() == float(number_of(extreme))


def one_word_lost(tensor):
    return fixed_point(tensor) * torch.tensor([1, 0])


def rounded_to_24_places(tensor):
    return torch.stack((torch.round(tensor * 2.0**24).to(torch.int64).sum(), torch.tensor(0)))


@pytest.mark.parametrize("planted", [one_word_lost, rounded_to_24_places])
def test_planted_sums_of_too_few_places_are_rejected(planted):
    tensor = torch.tensor([0.1, 0.7, 2.3], dtype=torch.float64)
    budget = 3 * Fraction(1, 2**56)
    assert abs(exact_sum(tensor) - number_of(fixed_point(tensor))) <= budget
    assert abs(exact_sum(tensor) - number_of(planted(tensor))) > budget


class GroupOfSmallTiles(Group):
    """A group whose temporaries hold a few elements only."""

    tile = 1

    def largest_tile(self):
        return self.tile


def total_entropy(tensors, count, temperature, tile=None):
    """As the optimizer forms it for one group of parameters with levels from -1 to 1."""
    parameters = [torch.nn.Parameter(tensor) for tensor in tensors]
    optimizer = DFGDA(parameters, quantizer="closed_form", level_count=count, half_width=1.0)
    for parameter in parameters:
        optimizer.state[parameter]["half_width"] = 1.0
    group = Group(optimizer, 0, 0) if tile is None else GroupOfSmallTiles(optimizer, 0, 0)
    group.tile = tile
    heat = torch.as_tensor(temperature, dtype=torch.float64)
    return group.total_entropy(heat.to(tensors[0].device))


@given(
    st.lists(st.floats(-2.0, 2.0), min_size=1, max_size=25),
    st.sampled_from([2, 17, 65536]),
    st.sampled_from([1e-6, 0.05, 1.0, 1e4]),
    st.sampled_from([torch.float32, torch.float64]),
)
def test_the_total_entropy_does_not_depend_on_tiles_parameters_or_order(values, count, temperature, dtype):
    theta = torch.tensor(values, dtype=dtype)
    whole = total_entropy([theta], count, temperature)
    assert whole.dtype == torch.float64
    for tile in (1, 3, 16):
        assert torch.equal(total_entropy([theta], count, temperature, tile), whole)
        assert torch.equal(total_entropy(theta.split(tile), count, temperature), whole)
    assert torch.equal(total_entropy([theta.flip(0)], count, temperature), whole)
    width, heat = torch.ones((), dtype=dtype), torch.tensor(temperature, dtype=dtype)
    entropies = closed_form(theta, width, count, heat).entropy
    assert torch.equal(from_fixed_point(fixed_point(entropies)), whole)


@given(
    st.lists(st.floats(-2.0, 2.0), min_size=1, max_size=12),
    st.integers(2, 40),
    st.sampled_from([0.01, 0.3, 5.0]),
)
def test_the_total_entropy_is_the_reference_s(values, count, temperature):
    theta = torch.tensor(values, dtype=torch.float64)
    expected = reference.entropy.total_entropy(values, uniform_levels(1.0, count), temperature)
    # The accuracy required of the closed form, relative to max(1, entropy), and the rounding of the sum.
    budget = len(values) * (1e-14 * max(1.0, math.log(count)) + 2.0**-56) + 4 * math.ulp(expected)
    assert abs(total_entropy([theta], count, temperature).item() - expected) <= budget
    off = total_entropy([theta], count, 1.01 * temperature).item()
    moved = reference.entropy.total_entropy(values, uniform_levels(1.0, count), 1.01 * temperature)
    assert abs(moved - expected) <= 2 * budget or abs(off - expected) > budget


def test_nothing_is_read_on_the_host():
    with FakeTensorMode():
        theta = torch.empty(9, device="cuda")
        temperature = torch.empty((), dtype=torch.float64, device="cuda")
        assert total_entropy([theta], 4, temperature).shape == ()
        with pytest.raises(DataDependentOutputException):
            total_entropy([theta], 4, temperature).item()


def test_integers_are_refused():
    with pytest.raises(TypeError, match="x"):
        fixed_point(torch.arange(3))
