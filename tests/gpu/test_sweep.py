"""The sweep over tiles: each tile once per sweep, whatever the fractions; host and device take the same steps."""

import itertools

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from torch._subclasses.fake_tensor import DataDependentOutputException, FakeTensorMode

from gpu.sweep import Sweep, tile_bounds, tile_mask, tiles_of_step
from reference.fraction import update_count
from reference.random_streams import RandomStream
from reference.training import ORDER_STREAM

FRACTIONS = st.lists(
    st.one_of(st.floats(0.0, 1.0), st.sampled_from([0.0, 0.01, 0.29, 1 / 3, 1.0])), max_size=30
)
TILES = st.integers(1, 25)
SEED = st.integers(0, 2**64 - 1)


def steps_of(fractions, tile_count, seed, sweep=None, take=tiles_of_step):
    sweep = Sweep() if sweep is None else sweep
    steps = []
    for fraction in fractions:
        number = int(sweep.number)
        tiles, sweep = take(sweep, fraction, tile_count, seed)
        steps.append((number, tiles.tolist()))
    return steps, sweep


def every_tile_once_per_sweep(steps, tile_count):
    """Whether each finished sweep visits every tile once, and the last one none twice."""
    for number, group in itertools.groupby(steps, key=lambda step: step[0]):
        visited = [tile for _, tiles in group for tile in tiles]
        if len(set(visited)) != len(visited):
            return False
        if number != steps[-1][0] and sorted(visited) != list(range(tile_count)):
            return False
    return True


@given(FRACTIONS, TILES, SEED)
def test_a_sweep_visits_every_tile_exactly_once(fractions, tile_count, seed):
    steps, following = steps_of(fractions, tile_count, seed)
    assert every_tile_once_per_sweep(steps, tile_count)
    visits = sum(len(tiles) for _, tiles in steps)
    assert visits == following.number * tile_count + following.position


@given(FRACTIONS, TILES, SEED)
def test_a_step_takes_the_share_or_one_tile_or_what_is_left(fractions, tile_count, seed):
    position = 0
    for fraction, (_, tiles) in zip(fractions, steps_of(fractions, tile_count, seed)[0], strict=True):
        assert len(tiles) == min(max(1, update_count(fraction, tile_count)), tile_count - position)
        position = (position + len(tiles)) % tile_count


@given(TILES, SEED)
def test_a_sweep_follows_the_permutation_of_its_number(tile_count, seed):
    steps, _ = steps_of([0.0] * (2 * tile_count), tile_count, seed)
    visited = [tile for _, tiles in steps for tile in tiles]
    stream = RandomStream(seed, ORDER_STREAM)
    assert visited == [*stream.permutation(0, tile_count), *stream.permutation(1, tile_count)]


def a_new_order_in_every_step(sweep, fraction, tile_count, seed):
    """Planted: a step draws afresh instead of going on in the order of its sweep."""
    tiles, following = tiles_of_step(sweep, fraction, tile_count, seed)
    drawn = torch.as_tensor(RandomStream(seed, 0).permutation(sweep.position, tile_count))
    return drawn[: len(tiles)], following


def one_tile_too_far(sweep, fraction, tile_count, seed):
    """Planted: the position grows by one more than was taken."""
    tiles, following = tiles_of_step(sweep, fraction, tile_count, seed)
    return tiles, following._replace(position=(following.position + 1) % tile_count)


@pytest.mark.parametrize("planted", [a_new_order_in_every_step, one_tile_too_far])
def test_planted_sweeps_that_miss_or_repeat_tiles_are_rejected(planted):
    fractions = [0.3] * 12
    assert every_tile_once_per_sweep(steps_of(fractions, 9, 1)[0], 9)
    assert not every_tile_once_per_sweep(steps_of(fractions, 9, 1, take=planted)[0], 9)


@given(FRACTIONS, TILES, SEED, st.data())
def test_a_sweep_resumes_where_it_was_left(fractions, tile_count, seed, data):
    whole, end = steps_of(fractions, tile_count, seed)
    cut = data.draw(st.integers(0, len(fractions)))
    first, state = steps_of(fractions[:cut], tile_count, seed)
    second, resumed = steps_of(fractions[cut:], tile_count, seed, Sweep(*map(int, state)))
    assert (first + second, resumed) == (whole, end)


@given(FRACTIONS, TILES, SEED)
@example(fractions=[0.29, 1 / 3, 0.57], tile_count=100, seed=0)
def test_the_device_takes_the_tiles_of_the_host(fractions, tile_count, seed):
    on_host, on_device = Sweep(), Sweep(torch.tensor(0), torch.tensor(0))
    for fraction in fractions:
        tiles, on_host = tiles_of_step(on_host, fraction, tile_count, seed)
        mask, on_device = tile_mask(on_device, torch.tensor(fraction, dtype=torch.float64), tile_count, seed)
        assert torch.nonzero(mask)[:, 0].tolist() == sorted(tiles.tolist())
        assert tuple(map(int, on_device)) == on_host
        assert all(entry.dtype == torch.int64 and entry.ndim == 0 for entry in on_device)


def test_a_sweep_of_tensors_is_followed_by_one_of_tensors_on_the_host_too():
    tiles, following = tiles_of_step(Sweep(torch.tensor(2), torch.tensor(0)), torch.tensor(0.5), 4, 0)
    assert len(tiles) == 2
    assert [type(entry) for entry in following] == [torch.Tensor, torch.Tensor]
    assert tuple(map(int, following)) == (0, 1)


def test_the_tiles_handed_out_are_the_caller_s():
    tiles, _ = tiles_of_step(Sweep(), 1.0, 6, 0)
    before = tiles.tolist()
    tiles.zero_()
    assert tiles_of_step(Sweep(), 1.0, 6, 0)[0].tolist() == before


def test_the_device_path_reads_nothing_on_the_host():
    with FakeTensorMode():
        # Of unknown values: the value of a tensor made of a constant is known even here.
        position, number = (torch.empty((), dtype=torch.int64, device="cuda") for _ in range(2))
        sweep, fraction = Sweep(position, number), torch.empty((), dtype=torch.float64, device="cuda")
        mask, following = tile_mask(sweep, fraction, 9, 0)
        assert mask.shape == (9,)
        assert {entry.device.type for entry in (mask, *following)} == {"cuda"}
        with pytest.raises(DataDependentOutputException):
            tiles_of_step(sweep, fraction, 9, 0)


@given(st.integers(0, 200), st.integers(1, 40))
def test_tiles_are_consecutive_and_all_but_the_last_are_full(size, tile_size):
    bounds = tile_bounds(size, tile_size)
    assert [i for start, stop in bounds for i in range(start, stop)] == list(range(size))
    assert all(stop - start == tile_size for start, stop in bounds[:-1])
    assert all(stop > start for start, stop in bounds)


@pytest.mark.parametrize(
    ("sweep", "fraction", "tile_count", "said"),
    [
        (Sweep(), 1.5, 4, "fraction"),
        (Sweep(), -0.1, 4, "fraction"),
        (Sweep(4, 0), 0.5, 4, "position"),
        (Sweep(0, -1), 0.5, 4, "number"),
        (Sweep(), 0.5, 0, "tile_count"),
    ],
)
def test_arguments_outside_their_range_are_refused_by_name(sweep, fraction, tile_count, said):
    with pytest.raises(ValueError, match=said):
        tiles_of_step(sweep, fraction, tile_count, 0)


def test_the_ends_of_the_ranges_are_allowed_and_what_is_beyond_is_not():
    """A word of 32 bits numbers the sweeps, an exact float64 the tiles."""
    assert tiles_of_step(Sweep(0, 2**32 - 1), 1.0, 3, 0)[1] == Sweep(0, 2**32)
    assert tile_bounds(2, 2**63 - 1) == [(0, 2)]
    for call, said in [
        (lambda: tiles_of_step(Sweep(0, 2**32), 1.0, 3, 0), "number"),
        (lambda: tiles_of_step(Sweep(), 1.0, 2**52, 0), "tile_count"),
        (lambda: tile_bounds(2, 0), "tile_size"),
        (lambda: tile_bounds(2**63, 2**62), "size"),
    ]:
        with pytest.raises(ValueError, match=said):
            call()
