"""Which elements a step selects: once per sweep, once per round of blocks, the same on the host and on the device."""

from itertools import chain
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

import reference.random_streams
from gpu.fraction import update_count
from gpu.random_streams import ORDER_STREAM
from gpu.selection import Extent, order_of_trials, select

extents = st.builds(Extent, st.integers(0, 50), st.integers(1, 60))
fractions = st.integers(1, 63).map(lambda k: k / 64)
seeds = st.integers(0, 2**64 - 1)


def group_of(kind, seed=0, tile_size=4, block_count=3, f_min=1 / 64):
    numbers = {name: torch.zeros((), dtype=torch.int64) for name in ("step", "sweep", "position")}
    bounds = {"f_min": f_min, "f_max": 1.0}
    sizes = {"tile_size": tile_size, "block_count": block_count}
    return {"selection": kind, "seed": seed, **sizes, **bounds, **numbers}


def chosen(selection):
    """The global indices that a selection takes, in ascending order."""
    index = torch.cat([torch.arange(low, high) for low, high in selection.ranges])
    return (index if selection.mask is None else index[selection.mask(index)]).tolist()


def steps(group, extent, fraction, count, on_host=True):
    """The elements of consecutive steps, and the number of finished sweeps after each."""
    for _ in range(count):
        eligible = [(extent.start, extent.stop)]
        selection = select(group, extent, eligible, torch.tensor(fraction, dtype=torch.float64), on_host)
        group |= selection.following
        group["step"] = group["step"] + 1
        yield chosen(selection), int(group["sweep"])


@pytest.mark.parametrize("kind", ["uniform", "block", "sweep"])
@given(extents, fractions, seeds, st.integers(1, 9), st.integers(1, 5))
def test_the_host_and_the_device_choose_the_same_elements(kind, extent, fraction, seed, tile, blocks):
    groups = [group_of(kind, seed, tile, blocks) for _ in range(2)]
    here, there = (
        list(steps(group, extent, fraction, 4, on_host))
        for group, on_host in zip(groups, [True, False], strict=True)
    )
    assert here == there


@given(extents, fractions, seeds, st.integers(1, 9))
@example(Extent(3, 8), 0.5, 0, 4)  # two tiles, one of them in each step
def test_a_sweep_takes_every_element_once_and_each_step_its_share_of_the_tiles(extent, fraction, seed, tile):
    tiles = -(-extent.size // tile)
    share = max(1, int(update_count(torch.tensor(fraction, dtype=torch.float64), tiles)))
    group, needed = group_of("sweep", seed, tile), -(-tiles // share)
    for number in range(2):
        taken = list(steps(group, extent, fraction, needed))
        assert [finished for _, finished in taken] == [number] * (needed - 1) + [number + 1]
        assert all(len(elements) <= share * tile for elements, _ in taken)
        assert sorted(chain.from_iterable(elements for elements, _ in taken)) == list(
            range(extent.start, extent.stop)
        )


@given(extents, seeds, st.integers(1, 9))
def test_a_round_of_blocks_takes_every_element_once(extent, seed, count):
    group = group_of("block", seed, block_count=count)
    for _ in range(2):
        taken = [elements for elements, _ in steps(group, extent, 1.0, count)]
        assert sorted(chain.from_iterable(taken)) == list(range(extent.start, extent.stop))
        assert max(map(len, taken)) - min(map(len, taken)) <= 1


@given(extents, fractions, seeds)
def test_a_uniform_subset_has_the_size_that_the_fraction_says(extent, fraction, seed):
    group = group_of("uniform", seed)
    for elements, _ in steps(group, extent, fraction, 2):
        assert len(elements) == int(update_count(torch.tensor(fraction, dtype=torch.float64), extent.size))
        assert set(elements) <= set(range(extent.start, extent.stop))


@pytest.mark.parametrize("kind", ["uniform", "block", "sweep"])
@given(extents, fractions, seeds, st.integers(0, 60))
def test_trials_are_ordered_by_the_words_of_the_reference(kind, extent, fraction, seed, cut):
    group = group_of(kind, seed)
    eligible = [(extent.start, extent.stop)]
    selection = select(group, extent, eligible, torch.tensor(fraction, dtype=torch.float64), True)
    cut = min(extent.start + cut, extent.stop)
    segments = [SimpleNamespace(start=a, stop=b) for a, b in [(extent.start, cut), (cut, extent.stop)]]
    order = order_of_trials(group, selection, segments)
    taken = np.array(chosen(selection), dtype=np.int64)
    # A block is ordered by the places in it, so that it is the same wherever it lies.
    first = taken[0] if kind == "block" and taken.size else 0
    words = reference.random_streams.RandomStream(seed, ORDER_STREAM).words(0, taken - first)[:, 0]
    assert order == taken[np.argsort(words, kind="stable")].tolist()
